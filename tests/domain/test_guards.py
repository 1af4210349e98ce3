"""When a full feed is held: the limits on both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.offers.guards import Facts, Guard, Held, held

QUIET = {"live": 1000, "missing": 0, "lines": 1000, "rejected": 0, "known": 1000, "jumped": 0}


def guards(**facts: int) -> list[Held]:
    return list(held(Facts(**(QUIET | facts))))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({}, [], id="a quiet file"),
        pytest.param({"missing": 300}, [], id="30 % missing"),
        pytest.param({"missing": 301}, [Held(Guard.SHRUNK, 301, 1000)], id="over 30 % missing"),
        pytest.param({"live": 60, "missing": 50}, [], id="50 missing of few"),
        pytest.param(
            {"live": 60, "missing": 51}, [Held(Guard.SHRUNK, 51, 60)], id="51 missing of few"
        ),
        pytest.param({"rejected": 200}, [], id="20 % rejected"),
        pytest.param({"rejected": 201}, [Held(Guard.REJECTED, 201, 1000)], id="over 20 % rejected"),
        pytest.param({"jumped": 200}, [], id="20 % of prices jump"),
        pytest.param(
            {"jumped": 201}, [Held(Guard.PRICES_JUMPED, 201, 1000)], id="over 20 % of prices jump"
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
