"""Who may look: on this machine everyone, from elsewhere whoever has the access code.

The code is in the address that the gateway prints (`/?code=…`); the page keeps it as a cookie that no script can read.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COOKIE: Final = "touchline"


def is_loopback(host: str) -> bool:
    """Whether a listening address is reachable from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_or_make_code(file: Path) -> str:
    """The access code of this gateway, made at the first start; readable by the gateway's user alone."""
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    code = secrets.token_urlsafe(9)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(code + "\n", encoding="ascii")
    return code


class Door:
    """Checks the code, where one is needed.

    Args:
        code: the access code, or `None` when the pages are served to this machine only.
    """

    def __init__(self, code: str | None) -> None:
        self._code = code

    def knows(self, given: str | None) -> bool:
        """Whether this is the code, compared in constant time."""
        return self._code is None or (given is not None and hmac.compare_digest(given.encode(), self._code.encode()))

    def lets_in(self, cookies: Mapping[str, str]) -> bool:
        """Whether a request with these cookies may pass."""
        return self.knows(cookies.get(COOKIE))
