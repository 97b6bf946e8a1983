"""What goes first when the file is nearly full, and what last.

Evidence has a budget of its own and keeps off the last fifth of the file (`edge.store.evidence`). Of the journal, what the platform
has stored may go, moments of old lessons before their results; what it has not stored never does. The last of the room is for what
a person waits for: results, corrections, starts and ends.
"""

from __future__ import annotations

from typing import Final

MOMENTS: Final = frozenset({"skips_counted", "trip_seen", "lap_counted", "lap_removed", "order_asked"})
"""Changes while a heat runs; the official count at its end does not need them."""
MAKE_ROOM_AT: Final = 0.75
"""Share of the limit beyond which delivered moments of old lessons go; below `evidence.MOST_OF_FILE`, so that what everybody has
seen and the platform has never crowds out the evidence of today."""
RESULTS_GO_AT: Final = 0.85
"""Share beyond which the delivered rest of old lessons goes, too; above `evidence.MOST_OF_FILE`: evidence has to go before."""
MOMENTS_UP_TO: Final = 0.95
"""Share of the limit beyond which moments are refused: a lesson's results need about a hundredth of its moments' room."""
ROWS_A_STEP: Final = 2_000
"""Removed in one transaction, then the writers have their turn."""
