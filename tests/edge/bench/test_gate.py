"""The bench of the camera gate: what it draws is counted exactly, and what is wrong is told."""

from collections import Counter

from edge.bench.gate import Tally, box_sequence, follow


def test_boxes_without_names_are_counted_exactly() -> None:
    for seed in range(4):
        sequence = box_sequence(seed)
        found, _ = follow(sequence)
        told = Counter(crossing.direction for crossing in found)
        assert told == +Counter(left_to_right=sequence.rightwards, right_to_left=sequence.leftwards)


def test_a_tally_tells_missed_from_invented() -> None:
    tally = Tally()
    tally.add(Counter(left_to_right=3), Counter(left_to_right=2, right_to_left=2))
    assert (tally.true, tally.missed, tally.invented, tally.wrong) == (3, 1, 2, 1.0)
