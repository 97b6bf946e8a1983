#!/usr/bin/env bash
# Install this checkout on this machine as a service: /opt/touchline, /etc/touchline, and the unit. Run as root; safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" -ne 0 ]; then
  echo "This needs root: sudo make install" >&2
  exit 2
fi
target=/opt/touchline
install -d -m 0755 "$target" /etc/touchline
tar --exclude=.git --exclude=.venv --exclude=var --exclude=node_modules -cf - . | tar -C "$target" -xf -
TOUCHLINE_MODELS="$target/models-built" make -C "$target" setup
if [ ! -e /etc/touchline/touchline.toml ]; then
  install -m 0644 systemd/touchline.example.toml /etc/touchline/touchline.toml
fi
if [ ! -e /etc/touchline/secrets.env ]; then
  umask 077
  printf 'TOUCHLINE_BANDS__MASTER_KEY=%s\n' "$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')" > /etc/touchline/secrets.env
fi
install -m 0644 systemd/touchline.service /etc/systemd/system/touchline.service
systemctl daemon-reload
echo "Installed. Look at /etc/touchline/touchline.toml, then:  systemctl enable --now touchline"
