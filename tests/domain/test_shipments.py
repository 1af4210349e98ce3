"""What a set of scans says of a parcel."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.shipments import (
    AFTER_TERMINAL,
    LABELS_EN,
    LABELS_FR,
    TERMINAL,
    Scan,
    ShipmentStatus,
    TimeSource,
    deciding,
)  # fmt: skip

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
S = ShipmentStatus


def scan(status: S | None, hours: int, position: int = 0) -> Scan:
    at = START + timedelta(hours=hours)
    local = at.replace(tzinfo=None)
    return Scan("X", "", status, at, local, timedelta(0), TimeSource.EXPLICIT, position=position)


scans = st.lists(
    st.builds(scan, st.none() | st.sampled_from(S), st.integers(0, 40), st.integers(0, 5)),
    max_size=8, unique_by=lambda s: (s.occurred_at, s.position),
)  # fmt: skip


@given(scans, st.randoms())
def test_the_status_depends_on_the_set_of_scans_alone(found: list[Scan], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    now = START + timedelta(hours=48)
    assert deciding(found, now) == deciding(shuffled, now)


@given(scans, st.sampled_from(sorted(set(S) - AFTER_TERMINAL)), st.integers(41, 60))
def test_a_late_scan_never_reopens_what_is_terminal(found: list[Scan], late: S, hours: int) -> None:
    now = START + timedelta(hours=72)
    before = deciding(found, now)
    after = deciding([*found, scan(late, hours)], now)

    if before is not None and before.status in TERMINAL:
        assert after == before


def test_what_is_more_than_a_day_ahead_waits() -> None:
    ahead = [scan(S.IN_TRANSIT, 0), scan(S.DELIVERED, 30)]

    assert deciding(ahead, START).status is S.IN_TRANSIT
    assert deciding(ahead, START + timedelta(hours=6)).status is S.DELIVERED


def test_every_status_has_words_in_both_languages() -> None:
    assert set(LABELS_EN) == set(LABELS_FR) == set(S)
