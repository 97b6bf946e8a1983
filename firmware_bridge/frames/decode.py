"""From an advertisement to a reading: which codec it is for, by what it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_bridge.frames import bthome, own, polar
from firmware_bridge.readings import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware_bridge.keys import KeyRing
    from firmware_bridge.radio.port import Advertisement


def decode(heard: Advertisement, keys: KeyRing, bthome_keys: Mapping[str, bytes]) -> Reading | None:
    """The reading of one advertisement; `None` when it is of no kind that we read (most of what is on the air).

    Args:
        bthome_keys: bind keys by device id.

    Raises:
        DecodeError: it is of a kind we read, and broken, forged or unknown.
    """
    payload = heard.manufacturer_data.get(own.COMPANY)
    if payload is not None:
        return own.reading(own.decode(payload, keys.key), heard.t_ns, heard.rssi_dbm)
    payload = heard.service_data.get(bthome.SERVICE)
    if payload is not None:
        device = keys.foreign_device(heard.address)
        return bthome.decode(heard.address, payload, heard.t_ns, heard.rssi_dbm, device, bthome_keys.get(device))
    payload = heard.manufacturer_data.get(polar.COMPANY)
    if payload is not None:
        measured = polar.decode(payload)
        device = keys.foreign_device(heard.address)
        return Reading(device, heard.t_ns, heard.rssi_dbm, heart_rate_bpm=measured.bpm or None, worn=measured.contact)
    return None
