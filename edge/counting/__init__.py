"""Pure counting: samples in, events out. No clock, no file, no network; time comes from the samples."""
