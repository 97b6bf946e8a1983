"""The door of the bands: what receivers hear becomes readings, each packet once, forged and replayed ones refused and counted."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware_bridge.errors import DecodeError, TransientError
from firmware_bridge.frames.decode import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from firmware_bridge.keys import KeyRing
    from firmware_bridge.radio.port import Advertisement, Radio
    from firmware_bridge.readings import Reading
    from firmware_bridge.replay_guard import ReplayGuard

log = logging.getLogger(__name__)

LONGEST_WAIT_S: Final = 10.0
HEARD_LATELY_NS: Final = 10_000_000_000


@dataclass(slots=True)
class RadioState:
    """A receiver, for the technician. `error` is empty while it listens."""

    name: str
    listening: bool = False
    heard: int = 0
    dropped: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly a receiver heard a device."""

    device: str
    radio: str
    t_ns: int
    rssi_dbm: int


class BandListener:
    """Listens with several receivers at once.

    Args:
        on_reading: gets every reading, in order of arrival; must not block.
        bthome_keys: bind keys of BTHome devices by device id.
        on_strength: gets how strongly each packet of a known device was heard, also one that another receiver had first; must
            not block.
    """

    def __init__(
        self,
        radios: Sequence[Radio],
        keys: KeyRing,
        guard: ReplayGuard,
        on_reading: Callable[[Reading], None],
        bthome_keys: Mapping[str, bytes] | None = None,
        on_strength: Callable[[Strength], None] | None = None,
    ) -> None:
        self._radios, self._keys, self._guard, self._on_reading = radios, keys, guard, on_reading
        self._bthome_keys, self._on_strength = bthome_keys or {}, on_strength
        self._states = {radio.name: RadioState(radio.name) for radio in radios}
        self._heard_ns: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        """Packets that were not taken, by reason: `short`, `version`, `unauthentic`, `range`, `format`, `replayed`, `doubled`."""

    async def run(self) -> None:
        """Listen until cancelled; a receiver that is missing or goes is tried again."""
        async with asyncio.TaskGroup() as tasks:
            for radio in self._radios:
                tasks.create_task(self._keep(radio), name=f"radio[{radio.name}]")

    def states(self) -> list[RadioState]:
        """All receivers."""
        for radio in self._radios:
            health = radio.health
            state = self._states[radio.name]
            state.heard, state.dropped = health.heard, health.dropped
        return list(self._states.values())

    def heard_lately(self, now_ns: int) -> int:
        """How many devices were heard in the last ten seconds."""
        return sum(now_ns - heard_ns < HEARD_LATELY_NS for heard_ns in self._heard_ns.values())

    async def _keep(self, radio: Radio) -> None:
        state, attempt = self._states[radio.name], 0
        while True:
            try:
                async with radio:
                    state.listening, state.error, attempt = True, "", 0
                    async for heard in radio.advertisements():
                        self._take(radio.name, heard)
            except TransientError as exc:
                if str(exc) != state.error:
                    log.warning("radio=%s state=lost error=%r", radio.name, str(exc))
                state.listening, state.error = False, str(exc)
            else:
                state.listening = False
                return
            attempt += 1
            await asyncio.sleep(random.uniform(0, min(LONGEST_WAIT_S, 0.25 * 2 ** min(attempt, 8))))  # noqa: S311 - jitter

    def _take(self, radio: str, heard: Advertisement) -> None:
        try:
            reading = decode(heard, self._keys, self._bthome_keys)
        except DecodeError as exc:
            self.refused[exc.reason] += 1
            return
        if reading is None:
            return
        if reading.sequence is not None:
            verdict = self._guard.judge(reading.device, reading.sequence)
            if verdict != "replayed" and self._on_strength is not None:
                self._on_strength(Strength(reading.device, radio, heard.t_ns, heard.rssi_dbm))
            if verdict != "new":
                self.refused[verdict] += 1
                return
        self._heard_ns[reading.device] = heard.t_ns
        self._on_reading(reading)
