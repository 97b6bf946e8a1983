"""The agent at the side of the field. It alone knows the three wings below it, and puts them together."""
