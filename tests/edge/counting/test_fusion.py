"""When band and camera agree, disagree, or one of them is missing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge.counting.events import OfficialCount
from edge.counting.fusion import Doubt, fuse

RULES = {"allowed": 3, "least_confidence": 0.8}


def test_two_sources_that_agree_support_each_other() -> None:
    fused = fuse({"band": OfficialCount(147, confidence=0.9), "camera": OfficialCount(146, confidence=0.8)}, 147, **RULES)
    assert (fused.count, fused.source, fused.doubt) == (147, "both", None)
    assert fused.confidence > 0.95


def test_a_difference_beyond_the_rule_is_for_a_person_to_settle() -> None:
    fused = fuse({"band": OfficialCount(147, confidence=0.98), "camera": OfficialCount(140, confidence=0.9)}, 147, **RULES)
    assert fused.count == 147
    assert fused.doubt == Doubt("disagree", 147, 140, 3)


def test_the_surer_source_gives_the_number() -> None:
    fused = fuse({"band": OfficialCount(61, confidence=0.6), "camera": OfficialCount(118, confidence=0.95)}, 61, **RULES)
    assert (fused.count, fused.source) == (118, "camera")


def test_a_band_that_found_nothing_does_not_undo_skips_with_a_rope_in_sight() -> None:
    fused = fuse(
        {"band": OfficialCount(0, confidence=1.0), "camera": OfficialCount(17, confidence=0.9, rope_seen=True)}, 17, **RULES
    )
    assert (fused.count, fused.source) == (17, "camera")
    assert fused.doubt == Doubt("disagree", 0, 17, 3)


def test_two_that_disagree_still_cover_each_other_where_one_was_blind() -> None:
    second = 1_000_000_000
    truth = tuple(n * second for n in range(5, 25))
    camera = OfficialCount(12, truth[:12], confidence=0.9, blind=((truth[12] - second // 2, truth[-1] + second),))
    band = OfficialCount(12, truth[8:], confidence=0.1)
    fused = fuse({"band": band, "camera": camera}, 12, **RULES)
    assert (fused.count, fused.source, fused.doubt) == (20, "camera", Doubt("disagree", 12, 12, 3))


def test_a_band_that_counts_both_turns_of_double_unders_does_not_disagree_with_a_camera_that_saw_them() -> None:
    second = 1_000_000_000
    flights = tuple(n * second for n in range(5, 25))
    turns = tuple(t + n * second // 2 for t in flights for n in range(2))
    camera, band = OfficialCount(20, flights, confidence=0.8, double_unders=20), OfficialCount(40, turns, confidence=0.9)
    fused = fuse({"band": band, "camera": camera}, 20, **RULES)
    assert (fused.count, fused.source, fused.doubt) == (20, "both", None)
    without = fuse({"band": band, "camera": replace(camera, double_unders=0)}, 20, **RULES)
    assert without.doubt == Doubt("disagree", 40, 20, 3)


def test_one_unsure_source_is_not_enough() -> None:
    assert fuse({"camera": OfficialCount(50, confidence=0.5)}, 50, **RULES).doubt == Doubt("unsure", 50, None, 3)


def test_a_live_count_that_ended_too_far_away_is_told() -> None:
    assert fuse({"band": OfficialCount(50)}, 44, **RULES).doubt == Doubt("live_differs", 44, 50, 3)
    assert fuse({"band": OfficialCount(50)}, 47, **RULES).doubt is None


def test_without_any_source_the_result_is_no_result() -> None:
    fused = fuse({}, 0, **RULES)
    assert (fused.source, fused.confidence, fused.doubt) == ("none", 0.0, Doubt("no_signal", 0, None, 3))


def test_skips_without_a_rope_are_for_a_judge_to_settle_in_a_contest_and_count_in_a_lesson() -> None:
    ropeless = OfficialCount(50, confidence=0.95, rope_seen=False)
    assert fuse({"camera": ropeless}, 50, **RULES).doubt is None
    fused = fuse({"camera": ropeless}, 50, **RULES, needs_rope=True)
    assert (fused.count, fused.doubt) == (50, Doubt("rope_not_seen", 50, None, 3))
    with_band = fuse({"band": OfficialCount(51, confidence=0.98), "camera": ropeless}, 51, **RULES, needs_rope=True)
    assert with_band.doubt == Doubt("rope_not_seen", 51, None, 3)


def test_a_rope_that_nobody_could_look_for_is_no_doubt() -> None:
    for seen in (True, None):
        count = OfficialCount(50, confidence=0.95, rope_seen=seen)
        assert fuse({"camera": count}, 50, **RULES, needs_rope=True).doubt is None
    nothing = OfficialCount(0, confidence=0.95, rope_seen=False)
    assert fuse({"camera": nothing}, 0, **RULES, needs_rope=True).doubt is None, "who did not skip needs no rope"


def test_two_counts_that_differ_come_before_the_rope() -> None:
    counts = {"band": OfficialCount(60), "camera": OfficialCount(50, confidence=0.9, rope_seen=False)}
    assert fuse(counts, 60, **RULES, needs_rope=True).doubt == Doubt("disagree", 60, 50, 3)


def crowded(seconds: float, *, confidence: float = 0.95, rope_seen: bool | None = None) -> OfficialCount:
    return OfficialCount(50, confidence=confidence, rope_seen=rope_seen, crowded_ns=round(seconds * 1e9))


def test_two_in_the_square_for_more_than_three_seconds_are_for_a_person_to_tell_apart_and_the_count_stands() -> None:
    assert fuse({"camera": crowded(3.0)}, 50, **RULES).doubt is None
    fused = fuse({"camera": crowded(3.1)}, 50, **RULES)
    assert (fused.count, fused.doubt) == (50, Doubt("crowded", 50, None, 3))
    with_band = fuse({"band": OfficialCount(51, confidence=0.98), "camera": crowded(3.1)}, 51, **RULES)
    assert (with_band.source, with_band.doubt) == ("both", Doubt("crowded", 51, None, 3))


def test_of_several_reasons_the_gravest_is_told() -> None:
    seen = crowded(10.0, confidence=0.5, rope_seen=False)
    told = [
        fuse({"band": OfficialCount(60), "camera": seen}, 0, **RULES, needs_rope=True),
        fuse({"camera": seen}, 0, **RULES, needs_rope=True),
        fuse({"camera": seen}, 0, **RULES),
        fuse({"camera": crowded(0.0, confidence=0.5)}, 0, **RULES),
        fuse({"camera": crowded(0.0)}, 0, **RULES),
    ]
    reasons = [one.doubt.reason if one.doubt else None for one in told]
    assert reasons == ["disagree", "rope_not_seen", "crowded", "unsure", "live_differs"]


counts = st.builds(OfficialCount, st.integers(0, 400), confidence=st.floats(0, 1))


@given(counts, counts, st.integers(0, 400))
def test_the_official_count_is_always_one_that_a_source_has_given(band: OfficialCount, camera: OfficialCount, live: int) -> None:
    fused = fuse({"band": band, "camera": camera}, live, **RULES)
    assert fused.count in {band.count, camera.count}
    assert 0.0 <= fused.confidence <= 1.0
    assert (abs(band.count - camera.count) > 3) == (fused.doubt is not None and fused.doubt.reason == "disagree")
