"""`touchline bench motion`: turns and steps from bands, ours beside others, on the same recordings in one run."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.bench import cases as of
from edge.bench.figure import Place, figure
from edge.bench.live import BANDS, BLOCK, follow, many_bands, packets, side_by_side
from edge.bench.peers import GUESTS, SIMPLE, NotInstalledError, Peer, guest, simple
from edge.bench.progress import stages
from edge.counting.events import Skip, Step
from edge.counting.rope_motion import RopeMotionCounter
from edge.counting.rope_official import count_official
from edge.counting.steps import StepCounter, count_steps_official

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.bench.cases import Case, Cases
    from edge.bench.figure import Better, Figure
    from edge.counting.events import OfficialCount
    from edge.counting.samples import MotionSamples

    Skips = Callable[[MotionSamples], int]

RUNS: Final = 3
PLAIN: Final = {"share", "1/min"}
"""Units that a row of a table need not say."""
OURS: Final = ("official", "live")
WITHIN: Final = {"official": 0.97, "live": 0.93}
WRONG: Final = {"official": 0.008, "live": 0.015}
LIVE_TIMED: Final = 12
"""So many attempts tell what a single band costs live; many side by side are cheaper, and have a figure of their own."""
LATE_S: Final = 0.4
FIRST_TURNS: Final = 4
"""Turns of a bout that wait until its rhythm is known."""
SURE: Final = 0.9
STATE_BYTES: Final = 16_384
DEAR_US: Final = 10.0


def run(data: Path | None, notes: list[str] | None = None) -> list[Figure]:
    """Accuracy, lateness and cost of counting from motion.

    Args:
        data: folder with real recordings; without it simulated attempts, which say little about the world.
        notes: takes a line for each peer that could not be asked, with the reason.
    """
    cases = of.load(data)
    told = [] if notes is None else notes
    if data is None:
        told.append("no real recordings: these attempts are simulated, and say little about the world")
    with stages(8 + len(SIMPLE) + len(GUESTS)) as begin:
        begin("others")
        others = [*_others(cases, told, begin)]
        begin("turns, official")
        official = simple("official", lambda samples: count_official(samples).count, cases.all, len(cases.rope), RUNS)
        begin("turns, live")
        one = simple("live", partial(_live, RopeMotionCounter), cases.rope[:LIVE_TIMED], LIVE_TIMED, RUNS)
        live = Peer("live", side_by_side(cases.all), one.us_a_sample)
        figures = _turns(cases, [official, live, *others])
        begin("steps, official")
        on_foot = [*cases.walks, *cases.quiet]
        steps = simple("official", lambda samples: count_steps_official(samples).count, on_foot, len(cases.walks), RUNS)
        begin("steps, live")
        live_steps = simple("live", partial(_live, StepCounter), on_foot, len(cases.walks), RUNS)
        figures += _steps(cases, [steps, live_steps, *(_on_foot(peer, cases) for peer in others)])
        begin("lateness")
        counted = [count_official(samples) for _, samples in cases.rope]
        figures += [*_confidence(cases, counted), *_lateness(cases, counted)]
        begin("many bands")
        figures += _many(cases)
        figures += _by_subject(f"Turns by subject, {cases.kind}", cases.rope, {"official": official, "live": live})
        figures += _by_subject(f"Steps by subject, {cases.kind}", cases.walks, {"official": steps, "live": live_steps})
    return figures


def _others(cases: Cases, notes: list[str], begin: Callable[[str], None]) -> list[Peer]:
    peers = []
    for name, count in SIMPLE.items():
        begin(name)
        peers.append(simple(name, count, cases.all, len(cases.rope), RUNS))
    for name in GUESTS:
        begin(name)
        try:
            peers.append(guest(name, cases.all, len(cases.rope), RUNS))
        except (NotInstalledError, RuntimeError) as exc:
            notes.append(str(exc))
    return peers


def _live(counter: Callable[[], RopeMotionCounter | StepCounter], samples: MotionSamples) -> int:
    """What a live count ends at, fed in blocks."""
    counting = counter()
    found = [event for block in packets(samples, BLOCK) for event in counting.feed(block)]
    return sum(isinstance(event, Skip | Step) for event in [*found, *counting.flush()])


def _turns(cases: Cases, peers: Sequence[Peer]) -> list[Figure]:
    rope, swings, quiet, walks = _spans(cases)
    table = f"Turns of the rope, {cases.kind}: {len(cases.rope)} attempts of {len({r.subject for r, _ in cases.rope})} people"
    return [
        *_row(
            table, "within tolerance", "share", _each(peers, rope, cases.rope, _within), {"official": 0.97, "live": 0.93}, "more"
        ),
        *_row(table, "within one", "share", _each(peers, rope, cases.rope, _off_by_one), better="more"),
        *_row(table, "turns wrong", "share", _each(peers, rope, cases.rope, _wrong), WRONG),
        *_row(table, "false in a quiet minute", "1/min", _each(peers, quiet, cases.quiet, _a_minute), dict.fromkeys(OURS, 0.1)),
        *_row(table, "false in a minute on foot", "1/min", _each(peers, walks, cases.walks, _a_minute), dict.fromkeys(OURS, 0.1)),
        *_row(table, "side swings counted", "share", _each(peers, swings, cases.swings, _counted)),
        *_row(table, "CPU a sample", "us", {peer.name: peer.us_a_sample for peer in peers}, {"official": DEAR_US}),
    ]


def _steps(cases: Cases, peers: Sequence[Peer]) -> list[Figure]:
    table = f"Steps, {cases.kind}: {len(cases.walks)} walks of {len({r.subject for r, _ in cases.walks})} people"
    walks, quiet = slice(0, len(cases.walks)), slice(len(cases.walks), None)
    cost = {peer.name: peer.us_a_sample for peer in peers if peer.us_a_sample}
    goals = dict.fromkeys(OURS, DEAR_US)
    return [
        *_row(table, "within tolerance", "share", _each(peers, walks, cases.walks, _within), {"official": 0.80}, "more"),
        *_row(table, "steps wrong", "share", _each(peers, walks, cases.walks, _wrong), {"official": 0.02}),
        *_row(table, "false in a quiet minute", "1/min", _each(peers, quiet, cases.quiet, _a_minute)),
        *_row(table, "CPU a sample", "us", cost, goals),
    ]


def _spans(cases: Cases) -> tuple[slice, slice, slice, slice]:
    """Where each kind stands among all cases."""
    ends = np.cumsum([0, len(cases.rope), len(cases.swings), len(cases.quiet), len(cases.walks)]).tolist()
    rope, swings, quiet, walks = (slice(a, b) for a, b in pairwise(ends))
    return rope, swings, quiet, walks


def _on_foot(peer: Peer, cases: Cases) -> Peer:
    """A peer's counts of walks and quiet recordings; it counts one thing, whatever is in the recording."""
    _, _, quiet, walks = _spans(cases)
    return Peer(peer.name, (*peer.counts[walks], *peer.counts[quiet]), ())


def _each(
    peers: Sequence[Peer], span: slice, cases: Sequence[Case], judge: Callable[[Sequence[Case], Sequence[int]], float]
) -> dict[str, list[float]]:
    return {peer.name: [judge(cases, peer.counts[span])] for peer in peers} if cases else {}


def _row(
    table: str,
    row: str,
    unit: str,
    values: Mapping[str, Sequence[float]],
    goals: Mapping[str, float] | None = None,
    better: Better = "less",
) -> list[Figure]:
    """One line of a comparing table: a figure for the official count and one for the live count, the others beside both."""
    kind, _, _ = table.partition(":")
    beside = {name: runs for name, runs in values.items() if name not in OURS}
    label = row if unit in PLAIN else f"{row}, {unit}"
    return [
        figure(
            f"{name} {row}, {kind}", values[name], unit,
            goal=(goals or {}).get(name), better=better, beside=beside, place=Place(table, label, name),
        )
        for name in OURS if name in values
    ]  # fmt: skip


def _confidence(cases: Cases, counted: Sequence[OfficialCount]) -> list[Figure]:
    """A confidence must mean something: who is marked sure is right."""
    pairs = zip(cases.rope, counted, strict=True)
    sure = [abs(count.count - r.truth) <= 1 for (r, _), count in pairs if count.confidence >= SURE]
    figures = [figure("attempts that are marked sure", [len(sure) / len(cases.rope)], "share", better="more")]
    if sure:
        figures.append(figure("within one, of those marked sure", [float(np.mean(sure))], "share", goal=0.98, better="more"))
    return figures


def _lateness(cases: Cases, counted: Sequence[OfficialCount]) -> list[Figure]:
    followed = [follow(samples, count) for (_, samples), count in zip(cases.rope, counted, strict=True)]
    late = np.array([t for one in followed for t in one.late_s])
    near = np.array([n for one in followed for n in one.near])
    settled = late[np.array([p for one in followed for p in one.place]) >= FIRST_TURNS]
    if not len(late):
        return []
    p50, p95 = np.quantile(late, (0.5, 0.95), method="higher")
    figures = [figure(f"live turns at most {LATE_S} s after the official one", [_soon(late)], "share", better="more")]
    if len(settled):
        figures.append(figure("the same, from a bout's fifth turn on", [_soon(settled)], "share", better="more"))
    return [
        *figures,
        figure("live lateness, half of the turns", [float(p50)], "s"),
        figure("live lateness, 95 of 100 turns", [float(p95)], "s"),
        figure("time in a bout with live at most one turn behind", [float(np.mean(near))], "share", better="more"),
    ]


def _soon(late_s: NDArray[np.float64]) -> float:
    """Share of turns that live had soon enough."""
    return float(np.mean(late_s <= LATE_S))


def _many(cases: Cases) -> list[Figure]:
    many = many_bands(cases.rope, RUNS)
    if many is None:
        return []
    side = f"{BANDS:,} bands side by side"
    return [
        figure(f"{side}, CPU a sample", many.us_a_sample, "us", goal=DEAR_US),
        figure(f"{side}, share of one core", many.share_of_core, "share", goal=1.0),
        figure(f"{side}, state a band", [many.bytes_a_band], "bytes", goal=STATE_BYTES),
    ]


def _by_subject(table: str, cases: Sequence[Case], ours: Mapping[str, Peer]) -> list[Figure]:
    """The same figures for each person alone: nothing is fitted again, but one person cannot hide behind another."""
    figures = []
    kind, _, _ = table.partition(",")
    for subject in sorted({r.subject for r, _ in cases}):
        chosen = [place for place, (r, _) in enumerate(cases) if r.subject == subject]
        own = [cases[place] for place in chosen]

        def of_subject(row: str, value: float, unit: str, better: Better = "less", subject: str = subject) -> Figure:
            place = Place(table, row, subject)
            return figure(f"{kind}, {row}, {subject}", [value], unit, better=better, place=place)

        figures += [of_subject("recordings", len(own), "number"), of_subject("truth", sum(r.truth for r, _ in own), "number")]
        for name, peer in ours.items():
            got = [peer.counts[place] for place in chosen]
            figures += [
                of_subject(f"{name} within tolerance", _within(own, got), "share", "more"),
                of_subject(f"{name} wrong", _wrong(own, got), "share"),
            ]
    return figures


def _within(cases: Sequence[Case], got: Sequence[int]) -> float:
    return float(np.mean([r.low <= n <= r.high for (r, _), n in zip(cases, got, strict=True)]))


def _off_by_one(cases: Sequence[Case], got: Sequence[int]) -> float:
    return float(np.mean([abs(r.truth - n) <= 1 for (r, _), n in zip(cases, got, strict=True)]))


def _wrong(cases: Sequence[Case], got: Sequence[int]) -> float:
    return sum(abs(r.truth - n) for (r, _), n in zip(cases, got, strict=True)) / sum(r.truth for r, _ in cases)


def _a_minute(cases: Sequence[Case], got: Sequence[int]) -> float:
    return sum(got) / sum(float(np.ptp(samples.t_ns)) / 60e9 for _, samples in cases)


def _counted(cases: Sequence[Case], got: Sequence[int]) -> float:
    return sum(got) / sum(r.truth for r, _ in cases)
