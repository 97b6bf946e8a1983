"""Events on a USB stick, for a school without network, and the platform's answer on the way back.

The file: a line that names the format; then frames, each a length (4 bytes, big endian) and as many bytes; an empty frame ends
them; then an Ed25519 signature over the SHA-256 of everything before it. The first frame is the header, the others are batches
exactly as they travel by MQTT. Writing and reading hold one frame at a time. Reading goes over the file twice: nothing is handed
out before the signature has been checked.

The answer is a file of the same kind with one frame: a receipt, signed by the platform.

Who is believed. A platform takes a file only when a person has told it the gateway's key (`touchline platform trust`): results
could be forged otherwise. A gateway notes the platform's key at the first answer, and believes no other one from then on: who
forges the first answer needs hands on the gateway already, and a row that was freed wrongly is still in the journal and is asked
for again (`Status.freed_up_to`).
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from cloud_sync.contract.codec import MOST_WIRE_BYTES, encode
from cloud_sync.contract.messages import Receipt, Status  # noqa: TC001 - msgspec reads them
from cloud_sync.errors import DecodeError, PermanentError
from cloud_sync.signing import SIGNATURE_BYTES, is_signed, public_key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from cloud_sync.contract.messages import Batch

STICK_FORMAT: Final = b"touchline stick 1\n"
ANSWER_FORMAT: Final = b"touchline stick answer 1\n"
_Key = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="Ed25519, hex")]
_Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_Name = Annotated[str, Meta(max_length=64)]


class StickHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose events these are.

    Attributes:
        status: as the gateway would tell it by MQTT: epoch, where its numbers begin, what it calls delivered, clocks put right.
        public_key: the gateway's; the file is signed by it.
    """

    v: Literal[1]
    gateway: _Name
    status: Status
    made_utc_ms: int
    public_key: _Key


class StickAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform has committed of one stick.

    Attributes:
        stick_sha256: of the stick's content that is answered.
        public_key: the platform's; the answer is signed by it.
    """

    v: Literal[1]
    gateway: _Name
    receipt: Receipt
    made_utc_ms: int
    stick_sha256: _Sha256
    public_key: _Key


class Written(Struct, frozen=True):
    """What has been written: `size_bytes` of the whole file, `sha256` (hex) of what is signed."""

    batches: int
    events: int
    size_bytes: int
    sha256: str


class Stick:
    """A file whose signature has been checked. `read_stick` makes one."""

    def __init__(self, source: IO[bytes], header: StickHeader, sha256: str) -> None:
        self._source = source
        self.header = header
        self.sha256 = sha256

    def batches(self, trusted_key: str) -> Iterator[bytes]:
        """The batches as they would travel by MQTT, one at a time.

        Args:
            trusted_key: the key that this gateway is known to have.

        Raises:
            PermanentError: the file is signed by another key.
            DecodeError: the file has been changed since it was checked; the last batch is held back for it.
        """
        if self.header.public_key != trusted_key:
            raise PermanentError(f"the stick is signed by another key than the one that {self.header.gateway[:64]!r} is known by")
        self._source.seek(0)
        frames = _Frames(self._source, STICK_FORMAT)
        frames.next()
        ahead = frames.next()
        while ahead:
            following = frames.next()
            if not following and frames.sha256 != self.sha256:
                raise DecodeError("stick: it was changed while it was read")
            yield ahead
            ahead = following


def write_stick(file: Path, header: StickHeader, batches: Iterable[Batch], key: Ed25519PrivateKey) -> Written:
    """Write events to a file; it appears under its name when all of it is on the medium.

    Raises:
        OSError: the medium is full, or gone; nothing has appeared then.
        ValueError: the header names another key than the one that signs.
    """
    if header.public_key != public_key_of(key):
        raise ValueError("the header names another key than the one that signs")
    count = events = 0

    def frames() -> Iterator[bytes]:
        nonlocal count, events
        yield msgspec.json.encode(header)
        for batch in batches:
            yield encode(batch)
            count += 1
            events += len(batch.events)

    size, sha256 = _write(file, STICK_FORMAT, frames(), key)
    return Written(count, events, size, sha256)


@contextmanager
def read_stick(file: Path) -> Iterator[Stick]:
    """Check a file, and give its header; its batches can be had while it is open.

    Raises:
        DecodeError: not such a file, cut off, or changed after it was signed.
        OSError: it cannot be read.
    """
    with file.open("rb") as source:
        frames = _Frames(source, STICK_FORMAT)
        header = _decoded(frames.next(), StickHeader)
        while frames.next():
            pass
        frames.check_signature(header.public_key)
        yield Stick(source, header, frames.sha256)


def write_answer(file: Path, answer: StickAnswer, key: Ed25519PrivateKey) -> None:
    """Write the platform's answer; it appears under its name when all of it is on the medium.

    Raises:
        OSError: the medium is full, or gone; nothing has appeared then.
        ValueError: the answer names another key than the one that signs.
    """
    if answer.public_key != public_key_of(key):
        raise ValueError("the answer names another key than the one that signs")
    _write(file, ANSWER_FORMAT, [msgspec.json.encode(answer)], key)


def read_answer(file: Path, trusted_key: str | None) -> StickAnswer:
    """The platform's answer, checked.

    Args:
        trusted_key: the platform's key, or `None` at the first answer: then the caller notes the key that it names.

    Raises:
        DecodeError: not an answer, cut off, or changed after it was signed.
        PermanentError: signed by another key than the platform's.
        OSError: it cannot be read.
    """
    with file.open("rb") as source:
        frames = _Frames(source, ANSWER_FORMAT)
        answer = _decoded(frames.next(), StickAnswer)
        if frames.next():
            raise DecodeError("stick answer: more than one frame")
        frames.check_signature(answer.public_key)
    if trusted_key is not None and answer.public_key != trusted_key:
        raise PermanentError("the answer is signed by another key than the platform's")
    return answer


class _Frames:
    """Frames of a file, one after the other, and the SHA-256 of what has been read."""

    def __init__(self, source: IO[bytes], form: bytes) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self._what = "stick answer" if form == ANSWER_FORMAT else "stick"
        begin = source.read(len(form))
        if begin != form:
            raise DecodeError(f"{self._what}: not a file of this kind, or of another version (it begins with {begin[:24]!r})")
        self._hash.update(begin)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def next(self) -> bytes:
        """The next frame; empty at the end."""
        length = int.from_bytes(self._take(4))
        if length > MOST_WIRE_BYTES:
            raise DecodeError(f"{self._what}: damaged (a frame of {length} bytes, {MOST_WIRE_BYTES} allowed)")
        return self._take(length)

    def check_signature(self, public_key: str) -> None:
        """Raise `DecodeError` when what was read is not signed by this key, or something follows."""
        signature = self._source.read(SIGNATURE_BYTES + 1)
        if len(signature) < SIGNATURE_BYTES:
            raise DecodeError(f"{self._what}: cut off")
        if not is_signed(public_key, signature, self._hash.digest()):
            raise DecodeError(f"{self._what}: changed after it was signed")

    def _take(self, length: int) -> bytes:
        data = self._source.read(length)
        if len(data) < length:
            raise DecodeError(f"{self._what}: cut off")
        self._hash.update(data)
        return data


KindT = TypeVar("KindT", StickHeader, StickAnswer)


def _decoded(frame: bytes, kind: type[KindT]) -> KindT:
    try:
        return msgspec.json.decode(frame, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise DecodeError(f"stick: {exc}") from exc


def _write(file: Path, form: bytes, frames: Iterable[bytes], key: Ed25519PrivateKey) -> tuple[int, str]:
    """Write beside, sync, name; returns size and SHA-256."""
    beside = file.with_name(f"{file.name}.part")
    running = hashlib.sha256()
    try:
        with beside.open("wb") as target:

            def put(data: bytes) -> None:
                running.update(data)
                target.write(data)

            put(form)
            for frame in frames:
                if not 0 < len(frame) <= MOST_WIRE_BYTES:
                    raise ValueError(f"a frame of {len(frame)} bytes, {MOST_WIRE_BYTES} allowed")  # noqa: TRY301 - cleans up
                put(len(frame).to_bytes(4))
                put(frame)
            put(bytes(4))
            target.write(key.sign(running.digest()))
            size = target.tell()
            _sync(target)
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return size, running.hexdigest()


def _sync(target: IO[Any]) -> None:
    target.flush()
    os.fsync(target.fileno())
