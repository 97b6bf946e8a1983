"""A figure is what was claimed and what was measured."""

from __future__ import annotations

import io

from edge.bench.figure import Place, figure
from edge.cli.bench import console_for, tables


def test_a_figure_tells_whether_it_holds() -> None:
    assert figure("speed", [1.0, 3.0, 2.0], "ms", goal=1.5, place=Place("t", "r", "c")).as_json() == {
        "figure": "speed", "value": 2.0, "unit": "ms", "goal": 1.5, "holds": False, "runs": 3, "spread": (1.0, 3.0), "beside": {},
    }  # fmt: skip
    assert figure("share", [0.9], "share", goal=0.8, better="more", beside={"peer": [0.5]}).holds is True


def test_figures_of_a_row_share_a_line_with_the_others_as_columns() -> None:
    figures = [
        figure(f"{name} wrong", [value], "share", goal=0.01, beside={"peer": [0.3]}, place=Place("Turns", "wrong", name))
        for name, value in (("official", 0.005), ("live", 0.02))
    ]
    compared, alone = tables([*figures, figure("speed", [2.0], "ms")])
    assert [column.header for column in compared.columns] == ["", "official", "live", "peer", "goal"]
    assert [list(column.cells) for column in compared.columns] == [["wrong"], ["0.005 ✓"], ["0.02 ✗"], ["0.3"], ["≤ 0.01"]]
    assert [column.header for column in alone.columns] == ["figure", "value", "unit"]


def test_no_figure_is_cut_in_a_file() -> None:
    figures = [figure("laps", [0.9876], "share", place=Place("Laps", "laps counted", f"camera + radio {n}")) for n in range(16)]
    file = io.StringIO()
    console_for(file).print(*tables(figures))
    assert file.getvalue().count("0.988") == 16
