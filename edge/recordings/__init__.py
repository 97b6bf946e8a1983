"""Recordings on disk as the samples that counters take."""
