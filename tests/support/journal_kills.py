"""`kill -9` at random moments: `python journal_kills.py FOLDER TRIALS SEED` prints the outcome as JSON.

A process of its own, because it forks a writer a trial: the imports are then paid once.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]

from support.journal_look import Outcome, look_at
from support.journal_writer import said, write

TRIALS_A_FILE = 20
LATEST_S = 0.06


def kills(folder: Path, trials: int, seed: int) -> Outcome:
    """Kill so many writers; each goes on with the file that the one before has left."""
    draw = random.Random(seed)
    outcome = Outcome()
    acknowledged: list[int] = []
    for trial in range(trials):
        if trial % TRIALS_A_FILE == 0:
            file, acknowledged = folder / f"{trial}.db", []
        outcome.acknowledged -= len(acknowledged)  # each counts once, and is looked for in every trial after it
        acknowledged += _one(file, draw)
        look_at(file, acknowledged, outcome)
    return outcome


def _one(file: Path, draw: random.Random) -> list[int]:
    hears, says = os.pipe()
    options = frozenset({"free"} if draw.random() < 0.3 else ())
    seed = draw.getrandbits(32)
    child = os.fork()
    if child == 0:
        os.close(hears)
        try:
            asyncio.run(write(file, says, 1 << 30, options, seed))
        finally:
            os._exit(1)
    os.close(says)
    time.sleep(draw.uniform(0.0, LATEST_S))
    os.kill(child, signal.SIGKILL)
    with os.fdopen(hears, "rb") as pipe:
        heard = pipe.read()
    os.waitpid(child, 0)
    return said(heard)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(kills(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
