"""`python -m cloud_sync.contract.document FOLDER`: the contract as JSON Schema and AsyncAPI 3, made from the messages."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from cloud_sync.contract.directives import Answer, Directive, EvidencePart
from cloud_sync.contract.messages import Batch, Receipt, Status, Telemetry
from cloud_sync.contract.topics import ROOT

TITLE: Final = "Touchline: gateway and platform"
CHANNELS: Final = {
    "events": (Batch, "send", "What happened at the school, in the order of the journal. zlib-compressed JSON, QoS 1."),
    "receipt": (
        Receipt,
        "receive",
        "What the platform has committed to its database. Only this frees a row of the gateway. QoS 1.",
    ),
    "status": (Status, "send", "Whether the gateway is there. Retained; `offline` is its last will. QoS 1."),
    "telemetry": (Telemetry, "send", "How the gateway is. QoS 0, the newest wins."),
    "directive": (Directive, "receive", "What the platform wants of the gateway; comes again until it is answered. QoS 1."),
    "answer": (Answer, "send", "What became of a directive. QoS 1."),
    "evidence": (EvidencePart, "send", "The signals of one attempt, only when a person has asked for them. QoS 1."),
}


def documents() -> dict[str, str]:
    """File name to text."""
    schemas, components = msgspec.json.schema_components([kind for kind, _, _ in CHANNELS.values()], ref_template="#/$defs/{name}")
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, "oneOf": schemas, "$defs": components}
    return {"messages.schema.json": _text(schema), "asyncapi.json": _text(_asyncapi())}


def _asyncapi() -> dict[str, Any]:
    kinds = [kind for kind, _, _ in CHANNELS.values()]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": TITLE, "version": "1", "description": "Seen from the gateway. MQTT 3.1.1 is enough."},
        "channels": {
            name: {
                "address": f"{ROOT}/{{tenant}}.{{gateway}}/{name}",
                "parameters": {"tenant": {}, "gateway": {}},
                "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
            }
            for name, (kind, _, _) in CHANNELS.items()
        },
        "operations": {
            name: {"action": action, "channel": {"$ref": f"#/channels/{name}"}, "summary": words}
            for name, (_, action, words) in CHANNELS.items()
        },
        "components": {
            "messages": {
                kind.__name__: {"name": kind.__name__, "payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}
                for kind in kinds
            },
            "schemas": components,
        },
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write the documents into the folder that is named on the command line."""
    for name, text in documents().items():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
