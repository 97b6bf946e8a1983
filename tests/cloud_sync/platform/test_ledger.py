"""How much of a journal is here: in any order the same account; gaps are what was claimed and is not here."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cloud_sync.platform.ledger import Ledger, spans_of
from support.ingesting import memory

spans = st.builds(lambda first, more: (first, first + more), st.integers(1, 60), st.integers(0, 12))


def numbers(among: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in among for number in range(first, last + 1)}


@given(st.lists(spans, max_size=12), st.integers(0, 20), st.integers(0, 90))
def test_the_account_is_that_of_a_set_of_numbers(added: list[tuple[int, int]], since: int, claimed: int) -> None:
    connection = memory()
    for one in added:
        ledger = Ledger(connection, "g", "e")
        ledger.add((one,), new_events=1)
        ledger.save()
    ledger = Ledger(connection, "g", "e")
    ledger.begin_after(since)
    ledger.claim(claimed)
    ledger.save()

    ledger = Ledger(connection, "g", "e")
    here = numbers([*added, (1, since)])
    whole = next(number for number in range(1, 200) if number not in here) - 1
    absent = [number for number in range(1, claimed + 1) if number not in here]
    assert ledger.whole_to == whole
    assert numbers(list(ledger.gaps())) == set(absent)
    assert ledger.missing() == len(absent)
    assert numbers([span for span in ledger.present(1, 100) if span[0] <= 100]) & set(range(1, 101)) == here
    kept = connection.execute("SELECT first, last FROM span ORDER BY last").fetchall()
    assert numbers(kept) == {number for number in here if number > whole}
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(kept)), "spans do not touch"


def test_a_receipt_holds_a_hundred_gaps_and_the_count_holds_all() -> None:
    ledger = Ledger(memory(), "g", "e")
    ledger.add(tuple((number, number) for number in range(2, 601, 2)))
    ledger.claim(10_000)
    assert ledger.gaps() == tuple((number, number) for number in range(1, 200, 2))
    assert ledger.missing() == 10_000 - 300


def test_where_nothing_is_claimed_nothing_is_looked_for() -> None:
    connection = memory()
    ledger = Ledger(connection, "g", "e")
    ledger.add(((1, 5), (100, 200)))
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    assert (ledger.gaps(), ledger.missing(), asked) == ((), 0, [])


def test_the_witness_is_the_event_where_it_is_whole() -> None:
    connection = memory()
    ledger = Ledger(connection, "g", "e")
    assert ledger.witness_mono_ns() is None
    columns = "gateway, epoch, seq, kind, lesson, t_utc_ms, clock_ok, body, received_utc_ms, boot, t_mono_ns"
    for seq, boot, mono in ((1, "b", 11), (2, "b", 22), (3, "", 0)):
        connection.execute(
            f"INSERT INTO event ({columns}) VALUES ('g', 'e', ?, 'trip', 'l', 0, 1, x'', 0, ?, ?)", (seq, boot, mono)
        )
    ledger.add(((1, 2),))
    assert ledger.witness_mono_ns() == 22
    ledger.add(((3, 3),))
    assert ledger.witness_mono_ns() is None, "a row of before the schema knew is no witness"


def test_numbers_as_spans() -> None:
    assert spans_of([]) == ()
    assert spans_of([3, 4, 5]) == ((3, 5),)
    assert spans_of([1, 2, 4, 7, 8]) == ((1, 2), (4, 4), (7, 8))
