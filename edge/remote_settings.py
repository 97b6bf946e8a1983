"""The few settings that the platform may change from afar, checked by the same model as the file's, and put into effect.

Nothing that decides who may see or reach the gateway is among them, nor anything that keeps pictures of pupils: such things are
changed at the school.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from edge.settings import Settings

log = logging.getLogger(__name__)

CHANGEABLE: Final[dict[str, Literal["at once", "after the next start"]]] = {
    "gateway.title": "at once",
    "evidence.keep": "after the next start",
    "evidence.life_days": "at once",
    "evidence.doubt_life_days": "at once",
    "uplink.max_kbit_s": "at once",
    "uplink.quiet_hours": "at once",
    "lesson.countdown_s": "at once",
    "lesson.settle_s": "at once",
}
"""docs/settings.md has the same list."""


class SettingRefused(ValueError):
    """The setting may not be changed from afar, or not to this; the text says which."""


def changeable(name: str) -> tuple[str, str]:
    """Section and field of a setting that is on the list; raises `SettingRefused` for any other."""
    if name not in CHANGEABLE:
        raise SettingRefused(f"{name!r} cannot be changed from afar")
    section, field = name.split(".")
    return section, field


def checked(settings: Settings, name: str, value: object) -> Any:
    """The value as the model has it.

    Raises:
        SettingRefused: the name is not on the list, or the model does not take the value.
    """
    section, field = changeable(name)
    try:
        return getattr(_section_with(settings, section, field, value), field)
    except ValidationError as exc:
        raise SettingRefused(f"{name}: {exc.errors()[0]['msg']}") from exc


def with_told(settings: Settings, told: Mapping[str, object]) -> Settings:
    """The settings of the file with what the platform has told; what no longer fits is left out, and said in the log."""
    for name, value in told.items():
        try:
            checked(settings, name, value)
        except SettingRefused as exc:
            log.warning("setting told from afar is left out: %s", exc)
            continue
        section, field = name.split(".")
        settings = settings.model_copy(update={section: _section_with(settings, section, field, value)})
    return settings


def _section_with(settings: Settings, section: str, field: str, value: object) -> BaseModel:
    before: BaseModel = getattr(settings, section)
    if field not in type(before).model_fields:
        raise SettingRefused(f"{section}.{field}: this version has no such setting")
    after = type(before).model_validate({**{name: getattr(before, name) for name in type(before).model_fields}, field: value})
    taken = getattr(after, field)
    # The model reads "5" and true as numbers, which is right for a file and wrong for a message that has types of its own.
    if isinstance(value, bool) != isinstance(taken, bool) or isinstance(value, str) != isinstance(taken, str):
        raise SettingRefused(f"{section}.{field}: {value!r} is of the wrong kind")
    return after


class RemoteSettings:
    """Puts settings into effect while the gateway runs.

    Args:
        own: the settings of the file and the environment.
        appliers: by name, what to call with a new value; what has none takes effect after the next start.
    """

    def __init__(self, own: Settings, appliers: Mapping[str, Callable[[Any], None]]) -> None:
        self._own, self._appliers = own, appliers

    def check(self, name: str, value: object) -> None:
        """Raise `SettingRefused` for what may not be; `None`, the school's own value, always may."""
        changeable(name)
        if value is not None:
            checked(self._own, name, value)

    def waits(self, name: str) -> bool:
        """Whether a change has its effect only after the next start."""
        return name not in self._appliers

    def take(self, told: Mapping[str, object]) -> None:
        """These are told now, all others are the school's own again."""
        now = with_told(self._own, told)
        for name, apply in self._appliers.items():
            section, field = name.split(".")
            apply(getattr(getattr(now, section), field))
