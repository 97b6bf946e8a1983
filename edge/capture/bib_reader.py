"""Bib numbers: what stands on the torso of somebody who crosses the line, if it is a number of the roster.

The reading is RapidOCR's (`touchline[bibs]`), whose networks come in its wheel; nothing is fetched at run time.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import cv2

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import numpy as np
    from numpy.typing import NDArray

READ_AT_PX: Final = 320
"""Height to which a smaller torso is enlarged: its digits are then some 100 px high, as the networks were trained on lines of 48
px and more."""
LEAST_PX: Final = 24
LOOKS_LIKE: Final = str.maketrans({"O": "0", "o": "0", "D": "0", "I": "1", "l": "1", "|": "1", "Z": "2", "S": "5", "B": "8"})
PART_OF_ANOTHER: Final = 0.5
"""A number that is a part of another on the roster may be that one, half hidden by an arm."""


class BibsUnreadable(Exception):
    """RapidOCR is not installed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class BibRead:
    """A number of the roster, and how sure it is, 0 to 1."""

    number: int
    confidence: float


def can_read() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None


class BibReader:
    """Reads numbers of a roster on crops of torsos; 0.17 s of a core a crop (measured), so only at crossings, and on a thread.

    Args:
        numbers: on the roster. Everything else that is read (names, sponsors, a year) does not count.

    Raises:
        BibsUnreadable: RapidOCR is not installed.
    """

    def __init__(self, numbers: Collection[int]) -> None:
        self._numbers = frozenset(numbers)
        self._engine = _engine()

    def read(self, torso: NDArray[np.uint8]) -> BibRead | None:
        """The number on a torso (uint8[height, width, 3], BGR), or `None`."""
        height, width = torso.shape[:2]
        if min(height, width) < LEAST_PX:
            return None
        scale = max(1.0, READ_AT_PX / height)
        found = self._engine(cv2.resize(torso, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), use_cls=False)
        return best_on_roster(zip(found.txts or (), found.scores or (), strict=True), self._numbers)


def best_on_roster(texts: Iterable[tuple[str, float]], numbers: Collection[int]) -> BibRead | None:
    """The surest number of the roster among texts and their scores; less sure where two are read, or it is a part of another."""
    by_number: dict[int, float] = {}
    for text, score in texts:
        digits = "".join(text.split()).translate(LOOKS_LIKE)
        if digits.isdecimal() and digits.isascii() and int(digits) in numbers:
            by_number[int(digits)] = max(by_number.get(int(digits), 0.0), float(score))
    if not by_number:
        return None
    number = max(by_number, key=lambda one: by_number[one])
    confidence = by_number[number] * by_number[number] / sum(by_number.values())
    part = any(str(number) in str(other) for other in numbers if other != number)
    return BibRead(number, min(1.0, confidence) * (PART_OF_ANOTHER if part else 1.0))


def _engine() -> Any:
    if not can_read():
        raise BibsUnreadable("bib numbers need RapidOCR: install touchline[bibs]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rapidocr import RapidOCR  # noqa: PLC0415 - an extra, and heavy

        engine = RapidOCR(
            params={
                "Global.log_level": "error",
                "Det.limit_type": "max",
                "Det.limit_side_len": READ_AT_PX,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return engine
