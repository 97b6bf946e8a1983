"""Write the thresholds and tables of the counting core as a C header: `python scripts/rope_core_rules.py OUT`.

The C port in firmware_bridge/rope_core takes every number that may be tuned from it. A test makes it anew and compares.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.counting import rope_core
from edge.counting.rope_core import ANKLE_RULES, RULES, RopeCore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

A_ROW = 8
HEAD = """\
/* Made by scripts/rope_core_rules.py from edge/counting/rope_core.py: change it there, and make this anew. */
#ifndef ROPE_CORE_RULES_H
#define ROPE_CORE_RULES_H
"""
BY_SITE = """
#ifdef ROPE_CORE_ANKLE /* the band is worn at an ankle: it counts landings */
"""
BEFORE_TABLES = """
#ifdef ROPE_CORE_TABLES /* only rope_core.c needs them */
"""
TAIL = """
#endif
#endif
"""


def header() -> str:
    core = RopeCore(1)
    made, blank, module = vars(core), core.state[0], vars(rope_core)
    whole = {
        "RATE_HZ": rope_core.RATE_HZ,
        "FRAME": rope_core.FRAME,
        "SPAN": rope_core.SPAN,
        "ACTIVE": rope_core.ACTIVE,
        "FIRST_LAG": rope_core.FIRST_LAG,
        "SHORTEST": rope_core.SHORTEST,
        "LONGEST": rope_core.LONGEST,
        "LAGS": len(rope_core.LAGS),
        "PERIODS": len(rope_core.PERIODS),
        "TAPS": len(rope_core.SHOCK_TAPS),
        "SOME_PERIODS": rope_core.SOME_PERIODS,
        "FIRST_PERIOD": int(blank["period"]),
    }
    numbers = {
        "FRAME_S": rope_core.FRAME_S,
        "UNLIKELY": blank["scores"][1],
        "LONG_AGO_S": blank["since_s"],
        "GRAVITY_GAIN": made["_gravity_gain"],
        "IDLE": made["_idle"],
        "SHOCK_HZ": rope_core.SHOCK_HZ,
        "SHOCK_DECAY": module["_SHOCK_DECAY"],
        "SPREAD_DECAY": module["_SPREAD_DECAY"],
        "AMPLITUDE_GAIN": module["_AMPLITUDE_GAIN"],
        "SWING_GAIN": module["_SWING_GAIN"],
    }
    wrist, ankle = (asdict(rules) for rules in (RULES, ANKLE_RULES))
    shared = {name: value for name, value in wrist.items() if value == ankle[name]}
    numbers |= {name.upper(): value for name, value in shared.items()}
    feet = {f"foot_{name}": value for name, value in ankle.pop("feet").items()}
    of_site = [{name.upper(): value for name, value in rules.items() if name not in shared} for rules in (ankle | feet, wrist)]
    del of_site[1]["FEET"]
    # The price of a change adds up along the periods: what one step costs says all.
    next_period = np.diff(made["_climb"])
    tables = {
        "FORGET": made["_forget"],
        "OCTAVES": made["_octaves"],
        "NEXT_PERIOD": next_period,
        "SHOCK_TAPS": rope_core.SHOCK_TAPS,
    }
    return "".join(
        [
            HEAD,
            "\n",
            *(f"#define ROPE_CORE_{name} {value}\n" for name, value in whole.items()),
            "\n",
            *defines(numbers),
            BY_SITE,
            *defines(of_site[0]),
            "#else\n",
            *defines(of_site[1]),
            "#endif\n",
            BEFORE_TABLES,
            *(table(name, values) for name, values in tables.items()),
            TAIL,
        ]
    )


def defines(numbers: Mapping[str, float]) -> list[str]:
    return [f"#define ROPE_CORE_{name} {single(value)}\n" for name, value in numbers.items()]


def single(value: float) -> str:
    """A C literal that reads back as the same float32: nine digits do."""
    digits = f"{value:.9g}"
    literal = f"{digits if '.' in digits or 'e' in digits else digits + '.0'}f"
    return f"({literal})" if value < 0 else literal


def table(name: str, values: Iterable[float]) -> str:
    words = [single(value) for value in values]
    rows = [", ".join(words[at : at + A_ROW]) for at in range(0, len(words), A_ROW)]
    return f"\nstatic const float ROPE_CORE_{name}[{len(words)}] = {{\n    " + ",\n    ".join(rows) + ",\n};\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(header(), encoding="utf-8")
