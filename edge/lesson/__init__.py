"""The pure lesson: who goes, which attempt, under which rules, and what it is worth."""
