"""What was called saved survives what happens to a gateway's disk. Short; `make torture` does the same for long."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import faulty_disk
from support.damage import damage
from support.journal_look import Outcome, look_at, say
from support.journal_writer import said

KILLS = Path(faulty_disk.HERE / "journal_kills.py")
needs_compiler = pytest.mark.skipif(faulty_disk.compiler() is None, reason="the disk is built by a C compiler: apt install gcc")
pytestmark = pytest.mark.fault


def test_kill_9_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, KILLS, tmp_path, "100", "7"], capture_output=True, text=True, check=True)
    outcome = Outcome(**json.loads(done.stdout))
    say(outcome.told("kill -9"))
    assert outcome.trials == 100
    assert outcome.acknowledged > 500
    assert (outcome.lost, outcome.wrong, outcome.set_aside) == (0, 0, 0)


@needs_compiler
def test_a_power_cut_loses_nothing(tmp_path: Path) -> None:
    outcome = faulty_disk.cuts(faulty_disk.write_log(tmp_path, 1_500, "free"), tmp_path / "cuts", 40, 5)
    say(outcome.told("power cut"))
    assert outcome.trials == 40
    assert (outcome.lost, outcome.wrong, outcome.set_aside) == (0, 0, 0)


@needs_compiler
def test_the_same_cuts_lose_rows_without_full_synchronisation(tmp_path: Path) -> None:
    """The test is tested: with `synchronous=NORMAL` most cuts lose rows that were called saved, and the file shows it."""
    outcome = faulty_disk.cuts(faulty_disk.write_log(tmp_path, 1_000, "normal"), tmp_path / "cuts", 20, 5)
    say(outcome.told("power cut, NORMAL"))
    assert outcome.losing_trials > 10
    assert outcome.lost > 100


@needs_compiler
def test_an_fsync_that_fails_is_never_called_saved(tmp_path: Path) -> None:
    (disk := tmp_path / "disk").mkdir()
    assert faulty_disk.run_writer(disk, tmp_path / "says", 10).returncode == 0
    done = faulty_disk.run_writer(
        disk, tmp_path / "says", 600, "faults", "status",
        preload=faulty_disk.build(tmp_path), FAULTY_FOLDER=f"{disk}/", FAULTY_EIO="7",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    assert status["raised"] > 5
    assert status["faults"] == status["raised"], "each raises its counter"
    outcome = Outcome()
    look_at(disk / "gateway.db", said((tmp_path / "says").read_bytes()), outcome)
    say(outcome.told("EIO on fsync"))
    assert (outcome.lost, outcome.wrong, outcome.set_aside) == (0, 0, 0)
    assert outcome.acknowledged == 610


LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def test_a_limit_of_the_file_size_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """`RLIMIT_FSIZE` comes as an error of the write, not as "disk full": it is treated alike."""

    writer = [faulty_disk.HERE / "journal_writer.py", tmp_path / "gateway.db", tmp_path / "says", "20000"]
    done = subprocess.run([sys.executable, "-c", LIMITED, *writer], capture_output=True, text=True, check=False)
    assert "StoreFull" in done.stderr.splitlines()[-1]
    outcome = Outcome()
    look_at(tmp_path / "gateway.db", said((tmp_path / "says").read_bytes()), outcome)
    say(outcome.told("RLIMIT_FSIZE"))
    assert outcome.acknowledged > 50
    assert (outcome.lost, outcome.wrong, outcome.set_aside) == (0, 0, 0)


def test_a_volume_that_is_full_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """A real one: 2 MB of memory, where this machine lets us mount it."""
    script = """
        mount -t tmpfs -o size=2m tmpfs "$1" || exit 77
        "$2" "$3" "$1/gateway.db" "$4" 20000 2> "$5"
        cp "$1"/gateway.db* "$6"
    """
    for name in ("volume", "after"):
        (tmp_path / name).mkdir()
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("a small volume is mounted by root: run as root to see this fault")
    names = (tmp_path / "volume", sys.executable, faulty_disk.HERE / "journal_writer.py", tmp_path / "says", tmp_path / "errors")
    command = [unshare, "-m", "sh", "-c", script, "sh", *map(str, names), str(tmp_path / "after")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip("this machine mounts no tmpfs for us")
    assert "StoreFull" in (tmp_path / "errors").read_text(encoding="utf-8").splitlines()[-1]
    outcome = Outcome()
    look_at(tmp_path / "after" / "gateway.db", said((tmp_path / "says").read_bytes()), outcome)
    say(outcome.told("full volume"))
    assert outcome.acknowledged > 500
    assert (outcome.lost, outcome.wrong, outcome.set_aside) == (0, 0, 0)


def test_every_damage_is_found_or_harmless(tmp_path: Path) -> None:
    """Flipped and cut bytes of the database and of its log: never a wrong row without a word."""
    told = damage(tmp_path, 60, seed=3)
    say(told.told())
    assert told.trials == 60
    assert told.silent == 0, told.what
    assert told.found > 20, told


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(os.urandom(8_192))
    outcome = Outcome()
    look_at(tmp_path / "gateway.db", [], outcome)
    assert outcome.set_aside == 1
