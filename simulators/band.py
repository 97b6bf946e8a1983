"""A virtual band: broadcasts our own frame as a real one does, and can misbehave in every way that real ones do."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_bridge.frames import own

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Misbehaviour:
    """What a band does wrong.

    Attributes:
        loss: share of packets that never arrive.
        silent: whether it says nothing at all.
        doubled: share of packets that are sent twice.
        replayed: share of packets that are an old one instead.
        wrong_key: whether it is not one of ours.
    """

    loss: float = 0.0
    silent: bool = False
    doubled: float = 0.0
    replayed: float = 0.0
    wrong_key: bool = False


class VirtualBand:
    """One band. What it says is asked from the callables at each packet.

    Args:
        number: 1 to 65,535.
        skips: skips since it was switched on.
        steps: steps since then, for a band that runs laps: its packets speak of them.
        sequence: the first sequence; a real band keeps it over a new battery.
    """

    def __init__(
        self,
        number: int,
        key: bytes,
        skips: Callable[[], int],
        *,
        steps: Callable[[], int] | None = None,
        heart_rate_bpm: Callable[[], int | None] = lambda: None,
        cadence_per_min: Callable[[], int | None] = lambda: None,
        battery_percent: Callable[[], int | None] = lambda: 80,
        sequence: int = 1,
        seed: int = 0,
    ) -> None:
        self.number, self._key, self._counted = number, key, steps or skips
        self._says_steps = steps is not None
        self._heart_rate, self._cadence, self._battery = heart_rate_bpm, cadence_per_min, battery_percent
        self._sequence = sequence
        self._subtract = 0
        self._draw = random.Random(f"{seed}-{number}")
        self._old: list[bytes] = []
        self.faults = Misbehaviour()

    @property
    def address(self) -> str:
        """Its radio address."""
        return f"C0:00:00:00:{self.number >> 8:02X}:{self.number & 0xFF:02X}"

    def reboot(self) -> None:
        """A new battery: the count begins at 0 again, the sequence goes on."""
        self._subtract = self._counted()

    def packets(self) -> list[bytes]:
        """The payloads of the next advertising event: usually one, by misbehaviour none or several."""
        if self.faults.silent or self._draw.random() < self.faults.loss:
            self._sequence += 1
            return []
        if self._old and self._draw.random() < self.faults.replayed:
            return [self._draw.choice(self._old)]
        payload = own.encode(self._frame(), bytes(16) if self.faults.wrong_key else self._key)
        self._sequence += 1
        self._old = [*self._old[-200:], payload]
        return [payload] * (2 if self._draw.random() < self.faults.doubled else 1)

    def _frame(self) -> own.BandFrame:
        return own.BandFrame(
            self.number,
            self._sequence,
            (self._counted() - self._subtract) & 0xFFFF,
            self._heart_rate(),
            self._cadence(),
            self._battery(),
            worn=True,
            steps=self._says_steps,
        )


def advertising_data(payload: bytes) -> bytes:
    """A payload as it stands in an advertisement: flags, then manufacturer data; 24 of 31 bytes."""
    data = own.COMPANY.to_bytes(2, "little") + payload
    return bytes([2, 0x01, 0x06, len(data) + 1, 0xFF]) + data
