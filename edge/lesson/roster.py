"""A class list from a CSV file: every fault is told at once with its line, and with a fault nothing is taken in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge.lesson.standard import Sex  # noqa: TC001 - part of this module's own words

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = {
    "class_name": ("班级", "class"),
    "number": ("学号", "number"),
    "name": ("姓名", "name"),
    "sex": ("性别", "sex"),
    "grade": ("年级", "grade"),
    "band": ("手环", "band"),
    "station": ("站位", "station"),
}
NEEDED: Final = ("class_name", "number", "name", "sex", "grade")
SEXES: Final[dict[str, Sex]] = {"男": "male", "m": "male", "male": "male", "女": "female", "f": "female", "female": "female"}
ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""What spreadsheets write: UTF-8 with or without a mark, or the Chinese national encoding."""
MOST_FAULTS: Final = 20
MOST_PUPILS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Pupil:
    """One pupil of a class.

    Attributes:
        id: random; empty until the list has been stored.
        number: within the class.
        band: number of the own band, if one is given for good.
        station: the square this pupil usually has.
    """

    id: str
    number: int
    name: str
    sex: Sex
    grade: int
    band: int | None = None
    station: int | None = None

    @property
    def device(self) -> str | None:
        """The `DeviceId` of the band."""
        return None if self.band is None else f"band-{self.band:04d}"


@dataclass(frozen=True, slots=True)
class ClassList:
    """One class of a file."""

    class_name: str
    pupils: tuple[Pupil, ...]


class RosterFault(Exception):
    """The file cannot be taken in. All faults at once, in both languages; nothing was changed."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        shown = faults[:MOST_FAULTS]
        more = len(faults) - len(shown)
        self.message_zh = "\n".join([zh for zh, _ in shown] + ([f"还有 {more} 处"] if more else []))
        self.message_en = "\n".join([en for _, en in shown] + ([f"and {more} more"] if more else []))
        super().__init__(self.message_en)


def read_roster(content: bytes) -> list[ClassList]:
    """Read a CSV file with the columns 班级, 学号, 姓名, 性别, 年级 and, if wanted, 手环 and 站位 (or their English names).

    Raises:
        RosterFault: with every fault of the file.
    """
    rows = _rows(_text(content))
    header = next(rows, None)
    if header is None:
        raise RosterFault([("文件是空的", "The file is empty")])
    columns = _columns(header[1])
    faults: list[tuple[str, str]] = []
    classes: dict[str, list[Pupil]] = {}
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        row = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
        found = _pupil(line, row, seen, faults)
        if found is not None:
            classes.setdefault(row["class_name"], []).append(found)
    if not classes and not faults:
        faults.append(("文件里没有学生", "There are no pupils in the file"))
    if len(seen) > MOST_PUPILS * len(COLUMNS):
        faults.append((f"一次最多导入 {MOST_PUPILS} 人", f"At most {MOST_PUPILS} pupils at a time"))
    if faults:
        raise RosterFault(faults)
    return [ClassList(name, tuple(sorted(pupils, key=lambda p: p.number))) for name, pupils in classes.items()]


def _text(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterFault([("文件的文字编码不认识，请另存为 UTF-8 CSV", "The text encoding is unknown: save the file as UTF-8 CSV")])


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    if "\0" in text:
        raise RosterFault([("这不是 CSV 文件，请从表格另存为 CSV", "This is not a CSV file: save the sheet as CSV")])
    reader = csv.reader(io.StringIO(text))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as exc:
        raise RosterFault([(f"第 {reader.line_num} 行读不懂", f"Line {reader.line_num} cannot be read ({exc})")]) from exc


def _columns(header: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        for name, words in COLUMNS.items():
            if cell.strip().lower() in words:
                found.setdefault(name, at)
    missing = [COLUMNS[name] for name in NEEDED if name not in found]
    if missing:
        raise RosterFault([(f"缺少列：{zh}", f"Column missing: {en}") for zh, en in missing])
    return found


def _pupil(line: int, row: dict[str, str], seen: dict[tuple[str, str], int], faults: list[tuple[str, str]]) -> Pupil | None:  # noqa: C901 - one check a column
    before = len(faults)

    def fault(zh: str, en: str) -> None:
        faults.append((f"第 {line} 行：{zh}", f"Line {line}: {en}"))

    def whole(name: str, low: int, high: int) -> int | None:
        zh, en = COLUMNS[name]
        text = row.get(name, "")
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        fault(f"{zh}“{text}”要是 {low} 到 {high} 的整数", f"{en} '{text}' must be a whole number from {low} to {high}")
        return None

    def once(what: str, key: str, zh: str, en: str) -> None:
        other = seen.setdefault((f"{row['class_name']} {what}", key), line)
        if other != line:
            fault(f"{zh} {key} 与第 {other} 行重复", f"{en} {key} is also on line {other}")

    if not row["class_name"]:
        fault("缺少班级", "the class is missing")
    if not 0 < len(row["name"]) <= 40:
        fault("姓名要有 1 到 40 个字", "the name must have 1 to 40 letters")
    sex = SEXES.get(row["sex"].lower())
    if sex is None:
        fault(f"性别“{row['sex']}”不认识，写男或女", f"sex '{row['sex']}' is unknown: write male or female")
    number, grade = whole("number", 1, 2_000_000_000), whole("grade", 1, 12)
    band = whole("band", 1, 65_535) if row.get("band") else None
    station = whole("station", 1, 99) if row.get("station") else None
    if number is not None:
        once("number", str(number), "学号", "number")
    if band is not None:
        once("band", str(band), "手环", "band")
    if len(faults) > before or sex is None or number is None or grade is None:
        return None
    return Pupil("", number, row["name"], sex, grade, band, station)
