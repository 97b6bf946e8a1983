"""Receivers by their spec: `bleak:hci0`, `virtual:127.0.0.1:7801`, `replay:file.jsonl`. Each loads its library when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware_bridge.radio.port import Radio


def open_radio(spec: str) -> Radio:
    """The receiver that a spec names.

    Raises:
        PermanentError: there is no such kind of receiver; the text lists them.
    """
    kind, _, where = spec.partition(":")
    opener = KINDS.get(kind)
    if opener is None or not where:
        raise PermanentError(f"'{spec}' names no receiver; write one of: {', '.join(f'{known}:…' for known in KINDS)}")
    return opener(spec, where)


def _bleak(spec: str, where: str) -> Radio:
    from firmware_bridge.radio.bleak_radio import BleakRadio  # noqa: PLC0415 - see the module's words

    return BleakRadio(spec, adapter=where)


def _virtual(spec: str, where: str) -> Radio:
    from firmware_bridge.radio.virtual import VirtualRadio  # noqa: PLC0415 - see the module's words

    return VirtualRadio(spec, where)


def _replay(spec: str, where: str) -> Radio:
    from firmware_bridge.radio.replay import ReplayRadio  # noqa: PLC0415 - see the module's words

    path, _, option = where.partition("?")
    return ReplayRadio(spec, Path(path), paced=option != "pace=off")


KINDS: dict[str, Callable[[str, str], Radio]] = {"bleak": _bleak, "virtual": _virtual, "replay": _replay}
