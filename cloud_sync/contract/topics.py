"""Where each message travels: `touchline/v1/<tenant>.<gateway>/<channel>`.

Tenant and gateway are one level, so that a broker's access rule for one client name covers exactly its own topics.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from cloud_sync.errors import DecodeError

Channel = Literal["events", "receipt", "status", "telemetry", "directive", "answer", "evidence"]
ROOT: Final = "touchline/v1"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class GatewayIdentity:
    """A gateway within its tenant. Raises `ValueError` for names that could not be a topic."""

    tenant: str
    gateway: str

    def __post_init__(self) -> None:
        for name in (self.tenant, self.gateway):
            if not NAME.fullmatch(name):
                raise ValueError(f"'{name}': a tenant or gateway is named in small letters, digits and '-', 31 at most")

    def __str__(self) -> str:
        return f"{self.tenant}.{self.gateway}"

    def topic(self, channel: Channel) -> str:
        """The topic of one of this gateway's channels."""
        return f"{ROOT}/{self}/{channel}"


def everyone(channel: Channel) -> str:
    """The filter that hears one channel of all gateways."""
    return f"{ROOT}/+/{channel}"


def identity_of(topic: str) -> GatewayIdentity:
    """Whose topic this is.

    Raises:
        DecodeError: not a topic of this contract.
    """
    parts = topic.split("/")
    if len(parts) != 4 or "/".join(parts[:2]) != ROOT or parts[2].count(".") != 1:
        raise DecodeError("topic: not of this contract")
    try:
        return GatewayIdentity(*parts[2].split("."))
    except ValueError as exc:
        raise DecodeError(f"topic: {exc}") from exc
