"""When a delivery is tried again, and which URLs are called."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.roles import MERCHANT_SCOPES, ORGANISATION_SCOPES
from domain.partners.addresses import BadUrl, bad_url
from domain.partners.webhooks import SCHEDULE, asked_to_wait, next_try, scope_of
from domain.topics import Topic

FIRST = datetime(2026, 5, 4, 12, tzinfo=UTC)
spans = st.timedeltas(timedelta(), timedelta(days=10))


def test_the_schedule_is_the_published_one() -> None:
    due = [next_try(n, FIRST, FIRST + SCHEDULE[n - 1]) for n in range(1, 9)]

    assert [at and at - FIRST for at in due] == [
        timedelta(seconds=30),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=8),
        timedelta(hours=24),
        timedelta(hours=72),
        None,
    ]


@given(st.integers(1, 7), spans, st.none() | spans)
def test_a_try_is_never_early_and_a_wish_makes_it_only_later(
    tries: int, late: timedelta, wish: timedelta | None
) -> None:
    last = FIRST + SCHEDULE[tries - 1] + late
    plain = next_try(tries, FIRST, last)
    due = next_try(tries, FIRST, last, None if wish is None else last + wish)
    assert plain is not None
    assert due is not None

    assert due >= plain >= max(FIRST + SCHEDULE[tries], last + timedelta(seconds=30))
    assert due <= max(plain, last + timedelta(hours=24))


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "120", 120),
        (503, "0", 0),
        (503, "Mon, 04 May 2026 12:10:00 GMT", 600),
        (429, "Mon, 04 May 2026 12:10:00", 600),
        (500, "120", None),
        (429, None, None),
        (429, "-1", None),
        (429, "soon", None),
        (429, "9" * 400, 24 * 3_600),
        (429, "٣", None),
    ],
)
def test_retry_after_is_read_in_both_forms_of_the_two_answers_that_have_it(
    status: int, header: str | None, seconds: int | None
) -> None:
    expected = None if seconds is None else FIRST + timedelta(seconds=seconds)
    assert asked_to_wait(status, header, FIRST) == expected


def test_every_topic_needs_a_scope() -> None:
    scopes = "cases feeds finance fleets lots offers orders quality shipments trade_in"
    assert {scope_of(topic) for topic in Topic} == {f"{area}:read" for area in scopes.split()}


def test_whoever_is_told_of_a_topic_can_hold_the_scope_that_it_needs() -> None:
    both = {"lot.awarded", "asset.erased", "certificate.revoked", "settlement.ready"}

    assert {scope_of(topic, merchant=True) for topic in Topic} <= MERCHANT_SCOPES
    assert {scope_of(topic) for topic in Topic if topic.value in both} <= ORGANISATION_SCOPES


@given(st.text())
def test_whatever_is_written_as_a_url_is_judged(text: str) -> None:
    assert bad_url(text) in {*BadUrl, None}
    assert bad_url(f"http://{text}") is not None


def test_a_place_that_was_named_may_be_called_by_http_and_its_neighbours_may_not() -> None:
    allowed = {"127.0.0.1:9000", "[::1]:9000"}

    for url in ("http://127.0.0.1:9000/x", "https://127.0.0.1:9000", "http://[::1]:9000/"):
        assert bad_url(url, allowed) is None
    for url in ("http://127.0.0.1:9001/", "http://127.0.0.2:9000/", "ftp://127.0.0.1:9000/"):
        assert bad_url(url, allowed) is not None
    assert bad_url("https://hooks.example.com/x?y=1") is None
    assert bad_url("https://HOOKS.Example.com:443/") is None
