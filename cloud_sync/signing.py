"""The key a side signs its files with: Ed25519, made at its first use, kept in a file that only its owner reads.

A public key is written as 64 hex digits, so that a person can read it out over the telephone.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cloud_sync.errors import PermanentError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
_PUBLIC: Final = re.compile("[0-9a-f]{64}")


def load_or_make_key(file: Path) -> Ed25519PrivateKey:
    """The private key in this file; it is made when there is none.

    Raises:
        PermanentError: what is there is no key.
    """
    if not file.exists():
        _make(file)
    raw = file.read_bytes()
    if len(raw) != KEY_BYTES:
        raise PermanentError(f"{file} is no signing key: move it away, and a new one is made (the other side has to be told of it)")
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_key_of(key: Ed25519PrivateKey) -> str:
    """The public half, 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()


def parse_public_key(text: str) -> str:
    """A public key as a person has typed it, spaces and capitals allowed.

    Raises:
        PermanentError: not 64 hex digits.
    """
    key = "".join(text.split()).lower()
    if not _PUBLIC.fullmatch(key):
        raise PermanentError("a public key is 64 digits of 0-9 and a-f; `touchline outbox export` prints the gateway's")
    return key


def is_signed(public_key: str, signature: bytes, message: bytes) -> bool:
    """Whether the owner of this public key has signed this message."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(file: Path) -> None:
    """Written beside and then named, so that two who make it at once end with the same one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, Ed25519PrivateKey.generate().private_bytes_raw())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(beside, file)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
