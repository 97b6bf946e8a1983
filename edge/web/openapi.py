"""`python -m edge.web.openapi FOLDER`: the OpenAPI documents of gateway and platform, from which the pages' types are made."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cloud_sync.platform.api import create_app as create_platform
from edge.web.app import create_app as create_gateway
from edge.web.auth import Door


class _Nothing:
    """Stands where a document needs no running part."""

    def __getattr__(self, _name: str) -> Any:
        return self


def documents() -> dict[str, str]:
    """File name to text."""
    nothing: Any = _Nothing()
    gateway = create_gateway(nothing, nothing, Door(None), str, nothing, nothing, nothing, nothing)
    platform = create_platform(nothing)
    return {f"{name}.openapi.json": _text(app.openapi()) for name, app in (("gateway", gateway), ("platform", platform))}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write the documents into the folder that is named on the command line."""
    for name, text in documents().items():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
