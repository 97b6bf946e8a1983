"""The landings of an ankle in whole recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.counting.rope_ankle import BOTH_FEET, NOTHING, ONE_FOOT, FootRules
from edge.counting.rope_core import ANKLE_RULES
from edge.counting.rope_landings import Landings, judge_landings
from edge.counting.rope_turns import find_turning
from simulators.band_motion import Everyday, Limb, Style
from support.motion import everyday, samples_of, skipped

if TYPE_CHECKING:
    from edge.counting.samples import MotionSamples


def judged(samples: MotionSamples) -> Landings:
    turning = find_turning(samples, ANKLE_RULES)
    assert turning is not None, "it moves like a skipper's"
    return judge_landings(turning, 50.0, FootRules())


@pytest.mark.parametrize(("style", "skips"), [(Style.SINGLE_BOUNCE, BOTH_FEET), (Style.ALTERNATE_FEET, ONE_FOOT)])
def test_a_bout_tells_what_its_landings_are_worth(style: Style, skips: int) -> None:
    recording = skipped(style, 1, limb=Limb.ANKLE)
    landings = judged(samples_of(recording))
    first_s, last_s = recording.truth.bouts_s[0]
    assert landings.of_bout(first_s * 50, last_s * 50) == skips
    assert landings.doubtful[round(25 * (first_s + last_s))] == (style is Style.ALTERNATE_FEET)


@pytest.mark.parametrize("kind", [Everyday.RUNNING, Everyday.JUMPING_JACKS])
def test_what_is_no_rope_is_worth_nothing(kind: Everyday) -> None:
    assert np.mean(judged(everyday(kind, 3, limb=Limb.ANKLE)).worth == NOTHING) > 0.95
