"""What all views share, and the two that are everywhere: whether all is saved, and what went wrong.

The OpenAPI document, and from it the TypeScript types of the pages, are generated from the views. Names of pupils appear in them
and nowhere further out. Times are milliseconds of the gateway's wall clock; `now_ms` of the state lets a page work out its own
offset.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Base of all views: frozen, and nothing unknown slips in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedView(View):
    """The saved chip: is all committed here, and how much has not yet been stored by the platform."""

    state: Literal["connecting", "delivered", "waiting", "full"]
    waiting: int


class Problem(View):
    """Body of every 4xx answer: what is wrong and what to do, in both languages."""

    code: str
    message_zh: str
    message_en: str
