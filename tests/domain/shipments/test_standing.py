"""Where a parcel stands: scans, the carrier's word, our ruling."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.shipments import TERMINAL, Scan, ShipmentStatus, TimeSource, Told
from domain.shipments.standing import Word, newer, of_this_parcel, standing, word_of

S = ShipmentStatus
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
NOW = START + timedelta(days=9)
H = timedelta(hours=1)


def scan(status: S | None, hours: float, position: int = 0) -> Scan:
    at = START + hours * H
    return Scan(
        "X", "", status, at, at.replace(tzinfo=None), timedelta(), TimeSource.EXPLICIT,
        position=position,
    )  # fmt: skip


scans = st.lists(
    st.builds(scan, st.none() | st.sampled_from(S), st.integers(0, 40), st.integers(0, 5)),
    max_size=8, unique_by=lambda s: (s.occurred_at, s.position),
)  # fmt: skip
words = st.lists(
    st.builds(lambda s, h: Word(s, None, START + h * H), st.sampled_from(S), st.integers(0, 40)),
    max_size=6,
)


@given(scans, words, st.none() | st.integers(0, 100), st.integers())
def test_no_order_of_arrival_changes_where_a_parcel_stands(
    found: list[Scan], said: list[Word], ruled: int | None, seed: int
) -> None:
    def after(these: list[Scan], those: list[Word]) -> object:
        word = None
        for each in those:
            word = newer(word, each, present=False)
        lost_at = None if ruled is None else START + ruled * H
        stands = standing(these, word, lost_at, NOW)
        return stands.status, stands.at, stands.delivered_at

    shuffled, mixed = list(found), list(said)
    random.Random(seed).shuffle(shuffled)
    random.Random(seed).shuffle(mixed)

    assert after(found, said) == after(shuffled, mixed)


@given(scans, st.integers(1, 30))
def test_a_hub_scan_after_delivery_changes_nothing(found: list[Scan], later: int) -> None:
    before = standing([*found, scan(S.DELIVERED, 41)], None, None, NOW)
    after = standing(
        [*found, scan(S.DELIVERED, 41), scan(S.IN_TRANSIT, 41 + later)], None, None, NOW
    )

    assert before == after
    assert before.status is S.DELIVERED


def test_the_carriers_word_stands_above_the_scans_that_came_with_it() -> None:
    told = Told("1", (scan(S.IN_TRANSIT, 1), scan(S.DELIVERED, 2)), status=S.RETURNED)

    assert standing(told.scans, word_of(told, NOW), None, NOW).status is S.RETURNED


def test_newer_scans_stand_above_an_older_word() -> None:
    word = Word(S.EXCEPTION, None, START + 2 * H)

    assert standing([scan(S.OUT_FOR_DELIVERY, 3)], word, None, NOW).status is S.OUT_FOR_DELIVERY


def test_an_answer_of_now_stands_above_what_was_said_of_the_same_news() -> None:
    before, after = Word(S.EXCEPTION, None, START), Word(S.IN_TRANSIT, None, START)

    assert newer(before, after, present=True) is after
    assert newer(before, after, present=False) is newer(after, before, present=False)


def test_a_number_that_was_used_before_says_nothing_of_this_parcel() -> None:
    old = scan(S.DELIVERED, -24 * 40)

    assert of_this_parcel(Told("1", (old,), status=S.DELIVERED), START) is None
    assert of_this_parcel(Told("1", status=S.DELIVERED, status_at=old.occurred_at), START) is None
    kept = of_this_parcel(Told("1", (old, scan(S.ACCEPTED, 1))), START)
    assert kept is not None
    assert [each.status for each in kept.scans] == [S.ACCEPTED]


def test_what_we_ruled_lost_stays_so_until_it_ends_otherwise() -> None:
    ruled = START + 20 * H
    moving, back = scan(S.IN_TRANSIT, 30), scan(S.RETURNING, 30)
    came, earlier = scan(S.DELIVERED, 30), scan(S.DELIVERED, 10)

    assert standing([scan(S.IN_TRANSIT, 1)], None, ruled, NOW).status is S.LOST
    assert standing([moving], None, ruled, NOW).status is S.LOST
    assert standing([back], None, ruled, NOW).status is S.RETURNING
    assert standing([came], None, ruled, NOW).status is S.DELIVERED
    assert standing([earlier], None, ruled, NOW).status is S.DELIVERED


def test_delivered_is_dated_by_its_first_scan_unless_it_travelled_on() -> None:
    twice = [scan(S.DELIVERED, 5), scan(S.DELIVERED, 9)]

    assert standing(twice, None, None, NOW).delivered_at == START + 5 * H
    travelled = [scan(S.DELIVERED, 5), scan(S.RETURNING, 7), scan(S.DELIVERED, 9)]
    assert standing(travelled, None, None, NOW).delivered_at == START + 9 * H
    assert standing([scan(S.RETURNED, 5)], None, None, NOW).delivered_at is None


@given(scans)
def test_nothing_but_a_delivery_is_delivered(found: list[Scan]) -> None:
    stands = standing(found, None, None, NOW)

    assert (stands.delivered_at is not None) == (stands.status is S.DELIVERED)
    if not any(each.status in TERMINAL for each in found):
        assert stands.status not in TERMINAL
