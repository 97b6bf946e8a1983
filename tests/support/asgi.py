"""Ask an ASGI application directly: no socket, no client library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


async def ask(app: FastAPI, method: str, path: str, body: Any = None, *, code: str | None = None, query: str = "") -> Answer:
    """One request; `body` goes as JSON, `code` as the cookie of a page that knows the access code."""
    headers = [(b"content-type", b"application/json")] + ([(b"cookie", b"touchline=" + code.encode())] if code else [])
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": headers,
        "client": ("test", 1), "server": ("test", 80),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"" if body is None else json.dumps(body).encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, content)


class Redraws:
    """In the place of a lesson room for routes that only ask it to draw the pages again; counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def redraw(self) -> None:
        self.times += 1
