"""The bench on laps: a tiny class, every witness, and what is missing is said."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from edge.bench import laps
from edge.bench.lap_play import Scored, Setting, play, score, threshold_peaks
from edge.cli import app
from edge.counting.lap_events import LapSeen
from simulators.running_field import Mishaps, RunningField


@pytest.mark.timeout(180)
def test_a_tiny_class_is_measured_by_every_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOUCHLINE_DATA", raising=False)
    monkeypatch.setattr(laps, "SEEDS", 1)
    monkeypatch.setattr(laps, "RUNNERS", 4)
    monkeypatch.setattr(laps, "OTHERS", {})
    monkeypatch.setattr(laps, "_camera", lambda *_: [])
    done = CliRunner().invoke(app, ["bench", "laps", "--json"])
    assert done.exit_code == 0, done.output
    figures = {one["figure"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert figures["laps counted, camera + radio 3"]["value"] > 0.8
    assert figures["given to the wrong pupil, unmarked, camera + radio 3"]["value"] < 0.2
    assert {"laps counted, camera + taps", "laps counted, radio 1", "laps counted, threshold, 1 receiver"} <= figures.keys()
    assert "no real recordings" in done.stderr


def test_what_is_told_of_nobody_counts_as_invented_and_a_stranger_crossing_as_wrong() -> None:
    run = RunningField.draw(3, seed=1, mishaps=Mishaps(0.0, 0.0, 0, 0.0))
    first = run.laps_ns[0][0]
    told = [
        LapSeen("pupil-00", 1, first + 500_000_000, 0, ("camera",), 1.0),
        LapSeen("pupil-00", 2, first + 9 * 10**9, 0, ("radio",), 1.0),
    ]
    scored = score(run, told)
    assert scored.counts["counted"] == 1
    assert scored.counts["invented"] == 1
    assert scored.counts["wrong"] == 2
    assert Scored().share("counted") == 0.0


def test_taps_name_who_wears_no_band() -> None:
    run = RunningField.draw(4, seed=1, mishaps=Mishaps(0.0, 0.0, 0, 0.0))
    scored = score(run, play(run, Setting("taps", 0, camera=True, taps=True), []))
    assert scored.share("counted") > 0.85


def test_a_threshold_tells_peaks_with_a_dead_time() -> None:
    strengths = [-90.0] * 20 + [-60.0] * 20 + [-90.0] * 20 + [-60.0] * 20 + [-90.0] * 20
    times = [n * 100_000_000 for n in range(len(strengths))]
    assert len(threshold_peaks(times, strengths, 0)) == 2
    assert len(threshold_peaks(times, strengths, 10 * 10**9)) == 1
    assert threshold_peaks([], [], 0) == []
