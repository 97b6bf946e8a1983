"""What can go wrong between gateway and platform.

SyncError
├── TransientError    try again later
│   └── LinkLost      the connection to the broker is gone
├── PermanentError    tell a person
└── DecodeError       count it, drop it
"""

from __future__ import annotations


class SyncError(Exception):
    """Root of this wing's errors."""


class TransientError(SyncError):
    """Try again later."""


class LinkLost(TransientError):
    """The connection to the broker is gone; nothing of what was not acknowledged counts as sent."""


class PermanentError(SyncError):
    """Trying again does not help: a person has to act, and the text says how."""


class DecodeError(SyncError):
    """Bytes from the other side that are not what the contract says; the text says where."""
