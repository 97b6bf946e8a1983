"""A whole simulated field: pupils with bands, a camera with squares, all from the same attempts.

The pupils look at the big screen as real ones do: the field watches a gateway's public state, and everybody of the heat skips
when its signal sounds.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simulators.air import Air
from simulators.band import VirtualBand
from simulators.camera import STANDING, Scene, VirtualCamera
from simulators.pupil import Ability, Attempt, attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.pupil import Posture

log = logging.getLogger(__name__)

WATCH_EVERY_S: Final = 0.25
FREE_PRACTICE_S: Final = 600.0
REST_HEART_RATE: Final = 88


@dataclass(slots=True)
class FieldPupil:
    """One pupil of the field: number, ability, and the attempt that goes on."""

    number: int
    ability: Ability
    skipped_before: int = 0
    going: Attempt | None = None
    starts_s: float = 0.0
    heat: str = field(default="")

    def since_s(self) -> float:
        """Seconds since the signal."""
        return time.monotonic() - self.starts_s

    def skips(self) -> int:
        """Since the band was switched on."""
        return self.skipped_before + (self.going.skips_until(self.since_s()) if self.going else 0)

    def heart_rate_bpm(self) -> int:
        """Now."""
        return self.going.heart_rate_bpm(self.since_s()) if self.going else REST_HEART_RATE

    def cadence_per_min(self) -> int:
        """Over the last seconds."""
        return min(250, self.going.cadence_per_min(self.since_s())) if self.going else 0

    def posture(self) -> Posture:
        """How the body is held now."""
        return self.going.posture(self.since_s()) if self.going else STANDING

    def start(self, heat: str, starts_s: float, duration_s: float) -> None:
        """Skip in a heat; the same heat gives the same attempt, whoever asks."""
        self.skipped_before = self.skips()
        seed = int.from_bytes(hashlib.blake2s(f"{heat}-{self.number}".encode(), digest_size=6).digest(), "big")
        self.heat, self.starts_s, self.going = heat, starts_s, attempt(self.ability, duration_s, seed)

    def stop(self) -> None:
        """The heat was stopped, or called off: stand still."""
        self.skipped_before = self.skips()
        self.going, self.heat = None, ""


class SimulatedField:
    """Bands on the air at `radio_port`, a camera at `camera_port`; follows the gateway at `gateway`."""

    def __init__(
        self,
        *,
        pupils: int,
        stations: int,
        radio_port: int,
        camera_port: int,
        key_of: Callable[[int], bytes],
        gateway: str,
        seed: int = 1,
    ) -> None:
        draw = random.Random(seed)
        self.pupils = [FieldPupil(number, _ability(draw)) for number in range(1, pupils + 1)]
        bands = [self._band(pupil, key_of(pupil.number)) for pupil in self.pupils]
        self.air = Air(bands, port=radio_port)
        self.camera = VirtualCamera(
            Scene(stations), lambda: [pupil.posture() for pupil in self.pupils[:stations]], port=camera_port
        ) if stations else None  # fmt: skip
        self._gateway = gateway

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        await self.air.start()
        if self.camera is not None:
            await self.camera.start()
        watcher = asyncio.create_task(self._watch(), name="field.watch")
        try:
            await stop.wait()
        finally:
            watcher.cancel()
            if self.camera is not None:
                await self.camera.stop()
            await self.air.stop()

    def truth(self) -> dict[int, tuple[int, ...]]:
        """Landings of the attempt that goes on, in milliseconds after the signal, by pupil."""
        return {p.number: tuple(round(t * 1000) for t in p.going.landings_s) for p in self.pupils if p.going}

    def _band(self, pupil: FieldPupil, key: bytes) -> VirtualBand:
        # The sequence goes on over a restart of the simulation, as it does over a new battery: it counts seconds of this century.
        sequence = int(time.time() - 1_700_000_000) * 8 & 0xFFFF_FFFF
        return VirtualBand(
            pupil.number, key, pupil.skips, heart_rate_bpm=pupil.heart_rate_bpm, cadence_per_min=pupil.cadence_per_min,
            battery_percent=lambda: 100 - pupil.number, sequence=sequence,
        )  # fmt: skip

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            state = await asyncio.to_thread(_get, f"{self._gateway}/api/state")
            if state is not None:
                self._follow(state)

    def _follow(self, state: dict[str, Any]) -> None:
        heat = (state.get("lesson") or {}).get("heat")
        going = heat is not None and heat["state"] in {"countdown", "running"} and heat["starts_at_ms"] is not None
        by_number = {tile["number"]: tile for tile in heat["tiles"]} if heat is not None and going else {}
        for pupil in self.pupils:
            tile = by_number.get(pupil.number)
            if tile is None or not tile["present"]:
                if pupil.heat and not (heat is not None and heat["state"] in {"settling", "ended"}):
                    pupil.stop()
                continue
            assert heat is not None
            name = f"{heat['id']}-{tile['attempt']}"
            if pupil.heat != name:
                starts_s = time.monotonic() + (heat["starts_at_ms"] - state["now_ms"]) / 1e3
                duration_s = (heat["ends_at_ms"] - heat["starts_at_ms"]) / 1e3 if heat["ends_at_ms"] else FREE_PRACTICE_S
                pupil.start(name, starts_s, duration_s)


def _ability(draw: random.Random) -> Ability:
    return Ability(
        cadence_per_min=draw.uniform(105, 175),
        unevenness=draw.uniform(0.02, 0.06),
        trips_per_min=draw.choice((0.0, 0.5, 1.0, 2.0)),
        fatigue_per_min=draw.uniform(0.03, 0.12),
        rest_heart_rate_bpm=draw.uniform(82, 100),
        top_heart_rate_bpm=draw.uniform(150, 188),
    )


def _get(url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - an address of our own
            state: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return None
    return state
