"""A whole run for a gateway without hardware: film of the line, recordings of the receivers, class list, settings, and the truth.

The film and the recordings begin `LEAD_S` before the signal of the run; a gateway that is started with these settings plays all of
them from its start on.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from firmware_bridge.radio.port import Advertisement
from firmware_bridge.radio.replay import write_recording
from simulators.band import VirtualBand
from simulators.gate_film import GateFilm, Runner
from simulators.gate_radio import Air
from simulators.running_field import RunningField

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulators.running_course import Course
    from simulators.running_field import Mishaps, StepTotals

LEAD_S: Final = 20.0
"""Time to open the lesson before the run begins."""
TAIL_S: Final = 6.0
LANES_M: Final = (-1.0, 2.6)
"""Where on the track runners are in the film, from the camera's side."""
OWN_COMPANY: Final = 0xFFFF
GIVEN_NAMES: Final = ("Ash", "Birch", "Cedar", "Dune", "Elm", "Fern", "Grove", "Hazel", "Iris", "Juniper", "Kelp", "Lark")


@dataclass(slots=True)
class CountedSteps:
    """What a band has counted at a moment that goes on."""

    told: StepTotals
    t_ns: int = 0

    def newest(self) -> int:
        """The total that it has by now."""
        return int(self.told.total[max(0, int(np.searchsorted(self.told.t_ns, self.t_ns, side="right")) - 1)])


@dataclass(frozen=True, slots=True)
class RunKit:
    """A run that can be written into a folder.

    Args:
        runners: pupils, numbered from 1; band and pupil have the same number.
        key_of: the key of each band, which comes from `master_key` (hexadecimal).
        receivers_m: where receivers stand along the track, metres after the line; none for a run without bands.
        film: whether there is a camera.
        lead_s: from the beginning of film and recordings to the signal.
        mishaps: what goes wrong in the field; the usual things if not given.
        carried: numbers of bands that count no steps, as one that somebody carries.
    """

    course: Course
    runners: int
    key_of: Callable[[int], bytes]
    receivers_m: tuple[float, ...] = (-2.0, 2.0)
    film: bool = True
    master_key: str = "00" * 16
    seed: int = 1
    grade: int = 7
    lead_s: float = LEAD_S
    film_size: tuple[int, int] = (1280, 720)
    mishaps: Mishaps | None = None
    carried: tuple[int, ...] = ()

    def write(self, folder: Path, progress: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
        """Write everything; returns the truth, which is also in `truth.json`.

        Args:
            progress: told the share of the film that is drawn.
        """
        folder.mkdir(parents=True, exist_ok=True)
        field = RunningField.draw(self.runners, self.course, seed=self.seed, mishaps=self.mishaps)
        made = self._film(field) if self.film else None
        self._write_roster(folder)
        radios = self._write_radio(folder, field)
        if made is not None:
            made.write(folder / "line.avi", progress)
        self._write_settings(folder, made, radios)
        truth = {
            "lead_s": self.lead_s,
            "lap_m": self.course.lap_m,
            "laps_s": {str(who + 1): [round(t_ns / 1e9, 3) for t_ns in laps] for who, laps in enumerate(field.laps_ns)},
        }
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        return truth

    def _film(self, field: RunningField) -> GateFilm:
        """Everybody who crosses the line, at the pace and the place on the track of that moment."""
        times = field.runs.t_s
        runners = []
        for who, laps in enumerate(field.laps_ns):
            draw = np.random.default_rng([self.seed, 7, who])
            height_m, lane_m = float(draw.uniform(1.3, 1.75)), float(draw.uniform(*LANES_M))
            for t_ns in laps:
                over_s = t_ns / 1e9
                way_m = np.interp([over_s - 0.5, over_s + 0.5], times, field.runs.way_m[who])
                pace_mps = max(1.0, float(way_m[1] - way_m[0]))
                runners.append(Runner(pace_mps, over_s + self.lead_s, True, lane_m + float(draw.normal(0.0, 0.15)), height_m))
        last_s = max((laps[-1] / 1e9 for laps in field.laps_ns if laps), default=0.0)
        return GateFilm(runners, seconds=self.lead_s + last_s + TAIL_S, seed=self.seed, size=self.film_size)

    def _write_roster(self, folder: Path) -> None:
        banded = bool(self.receivers_m)
        lines = ["class,number,name,sex,grade" + (",band" if banded else "")]
        for number in range(1, self.runners + 1):
            again = (number - 1) // len(GIVEN_NAMES)
            name = GIVEN_NAMES[(number - 1) % len(GIVEN_NAMES)] + (f" {again + 1}" if again else "")
            sex = "fm"[number % 2]
            lines.append(f"Runners,{number},{name},{sex},{self.grade}" + (f",{number}" if banded else ""))
        (folder / "class.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _write_radio(self, folder: Path, field: RunningField) -> list[str]:
        if not self.receivers_m:
            return []
        # A replay begins with its first packet: one of a stranger keeps it in step with the film.
        begin = Advertisement(0, "C0:00:00:00:FF:FF", -90, None, {}, {})
        heard: list[list[Advertisement]] = [[begin] for _ in self.receivers_m]
        steps = field.steps()
        for who, samples in enumerate(field.heard(Air(receivers_m=self.receivers_m))):
            counted = CountedSteps(steps[who])
            if who + 1 in self.carried:
                counted.told.total[:] = 0
            # The sequence goes on from kit to kit, as in the field: a gateway that has heard one refuses an older one as replayed.
            sequence = int(time.time() - 1_700_000_000) * 8 & 0xFFFF_FFFF
            band = VirtualBand(who + 1, self.key_of(who + 1), lambda: 0, steps=counted.newest, sequence=sequence)
            sent: dict[int, bytes] = {}
            for t_ns, receiver, rssi_dbm in zip(samples.t_ns, samples.receiver, samples.rssi_dbm, strict=True):
                # One packet reaches all receivers within some milliseconds, with the same bytes.
                event = int(t_ns) // 100_000_000
                if event not in sent:
                    counted.t_ns = int(t_ns)
                    sent[event] = band.packets()[0]
                at_ns = int(t_ns) + round(self.lead_s * 1e9)
                heard[int(receiver)].append(Advertisement(at_ns, band.address, int(rssi_dbm), None, {OWN_COMPANY: sent[event]}, {}))
        names = []
        for number, advertisements in enumerate(heard, start=1):
            write_recording(folder / f"receiver{number}.jsonl", sorted(advertisements, key=lambda one: one.t_ns))
            names.append(f"replay:{folder / f'receiver{number}.jsonl'}")
        return names

    def _write_settings(self, folder: Path, film: GateFilm | None, radios: list[str]) -> None:
        lines = [
            "[gateway]",
            'title = "Simulated track"',
            f'data_dir = "{folder / "data"}"',
            "",
            "[bands]",
            f"radios = {json.dumps(radios)}",
        ]
        lines += [f'master_key = "{self.master_key}"'] if radios else []
        lines += ["", "[run]", f"lap_m = {self.course.lap_m:g}"]
        for radio, at_m in zip(radios, self.receivers_m, strict=True):
            lines += ["", "[[run.gate]]", f'radio = "{radio}"', f"at_m = {at_m:g}"]
        if film is not None:
            line = [round(value) for value in film.line_px]
            lines += ["", "[[cameras]]", 'name = "line"', f'source = "file:{folder / "line.avi"}"', f"line = {line}"]
            lines += ['line_direction = "left_to_right"']
        (folder / "touchline.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
