"""Pupils, bands, cameras and schools that behave like real ones, for technicians and for tests."""
