"""Set up a checkout: `.venv` by uv, the pose models, the pages; with `--tests` also what tests need.

Runs on the machine's own Python, before anything is installed: standard library only. Each step is skipped when nothing that it
depends on has changed, and says what to do when it cannot be done.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
LOGS = ROOT / "var" / "setup"
DEBIAN = {
    "chromium": "/usr/bin/chromium",
    "mosquitto": "/usr/sbin/mosquitto",
    "systemd": "/usr/bin/systemd-analyze",
    "fonts-wqy-microhei": "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "libegl1": "/usr/share/doc/libegl1",
    "libgles2": "/usr/share/doc/libgles2",
    "libfaketime": "/usr/share/doc/libfaketime",
}


class StepFailed(Exception):
    """A step cannot be done; the text says what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what tests need")
    tests = parser.parse_args().tests
    steps = [("tools of this machine", check_machine), ("uv", install_uv), ("Python packages", lambda: sync(tests=tests))]
    steps += [("pose models", build_models), ("pages", build_pages)]
    if tests:
        steps.append(("Debian packages", debian_packages))
    for number, (name, step) in enumerate(steps, 1):
        if not run_step(f"[{number}/{len(steps)}] {name}", step):
            return 1
    return 0


def run_step(title: str, step) -> bool:  # noqa: ANN001 - a callable of this file
    """Run one step, with its seconds counting on a terminal."""
    done = threading.Event()
    started = time.monotonic()

    def tick() -> None:
        while not done.wait(0.5):
            print(f"\r  {title} … {time.monotonic() - started:3.0f} s", end="", flush=True)

    ticker = threading.Thread(target=tick, daemon=True)
    if sys.stdout.isatty():
        ticker.start()
    try:
        note = step()
    except StepFailed as exc:
        done.set()
        print(f"\r  {title}: cannot be done\n\n{exc}", file=sys.stderr)
        return False
    done.set()
    if ticker.is_alive():
        ticker.join()
    print(f"\r  {title}: {note or 'ready'} ({time.monotonic() - started:.0f} s)      ", flush=True)
    return True


def check_machine() -> str:
    if sys.version_info < (3, 11):
        raise StepFailed(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: apt install python3")
    node = shutil.which("node")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout if node else ""
    if not version or int(version.lstrip("v").split(".")[0]) < 20:
        raise StepFailed(f"Node 20 or newer is needed to build the pages, found {version.strip() or 'none'}: install nodejs")
    if shutil.which("npm") is None:
        raise StepFailed("npm is needed to build the pages: apt install npm")
    return f"Python {sys.version.split()[0]}, Node {version.strip()}"


def install_uv() -> str:
    uv = ROOT / ".tools" / "bin" / "uv"
    stamp = ROOT / ".tools" / "stamp"
    if uv.exists() and stamp.exists() and stamp.read_text() == UV:
        return "ready"
    if run("uv", [sys.executable, "-m", "venv", str(ROOT / ".tools")]):
        raise StepFailed(f"Python cannot make a virtual environment: apt install python3-venv\n{tail('uv')}")
    if run("uv", [str(ROOT / ".tools" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", UV]):
        raise StepFailed(f"uv could not be installed from PyPI. Is there a network?\n{tail('uv')}")
    stamp.write_text(UV)
    return UV.replace("==", " ")


def sync(*, tests: bool) -> str:
    uv = str(ROOT / ".tools" / "bin" / "uv")
    what = ["--all-extras", "--group", "dev"] if tests else ["--no-dev", "--extra", "build-models", "--inexact"]
    if run("packages", [uv, "sync", "--locked", "--quiet", *what]):
        raise StepFailed(f"The Python packages could not be installed. Is there a network, and 1 GB free?\n{tail('packages')}")
    return "as locked"


def build_models() -> str:
    if run("models", [str(ROOT / ".venv" / "bin" / "touchline"), "models", "build"]):
        raise StepFailed(f"The pose models could not be built.\n{tail('models')}")
    return "built and verified"


def build_pages() -> str:
    pages = ROOT / "pages"
    stamp = ROOT / "edge" / "web" / "static" / ".stamp"
    built = [ROOT / "edge" / "web" / "static" / "index.html", ROOT / "cloud_sync" / "platform" / "static" / "index.html"]
    now = fingerprint([p for p in pages.rglob("*") if p.is_file() and "node_modules" not in p.parts])
    modules = pages / "node_modules" / ".package-lock.json"
    if all(p.exists() for p in built) and stamp.exists() and stamp.read_text() == now and modules.exists():
        return "up to date"
    lock = fingerprint([pages / "package-lock.json"])
    lock_stamp = pages / "node_modules" / ".touchline-lock"
    if not (lock_stamp.exists() and lock_stamp.read_text() == lock):
        if run("pages", ["npm", "ci", "--no-audit", "--no-fund"], cwd=pages):
            raise StepFailed(f"npm could not install what the pages are built with. Is there a network?\n{tail('pages')}")
        lock_stamp.write_text(lock)
    if run("pages", ["npm", "run", "build"], cwd=pages):
        raise StepFailed(f"The pages could not be built.\n{tail('pages')}")
    stamp.write_text(now)
    return "built"


def debian_packages() -> str:
    missing = [name for name, path in DEBIAN.items() if not Path(path).exists()]
    if not missing:
        return "all there"
    command = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        if os.environ.get("TOUCHLINE_REQUIRE_TOOLS") == "1":
            raise StepFailed(f"Tests need Debian packages. Type:\n  sudo {command}")
        return f"some tests will be skipped without them. Type:  sudo {command}"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("debian", ["apt-get", "update", "-q"], env=environment)
    if run("debian", command.split(), env=environment):
        raise StepFailed(f"Debian packages could not be installed. Type:\n  {command}\n{tail('debian')}")
    return f"installed {', '.join(missing)}"


def run(log: str, command: list[str], **options: object) -> int:
    """Run a command, its words into a log file; return its status."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{log}.log").open("a", encoding="utf-8") as out:
        out.write(f"$ {' '.join(command)}\n")
        out.flush()
        options.setdefault("cwd", ROOT)
        return subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False, **options).returncode


def tail(log: str) -> str:
    """The last words of a log, and where the rest is."""
    file = LOGS / f"{log}.log"
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    return "\n".join([*(f"    {line}" for line in lines), f"  (all of it: {file.relative_to(ROOT)})"])


def fingerprint(files: list[Path]) -> str:
    """A hash over names and contents."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
