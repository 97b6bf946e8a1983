"""A file that is not a recording we can read."""

from __future__ import annotations


class RecordingError(ValueError):
    """Says in one line what is wrong with the file, without its name."""
