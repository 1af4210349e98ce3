"""When a full feed is held: the limits on both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.offers.guards import Facts, Guard, Held, held
from domain.offers.messages import explain_guard
from domain.offers.policy import FeedPolicy

QUIET = {"live": 1000, "missing": 0, "lines": 1000, "rejected": 0, "known": 1000, "jumped": 0}

SHRUNK = Held(Guard.SHRUNK, 301, 1000, 300)
REJECTED = Held(Guard.REJECTED, 201, 1000, 200)
JUMPED = Held(Guard.PRICES_JUMPED, 201, 1000, 200)


def guards(policy: FeedPolicy = FeedPolicy.REJECT_FAILED_ROWS, **facts: int) -> list[Held]:
    return list(held(Facts(**(QUIET | facts)), policy))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, [], id="a quiet file"),
        pytest.param({"missing": 300}, [], id="30 % missing"),
        pytest.param(
            {"missing": 301}, [Held(Guard.SHRUNK, 301, 1000, 300)], id="over 30 % missing"
        ),
        pytest.param({"live": 60, "missing": 50}, [], id="50 missing of few"),
        pytest.param(
            {"live": 60, "missing": 51}, [Held(Guard.SHRUNK, 51, 60, 50)], id="51 missing of few"
        ),
        pytest.param({"rejected": 200}, [], id="20 % rejected"),
        pytest.param({"rejected": 201}, [REJECTED], id="over 20 % rejected"),
        pytest.param({"jumped": 200}, [], id="20 % of prices jump"),
        pytest.param(
            {"jumped": 201},
            [JUMPED],
            id="over 20 % of prices jump",
        ),
        pytest.param({"live": 0, "lines": 0, "known": 0}, [], id="the first file of a feed"),
    ],
)
def test_a_guard_holds_only_beyond_its_limit(facts: dict[str, int], expected: list[Held]) -> None:
    assert guards(**facts) == expected


def test_every_guard_that_holds_is_named() -> None:
    found = guards(missing=900, rejected=900, jumped=900)

    assert [each.guard for each in found] == list(Guard)


@given(
    st.sampled_from(["missing", "rejected", "jumped"]), st.integers(0, 1000), st.integers(0, 1000)
)
def test_a_worse_file_is_never_let_through_where_a_better_one_is_held(
    fact: str, one: int, other: int
) -> None:
    better, worse = sorted((one, other))

    assert bool(guards(**{fact: better})) <= bool(guards(**{fact: worse}))


def test_failed_lines_hold_nothing_where_they_are_ignored() -> None:
    found = guards(FeedPolicy.IGNORE_FAILED, missing=900, rejected=900, jumped=900)

    assert [each.guard for each in found] == [Guard.SHRUNK, Guard.PRICES_JUMPED]


def test_a_guard_says_what_it_counted_and_what_it_lets_through() -> None:
    [found] = guards(rejected=201)

    assert explain_guard(found, "en") == "201 of 1000 lines were rejected; up to 200 may be."
    assert explain_guard(found, "fr-FR") == (
        "201 lignes sur 1000 ont été rejetées ; 200 au plus peuvent l'être."
    )


@pytest.mark.parametrize(
    ("policy", "rejected", "refuses"),
    [
        (FeedPolicy.REJECT_EVERYTHING, 0, False),
        (FeedPolicy.REJECT_EVERYTHING, 1, True),
        (FeedPolicy.REJECT_FAILED_ROWS, 1, False),
        (FeedPolicy.IGNORE_FAILED, 1, False),
    ],
)
def test_one_rejected_line_is_too_many_only_where_everything_is_to_be_rejected(
    policy: FeedPolicy, rejected: int, refuses: bool
) -> None:
    assert policy.refuses(rejected) is refuses
