"""The window is shared among those that are sending, and smaller while the platform is busy."""

from __future__ import annotations

from cloud_sync.platform.window import LEAST, MOST, SENDING_FOR_S, TOTAL, Window


def test_a_lone_gateway_has_a_large_one_and_ten_thousand_a_small_one_each() -> None:
    window = Window()
    assert window.size(0.0) == MOST
    for number in range(20):
        window.sent(f"school.{number}", 0.0)
        window.sent(f"school.{number}", 0.5)
    assert (window.senders(1.0), window.size(1.0)) == (20, TOTAL // 20)
    assert window.size(1.0, busy=0.6) == TOTAL // 40
    for number in range(10_000):
        window.sent(f"school.{number}", 2.0)
    assert window.size(2.0) == window.size(2.0, busy=1.0) == LEAST


def test_who_is_silent_is_forgotten() -> None:
    window = Window()
    window.sent("a", 0.0)
    window.sent("b", 10.0)
    assert window.senders(SENDING_FOR_S) == 2
    assert window.senders(SENDING_FOR_S + 1) == 1
    window.sent("a", SENDING_FOR_S + 1)
    assert window.senders(SENDING_FOR_S + 10.5) == 1
