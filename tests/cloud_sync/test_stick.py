"""The file on a stick: what was signed comes back, and nothing else does."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cloud_sync.contract.codec import decode
from cloud_sync.contract.messages import Batch, Receipt, Status
from cloud_sync.errors import DecodeError, PermanentError
from cloud_sync.signing import load_or_make_key, parse_public_key, public_key_of
from cloud_sync.stick import StickAnswer, StickHeader, read_answer, read_stick, write_answer, write_stick
from support.outbox import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
GATEWAY = "school.field"


def header(key: Ed25519PrivateKey = KEY) -> StickHeader:
    return StickHeader(1, GATEWAY, Status(1, "offline", "epoch1", 0, "test"), 1_800_000_000_000, public_key_of(key))


def batches(count: int, size: int = 3) -> Iterator[Batch]:
    for first in range(1, count * size, size):
        yield Batch(1, GATEWAY, "epoch1", tuple(event(seq) for seq in range(first, first + size)))


def answer(key: Ed25519PrivateKey = KEY) -> StickAnswer:
    return StickAnswer(1, GATEWAY, Receipt(1, "epoch1", 6, (), ((9, 12),)), 1_800_000_000_000, "ab" * 32, public_key_of(key))


def read(file: Path, key: Ed25519PrivateKey = KEY) -> list[Batch]:
    with read_stick(file) as stick:
        return [decode(Batch, wire) for wire in stick.batches(public_key_of(key))]


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    written = write_stick(tmp_path / "s", header(), batches(2), KEY)
    assert (written.batches, written.events) == (2, 6)
    assert read(tmp_path / "s") == list(batches(2))
    with read_stick(tmp_path / "s") as stick:
        assert (stick.header, stick.sha256) == (header(), written.sha256)
    assert written.size_bytes == (tmp_path / "s").stat().st_size


def test_every_flipped_byte_and_every_cut_is_found_before_anything_is_handed_out(tmp_path: Path) -> None:
    write_stick(tmp_path / "s", header(), batches(2), KEY)
    whole = (tmp_path / "s").read_bytes()
    for at in range(len(whole)):
        for wrong in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[:at]):
            (tmp_path / "s").write_bytes(wrong)
            with pytest.raises(DecodeError, match="stick: "), read_stick(tmp_path / "s"):
                pass
    (tmp_path / "s").write_bytes(whole + b"x")
    with pytest.raises(DecodeError), read_stick(tmp_path / "s"):
        pass


def test_a_stick_of_another_key_is_not_opened(tmp_path: Path) -> None:
    write_stick(tmp_path / "s", header(OTHER), batches(1), OTHER)
    with pytest.raises(PermanentError, match="another key"):
        read(tmp_path / "s", KEY)
    with pytest.raises(ValueError, match="another key"):
        write_stick(tmp_path / "s", header(), batches(1), OTHER)


def test_a_stick_that_is_changed_while_it_is_read_is_told(tmp_path: Path) -> None:
    write_stick(tmp_path / "s", header(), batches(2), KEY)
    whole = (tmp_path / "s").read_bytes()
    with read_stick(tmp_path / "s") as stick:
        (tmp_path / "s").write_bytes(whole.replace(whole[-100:-80], bytes(20)))
        with pytest.raises(DecodeError, match="changed"):
            list(stick.batches(public_key_of(KEY)))


def test_a_medium_that_is_full_leaves_no_half_file(tmp_path: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, most))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_stick(tmp_path / "s", header(), batches(100), KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert not list(tmp_path.iterdir())


def test_the_answer_comes_back_and_is_believed_by_its_key(tmp_path: Path) -> None:
    write_answer(tmp_path / "a", answer(), KEY)
    assert read_answer(tmp_path / "a", None) == read_answer(tmp_path / "a", public_key_of(KEY)) == answer()
    with pytest.raises(PermanentError, match="another key"):
        read_answer(tmp_path / "a", public_key_of(OTHER))


def test_an_answer_that_is_changed_or_no_answer_is_refused(tmp_path: Path) -> None:
    write_answer(tmp_path / "a", answer(), KEY)
    whole = (tmp_path / "a").read_bytes()
    for at in range(len(whole)):
        (tmp_path / "a").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DecodeError):
            read_answer(tmp_path / "a", None)
    write_stick(tmp_path / "s", header(), batches(1), KEY)
    with pytest.raises(DecodeError, match="not a file of this kind"):
        read_answer(tmp_path / "s", None)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = load_or_make_key(tmp_path / "keys" / "signing.key")
    assert public_key_of(load_or_make_key(tmp_path / "keys" / "signing.key")) == public_key_of(made)
    assert [(one.name, one.stat().st_mode & 0o777) for one in (tmp_path / "keys").iterdir()] == [("signing.key", 0o600)]
    spoken = public_key_of(made).upper()
    assert parse_public_key(f" {spoken[:32]} {spoken[32:]}\n") == public_key_of(made)
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(PermanentError, match="no signing key"):
        load_or_make_key(tmp_path / "short")
    with pytest.raises(PermanentError, match="64 digits"):
        parse_public_key("not a key")
