"""What a device on the air has said, in the units the rest of the house uses.

Every frame codec ends in one of these two values; nothing above this wing sees bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DeviceId = NewType("DeviceId", str)
"""A device without its radio address: `band-0017` for own bands, `ble-<keyed hash of the address>` for all others.

A radio address is personal data; it never leaves `firmware_bridge/radio`.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one packet of one device said. `None` means: the packet did not speak of it.

    Attributes:
        t_ns: arrival at the gateway, monotonic clock.
        sequence: the packet's own number, if it has one; equal numbers are the same packet.
        skips_total: turns of the rope since the band was switched on, modulo 65,536.
        steps_total: steps since the band was switched on, modulo 65,536.
        cadence_per_min: skips a minute, or steps where the packet has steps.
        worn: whether the band touches skin.
    """

    device: DeviceId
    t_ns: int
    rssi_dbm: int | None = None
    sequence: int | None = None
    skips_total: int | None = None
    steps_total: int | None = None
    heart_rate_bpm: int | None = None
    cadence_per_min: int | None = None
    battery_percent: int | None = None
    worn: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MotionBlock:
    """A run of raw motion samples of one device, in the order they arrived.

    Attributes:
        t_ns: int64[n]; stamps as the source delivers them: they may be irregular, late or doubled.
        accel_mps2: float32[n, 3], gravity included; float32[n, 1] when the source gives the magnitude only.
        gyro_rads: float32[n, 3], or `None` for a band without a gyroscope.
    """

    device: DeviceId
    t_ns: NDArray[np.int64]
    accel_mps2: NDArray[np.float32]
    gyro_rads: NDArray[np.float32] | None = None
