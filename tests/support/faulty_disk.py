"""A disk that can lose power and fail: builds `faulty_disk.c`, runs a program over it, and cuts the power as often as one likes.

One run is written down as a log of writes and syncs. A cut takes the log up to a moment: what was synced is there; of each write
after that, it is drawn whether it reached the disk, did not, or is torn at a sector.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from support.journal_look import Outcome, look_at

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
RECORD = struct.Struct("<5q")
OPEN, WRITE, SYNC, TRUNCATE, UNLINK, SAVED = 1, 2, 3, 4, 5, 6
SECTOR = 512


def compiler() -> str | None:
    """The C compiler, or `None`."""
    return shutil.which("cc") or shutil.which("gcc")


def build(folder: Path) -> Path:
    """The library to preload."""
    library = folder / "faulty_disk.so"
    tool = compiler()
    assert tool is not None
    source = HERE / "faulty_disk.c"
    subprocess.run([tool, "-O1", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


def run_writer(
    folder: Path, says: Path, events: int, *options: str, preload: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `journal_writer.py` over a disk; `environment` is added to its own."""
    surroundings = os.environ | environment | ({"LD_PRELOAD": str(preload)} if preload else {})
    command = [sys.executable, str(HERE / "journal_writer.py"), str(folder / "gateway.db"), str(says), str(events), *options]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)


def write_log(folder: Path, events: int, *options: str) -> Path:
    """Run a writer over the disk and write down what reaches it when."""
    (disk := folder / "disk").mkdir(parents=True)
    log = folder / "log"
    done = run_writer(
        disk, log, events, *options, preload=build(folder), FAULTY_FOLDER=f"{disk}/", FAULTY_LOG=str(log)
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return log


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.waiting:
            _apply(self.synced, offset, data)
        self.waiting.clear()

    def after_cut(self, draw: random.Random) -> bytes:
        content = bytearray(self.synced)
        for offset, data in self.waiting:
            fate = draw.random()
            if data is None or fate < 0.4:
                _apply(content, offset, data)
            elif fate < 0.6:
                for at in range(0, len(data), SECTOR):
                    if draw.random() < 0.5:
                        _apply(content, offset + at, data[at : at + SECTOR])
        return bytes(content)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def cuts(log: Path, folder: Path, many: int, seed: int) -> Outcome:
    """Cut the power at so many moments of a log, and look at what the disk then holds."""
    draw = random.Random(seed)
    records = list(_records(log.read_bytes()))
    moments = sorted(draw.sample(range(1, len(records) + 1), min(many, len(records))))
    outcome = Outcome()
    files: dict[str, _File] = {}
    names: dict[int, str] = {}
    saved: list[int] = []
    for number, (what, file, offset, data) in enumerate(records, 1):
        match what:
            case 1:
                names[file] = Path(data.decode()).name
                files.setdefault(names[file], _File())
            case 2:
                files[names[file]].waiting.append((offset, data))
            case 3:
                files[names[file]].sync()
            case 4:
                files[names[file]].waiting.append((offset, None))
            case 5:
                files.pop(Path(data.decode()).name, None)
            case _:
                saved.append(offset)
        if moments and moments[0] == number:
            moments.pop(0)
            place = folder / f"cut-{number}"
            place.mkdir(parents=True)
            for name, one in files.items():
                if name.startswith("gateway.db"):
                    (place / name).write_bytes(one.after_cut(draw))
            look_at(place / "gateway.db", saved, outcome)
            shutil.rmtree(place)
    return outcome


def _records(log: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    at = 0
    while at + RECORD.size <= len(log):
        what, file, offset, length, _ = RECORD.unpack_from(log, at)
        at += RECORD.size
        data = b""
        if what in {OPEN, WRITE, UNLINK}:
            data = log[at : at + length]
            at += length
        yield what, file, offset, data
