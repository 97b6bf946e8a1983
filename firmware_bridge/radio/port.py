"""The `Radio` port: one receiver of the field, whatever stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping


@dataclass(frozen=True, slots=True)
class Advertisement:
    """One advertisement as a receiver heard it, before any codec has looked at it.

    Attributes:
        t_ns: arrival, gateway monotonic clock.
        address: the radio address; stays inside this wing.
        manufacturer_data: company identifier to payload.
        service_data: 128-bit UUID text to payload.
    """

    t_ns: int
    address: str
    rssi_dbm: int
    local_name: str | None
    manufacturer_data: Mapping[int, bytes]
    service_data: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class RadioHealth:
    """What a receiver can tell of itself; shown to the technician.

    Attributes:
        heard: advertisements since start.
        dropped: advertisements thrown away because the reader was slower than the air (oldest first).
        last_heard_ns: arrival of the newest one, or `None` before the first.
    """

    heard: int
    dropped: int
    last_heard_ns: int | None


class Radio(Protocol):
    """A receiver. `async with radio:` switches it on; iterate to hear.

    Raises:
        RadioUnavailable: on entering or while iterating, when the receiver is missing or has gone; retry later.
    """

    @property
    def name(self) -> str:
        """The spec it was opened by, such as `bleak:hci0`."""
        ...

    @property
    def health(self) -> RadioHealth:
        """What it can tell of itself."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...

    def advertisements(self) -> AsyncIterator[Advertisement]:
        """Everything heard from now on, in order of arrival; bounded, oldest dropped and counted."""
        ...
