"""The faults of tests/edge/store/test_journal_faults.py, for long: `make torture`. docs/reliability.md keeps the figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support import faulty_disk
from support.damage import damage
from support.journal_look import Outcome, look_at, say
from support.journal_writer import said

if TYPE_CHECKING:
    from pathlib import Path

TIMES = float(os.environ.get("TOUCHLINE_TORTURE", "0"))
"""1 is what the documents print; a fraction is quicker, more is longer."""
pytestmark = [
    pytest.mark.fault,
    pytest.mark.timeout(7_200),
    pytest.mark.skipif(TIMES <= 0, reason="long: run it with `make torture`"),
]
KILLS, CUTS, DAMAGES, FAILED_SYNCS = 10_000, 400, 2_000, 20_000


def many(number: int) -> int:
    return max(1, round(number * TIMES))


def test_kills(tmp_path: Path) -> None:
    script = faulty_disk.HERE / "journal_kills.py"
    done = subprocess.run([sys.executable, script, tmp_path, str(many(KILLS)), "11"], capture_output=True, text=True, check=True)
    outcome = Outcome(**json.loads(done.stdout))
    say(outcome.told("kill -9"))
    assert (outcome.trials, outcome.lost, outcome.wrong, outcome.set_aside) == (many(KILLS), 0, 0, 0)


def test_power_cuts(tmp_path: Path) -> None:
    outcome = faulty_disk.cuts(faulty_disk.write_log(tmp_path, 15_000, "free"), tmp_path / "cuts", many(CUTS), 12)
    say(outcome.told("power cut, FULL"))
    assert (outcome.trials, outcome.lost, outcome.wrong, outcome.set_aside) == (many(CUTS), 0, 0, 0)


def test_power_cuts_without_full_synchronisation(tmp_path: Path) -> None:
    """The test is tested: it has to see rows lost."""
    outcome = faulty_disk.cuts(faulty_disk.write_log(tmp_path, 15_000, "free", "normal"), tmp_path / "cuts", many(CUTS), 12)
    say(outcome.told("power cut, NORMAL") + f", trials that lost {outcome.losing_trials:,}")
    assert outcome.losing_trials > outcome.trials / 2


def test_failing_syncs(tmp_path: Path) -> None:
    (disk := tmp_path / "disk").mkdir()
    assert faulty_disk.run_writer(disk, tmp_path / "says", 10).returncode == 0
    done = faulty_disk.run_writer(
        disk, tmp_path / "says", many(FAILED_SYNCS), "faults", "status",
        preload=faulty_disk.build(tmp_path), FAULTY_FOLDER=f"{disk}/", FAULTY_EIO="7",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    outcome = Outcome()
    look_at(disk / "gateway.db", said((tmp_path / "says").read_bytes()), outcome)
    say(outcome.told("EIO on fsync") + f", injected and told {status['raised']:,}")
    assert status["faults"] == status["raised"] > 0
    assert (outcome.lost, outcome.wrong, outcome.set_aside) == (0, 0, 0)


def test_damages(tmp_path: Path) -> None:
    told = damage(tmp_path, many(DAMAGES), seed=13)
    say(told.told())
    assert told.silent == 0, told.what
