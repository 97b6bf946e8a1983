"""The documents say what the code does."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from cloud_sync.contract import directives, messages
from cloud_sync.contract.document import CHANNELS
from cloud_sync.contract.topics import ROOT as TOPIC_ROOT
from edge.web.openapi import documents
from firmware_bridge.frames import own

ROOT = Path(__file__).resolve().parents[2]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    told += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    names = {re.split(r"[>=\[ ;]", requirement)[0] for requirement in told}
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    assert explained == names


def test_the_protocol_names_every_message_topic_and_field() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    for body in messages.Body.__args__:
        assert f"`{body.__struct_config__.tag}`" in text, body
        for field in body.__struct_fields__:
            assert f"`{field}`" in text, f"{body.__name__}.{field}"
    parts = (messages.Event, messages.Gone, messages.Refused, messages.ClockSet)
    for message in (*parts, *(kind for kind, _, _ in CHANNELS.values())):
        for field in message.__struct_fields__:
            assert f"`{field}`" in text, f"{message.__name__}.{field}"
    for channel in CHANNELS:
        assert f"`{TOPIC_ROOT}/<tenant>.<gateway>/{channel}`" in text


def test_the_protocol_names_every_directive_its_fields_and_every_outcome() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8").split("## What the platform tells a gateway")[1]
    for body in directives.DirectiveBody.__args__:
        (row,) = re.findall(rf"^\| `{body.__struct_config__.tag}` \|.*$", text, re.MULTILINE)
        for field in body.__struct_fields__:
            assert f"`{field}`" in row, f"{body.__name__}.{field}"
    for part in (directives.RosterPupil, directives.PlannedHeat, directives.Lane, directives.Answer, directives.EvidencePart):
        for field in set(part.__struct_fields__) - {"v", "data"}:
            assert f"`{field}`" in text, f"{part.__name__}.{field}"
    for outcome in ("applied", "known", "older", "refused"):
        assert re.search(rf"^\| `{outcome}` \|", text, re.MULTILINE), outcome


def test_the_protocol_has_the_bytes_of_the_bands_frame() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    assert f"{own.PAYLOAD_BYTES} bytes" in text
    assert f"0x{own.SKIPS:02X}" in text
    assert f"0x{own.STEPS:02X}" in text
    assert f"0x{own.COMPANY:04X}" in text
    offsets = [0, 1, 3, own.CLEAR.size, own.CLEAR.size + 2, own.CLEAR.size + own.SECRET.size]
    for offset in offsets:
        assert re.search(rf"^\| {offset} \|", text, re.MULTILINE), f"offset {offset}"


def test_the_types_of_the_pages_are_made_from_todays_views() -> None:
    for name, text in documents().items():
        published = (ROOT / "pages/design" / name).read_text(encoding="utf-8")
        assert published == text, "out of date: python -m edge.web.openapi pages/design && npm run api"


def test_every_link_between_documents_leads_somewhere() -> None:
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for file in files:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (file.parent / link).exists(), f"{file.name}: {link}"


def test_decisions_that_the_code_names_exist() -> None:
    named = subprocess.run(
        ["git", "grep", "-hoE", "docs/[a-z/]*[0-9a-z-]+(\\.md)?"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for reference in set(named.stdout.split()):
        if reference.startswith("docs/decisions/"):
            number = reference.removeprefix("docs/decisions/")[:4]
            assert list((ROOT / "docs/decisions").glob(f"{number}-*.md")), reference
