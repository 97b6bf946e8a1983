"""`supervision`'s LineZone, in a process and an environment of its own: it brings opencv-python, which must not be beside ours.

Run as a script by the Python that has the package; `edge.bench.gate` starts it.

    python guest_line.py FILE

FILE is JSON: a list of {"line": [x1, y1, x2, y2], "pictures": [[[track, x1, y1, x2, y2, torso_x], …], …]}. It prints one JSON
object: the version, and for each item the crossings in and out. Exit status 3: the package is not installed.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

NOT_INSTALLED: Final = 3


def main(file: Path) -> int:
    """Count every item of the file; the exit status."""
    try:
        version = importlib.metadata.version("supervision")
        supervision: Any = import_module("supervision")
    except (ImportError, importlib.metadata.PackageNotFoundError) as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - spoken to the bench
        return NOT_INSTALLED
    counts = [_count(supervision, item) for item in json.loads(file.read_text(encoding="utf-8"))]
    print(json.dumps({"version": version, "counts": counts}))  # noqa: T201 - spoken to the bench
    return 0


def _count(supervision: Any, item: dict[str, Any]) -> tuple[int, int]:
    x1, y1, x2, y2 = item["line"]
    zone = supervision.LineZone(
        start=supervision.Point(x1, y1), end=supervision.Point(x2, y2), triggering_anchors=[supervision.Position.BOTTOM_CENTER]
    )
    for picture in item["pictures"]:
        if not picture:
            continue
        told = np.array(picture, dtype=np.float64)
        zone.trigger(
            supervision.Detections(xyxy=told[:, 1:5], tracker_id=told[:, 0].astype(int), class_id=np.zeros(len(told), dtype=int))
        )
    return int(zone.in_count), int(zone.out_count)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
