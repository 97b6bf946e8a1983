"""Pictures of what was counted; drawing only, on values that are given."""
