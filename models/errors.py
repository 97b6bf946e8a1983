"""What can go wrong with pose models; each text says what to do."""

from __future__ import annotations


class ModelError(Exception):
    """Root of this wing's errors."""


class BuildFailed(ModelError):
    """The models could not be made: no network, no npm, no room."""


class ModelUnusable(ModelError):
    """A model is missing, altered, or its engine is not installed."""
