"""Everything that turns a picture into a pose: catalogue, build step, runtime, training."""
