"""How long a kept answer may be trusted after a heartbeat of the relay."""

import pytest

from boucle.edge.cache.freshness import FRESH_SECONDS, SETTLED_SECONDS, Freshness
from tests.boucle.caching import Clock


def beats(fresh: Freshness, clock: Clock, count: int, *, ahead: float = 0.0) -> None:
    for _ in range(count):
        clock.now += 0.25
        fresh.beat("r", clock.now + ahead)


@pytest.mark.parametrize("ahead", [0.0, 5_000.0, -5_000.0])
def test_a_heartbeat_holds_for_a_second_whatever_the_relays_clock(ahead: float) -> None:
    clock = Clock(100.0)
    fresh = Freshness(clock.monotonic)
    beats(fresh, clock, 1, ahead=ahead)
    assert fresh.until == 0.0
    beats(fresh, clock, 3, ahead=ahead)

    assert fresh.until == pytest.approx(clock.now + FRESH_SECONDS)


def test_a_heartbeat_that_is_read_late_holds_for_a_second_from_when_it_was_sent() -> None:
    clock = Clock(100.0)
    fresh = Freshness(clock.monotonic)
    beats(fresh, clock, 5)
    sent = clock.now + 0.25
    clock.now += 3.25
    fresh.beat("r", sent)

    assert fresh.until == pytest.approx(sent + FRESH_SECONDS)
    assert fresh.until < clock.now


def test_a_relay_whose_first_heartbeats_were_late_is_seen_through() -> None:
    clock = Clock(100.0)
    fresh = Freshness(clock.monotonic)
    for back in (0.75, 0.5, 0.25):  # read at once, after a pause
        fresh.beat("r", clock.now - 10 - back)
    assert fresh.until == 0.0
    beats(fresh, clock, 2)

    assert fresh.until == pytest.approx(clock.now + FRESH_SECONDS)
    assert SETTLED_SECONDS < 0.25


def test_clocks_that_drift_apart_do_not_end_freshness() -> None:
    clock = Clock(100.0)
    fresh = Freshness(clock.monotonic)
    for n in range(4 * 3_600):
        clock.now += 0.25
        fresh.beat("r", clock.now * 0.9999)
        assert n < 8 or fresh.until > clock.now + FRESH_SECONDS - 0.05
