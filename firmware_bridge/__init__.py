"""Everything a band says or hears: bytes in, `Reading` values out, and back."""
