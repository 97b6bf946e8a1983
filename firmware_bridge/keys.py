"""Keys of bands, and names for devices that have none.

The key of a band is derived from the school's master key, so a gateway needs one secret, and a band that is taken apart gives away
only its own.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from firmware_bridge.errors import PermanentError
from firmware_bridge.readings import DeviceId

KEY_BYTES: Final = 16
LEAST_MASTER_BYTES: Final = 16


class KeyRing:
    """Keys by band number: HKDF-SHA256 (RFC 5869) of the master key, info `touchline band <number, big endian>`.

    Raises:
        PermanentError: the master key is too short to be one.
    """

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) < LEAST_MASTER_BYTES:
            raise PermanentError(f"the master key of the bands needs at least {2 * LEAST_MASTER_BYTES} hexadecimal digits")
        self._master = master_key
        self._keys: dict[int, bytes] = {}

    def key(self, band: int) -> bytes:
        """The 16-byte key of a band."""
        known = self._keys.get(band)
        if known is None:
            info = b"touchline band " + struct.pack(">H", band)
            known = self._keys[band] = HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._master)
        return known

    def foreign_device(self, address: str) -> DeviceId:
        """A lasting name for a device that is not ours: a keyed hash, because a radio address is personal data."""
        digest = hashlib.blake2s(address.upper().encode(), key=self._master[:32], digest_size=6).hexdigest()
        return DeviceId(f"ble-{digest}")


def band_device(band: int) -> DeviceId:
    """The name of an own band."""
    return DeviceId(f"band-{band:04d}")
