"""The contract: what is encoded is decoded, rubbish is `DecodeError`, and the documents are what the code says."""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.contract import document
from cloud_sync.contract import messages as msg
from cloud_sync.contract.codec import MOST_BATCH_BYTES, decode, encode
from cloud_sync.contract.topics import GatewayIdentity, identity_of
from cloud_sync.errors import DecodeError

ROOT = Path(__file__).resolve().parents[3]
ids = st.from_regex(r"[0-9A-Za-z_-]{1,40}", fullmatch=True)
counts = st.integers(0, 100_000)
times = st.lists(st.integers(0, 2**62), max_size=5).map(tuple)
bodies: st.SearchStrategy[msg.Body] = st.one_of(
    st.builds(msg.LessonOpened, ids, ids, counts),
    st.builds(msg.HeatStarted, counts, st.integers(0, 2**50), st.one_of(st.none(), st.integers(1, 600))),
    st.builds(msg.Skips, counts, times, st.sampled_from(["band", "camera"])),
    st.builds(msg.Trip, st.sampled_from(["band", "camera"])),
    st.builds(msg.Lap, ids, st.integers(0, 2**62), st.integers(1, 3), st.just(("camera", "band")), st.just("unsure")),
    st.builds(msg.LapRemoved, ids),
    st.builds(msg.HeatEnded, counts, st.sampled_from(["time", "stopped", "finished"])),
    st.builds(
        msg.Result, ids, ids, counts, counts, st.floats(0, 1), st.sampled_from(["band", "camera", "both", "none"]),
        st.builds(msg.Counts, st.one_of(st.none(), counts), st.one_of(st.none(), counts)), counts, st.just("0f" * 32),
        st.one_of(st.none(), st.integers(0, 100)), st.integers(0, 20), st.sampled_from([None, "disagree", "unsure"]), st.none(),
        st.sampled_from(["skips", "ms", "m", "laps"]), st.lists(st.integers(0, 86_400_000), max_size=4).map(tuple),
    ),
    st.builds(msg.Corrected, counts, st.sampled_from(["watched", "undone"])),
    st.builds(msg.LessonClosed),
    st.builds(msg.Local, ids),
)  # fmt: skip
events = st.builds(
    msg.Event, st.integers(1, 2**53), ids, st.one_of(st.none(), ids), st.integers(0, 2**50), st.integers(0, 2**62),
    st.text(max_size=64), st.booleans(), bodies,
)  # fmt: skip
batches = st.builds(msg.Batch, st.just(1), st.text(max_size=64), ids, st.lists(events, min_size=1, max_size=4).map(tuple))


@cache
def _published_schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((ROOT / "docs/contract/messages.schema.json").read_text()))


@given(batches)
def test_a_batch_survives_the_wire_and_fits_the_published_schema(batch: msg.Batch) -> None:
    wire = encode(batch)
    assert decode(msg.Batch, wire) == batch
    _published_schema().validate(json.loads(zlib.decompress(wire)))


@given(st.binary(max_size=300))
def test_rubbish_is_refused_and_nothing_else_happens(wire: bytes) -> None:
    for kind in (msg.Batch, msg.Receipt, msg.Status):
        for candidate in (wire, zlib.compress(wire)):
            with pytest.raises(DecodeError):
                decode(kind, candidate)


@given(batches, st.data())
def test_a_batch_cut_anywhere_is_refused(batch: msg.Batch, data: st.DataObject) -> None:
    wire = encode(batch)
    with pytest.raises(DecodeError):
        decode(msg.Batch, wire[: data.draw(st.integers(0, len(wire) - 1))])


def test_a_small_message_that_inflates_without_end_is_refused() -> None:
    with pytest.raises(DecodeError, match="larger than"):
        decode(msg.Batch, zlib.compress(b" " * (MOST_BATCH_BYTES + 1)))


def test_another_version_and_an_unknown_field_are_refused_by_name() -> None:
    receipt = msgspec.json.decode(encode(msg.Receipt(1, "e", 5, ())))
    for wrong in ({"v": 2}, {"colour": "red"}):
        with pytest.raises(DecodeError):
            decode(msg.Receipt, msgspec.json.encode(receipt | wrong))


def test_the_documents_are_what_the_code_says() -> None:
    for name, text in document.documents().items():
        published = (ROOT / "docs/contract" / name).read_text(encoding="utf-8")
        assert published == text, "out of date: python -m cloud_sync.contract.document docs/contract"


def test_no_message_has_room_for_a_name() -> None:
    text = json.dumps(msgspec.json.schema(msg.Batch))
    assert "name" not in {key for part in json.loads(text)["$defs"].values() for key in part.get("properties", {})}


def test_topics_name_tenant_and_gateway_in_one_level() -> None:
    identity = GatewayIdentity("school-1", "field-1")
    assert identity.topic("events") == "touchline/v1/school-1.field-1/events"
    assert identity_of(identity.topic("status")) == identity


@pytest.mark.parametrize("name", ["", "a/b", "a.b", "+", "#", "Ä", "x" * 40, "-a"])
def test_a_name_that_could_reach_into_another_topic_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        GatewayIdentity("school", name)
    with pytest.raises(DecodeError):
        identity_of(f"touchline/v1/school.{name}/events/more")
