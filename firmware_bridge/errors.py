"""What can go wrong on the air.

BridgeError
├── TransientError        try again later
│   └── RadioUnavailable  the receiver is missing or has gone
├── PermanentError        tell a person
└── DecodeError           count it, drop it
"""

from __future__ import annotations


class BridgeError(Exception):
    """Root of this wing's errors."""


class TransientError(BridgeError):
    """Try again later."""


class RadioUnavailable(TransientError):
    """The receiver is missing or has gone."""


class PermanentError(BridgeError):
    """Trying again does not help: a person has to act, and the text says how."""


class DecodeError(BridgeError):
    """Bytes that are not a packet we know; `reason` is a short word for the counters.

    Attributes:
        reason: `short`, `version`, `unauthentic`, `unknown_band`, `range`, `format`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
