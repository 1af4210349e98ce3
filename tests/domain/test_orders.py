"""Rules of carts and purchases: numbers, amounts, addresses, and why a line cannot be bought."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.addresses import Address, BadAddress, tidy
from domain.orders.amounts import Amounts
from domain.orders.checkout import (
    MOST_LINES,
    MOST_OF_ONE,
    MOST_PIECES,
    Standing,
    Wanted,
    Why,
    months_after,
    refusals,
    too_many,
)
from domain.orders.numbers import ALPHABET, HOW_MANY, order_number, read_number
from domain.orders.wording import WORDINGS

MINOR = st.integers(0, 10**9)
AMOUNTS = st.builds(Amounts, MINOR, MINOR, MINOR, MINOR, MINOR)
WANTED = Wanted("line", "offer", 2, 20_139, "EUR", "FR")
SOLD = Standing(True, (), 5, 20_139, ("FR",))
HOME = Address("Camille Canari", ("1 rue des Essais",), "Lyon", "69003", "fr")


@given(st.integers(0, HOW_MANY - 1), st.integers(0, 9), st.sampled_from(ALPHABET))
def test_a_number_with_one_wrong_character_is_no_number(drawn: int, at: int, other: str) -> None:
    number = order_number(drawn)
    plain = number.replace("-", "")
    wrong = plain[:at] + other + plain[at + 1 :]

    assert read_number(f" {plain.lower()} ") == number
    assert read_number(wrong) == (number if wrong == plain else None)


@given(st.integers(0, HOW_MANY - 1), st.integers(0, 9), st.integers(0, 9))
def test_a_number_with_two_characters_swapped_is_no_number(drawn: int, a: int, b: int) -> None:
    number = order_number(drawn)
    marks = list(number.replace("-", ""))
    same = marks[a] == marks[b]
    marks[a], marks[b] = marks[b], marks[a]

    assert read_number("".join(marks)) == (number if same else None)


@given(st.sets(st.integers(0, HOW_MANY - 1), min_size=2, max_size=50))
def test_no_two_numbers_are_alike(drawn: set[int]) -> None:
    assert len({order_number(each) for each in drawn}) == len(drawn)


@given(st.lists(AMOUNTS), st.integers(0, 100))
def test_parts_add_up_to_the_total_in_any_order(parts: list[Amounts], pieces: int) -> None:
    whole = Amounts.sum(parts)

    assert whole.total == sum(part.total for part in parts)
    assert whole == Amounts.sum(reversed(parts))
    assert whole.times(pieces) == Amounts.sum(part.times(pieces) for part in parts)
    assert whole.times(pieces) == Amounts.sum([whole] * pieces)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (SOLD, []),
        (None, [Why.OFFER_UNAVAILABLE]),
        (replace(SOLD, quantity=1), [Why.OUT_OF_STOCK]),
        (replace(SOLD, landed=20_000), [Why.PRICE_CHANGED]),
        (replace(SOLD, countries=("DE",)), [Why.OFFER_NOT_SHIPPABLE_TO]),
        (replace(SOLD, quantity=1, landed=1), [Why.OUT_OF_STOCK, Why.PRICE_CHANGED]),
        (replace(SOLD, visible=False, reasons=("OUT_OF_STOCK",)), [Why.OUT_OF_STOCK]),
        (
            replace(SOLD, visible=False, reasons=("OUT_OF_STOCK", "PAUSED_BY_MERCHANT")),
            [Why.OFFER_UNAVAILABLE],
        ),
        (replace(SOLD, visible=False, reasons=("MARKET_PAUSED",)), [Why.MARKET_PAUSED]),
        (replace(SOLD, visible=False, reasons=("NO_PRICE_FOR_MARKET",)), [Why.OFFER_UNAVAILABLE]),
    ],
)
def test_why_a_line_cannot_be_bought(now: Standing | None, why: list[Why]) -> None:
    assert [each.why for each in refusals(WANTED, now)] == why


def test_a_cart_has_its_limits() -> None:
    assert too_many(MOST_OF_ONE, []) is None
    for pieces in (0, -1, MOST_OF_ONE + 1):
        assert too_many(pieces, []) == replace(too_many(0, []), why=Why.QUANTITY_NOT_ALLOWED)  # type: ignore[type-var]
    for pieces, others in ((1, [1] * MOST_LINES), (1, [20] * 2), (2, [MOST_PIECES - 1])):
        found = too_many(pieces, others)
        assert found is not None
        assert found.why is Why.CART_FULL


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 24, date(2028, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day: date, months: int, end: date) -> None:
    assert months_after(day, months) == end


def test_an_address_is_tidied_and_comes_back_from_where_it_is_stored() -> None:
    found = tidy(replace(HOME, city="  Lyon  3e ", street=(" 1  rue ", " "), company=""))

    assert found == Address("Camille Canari", ("1 rue",), "Lyon 3e", "69003", "FR")
    assert Address.of({**found.stored(), "email": "kept beside"}) == found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"street": ()}, "street"),
        ({"street": ("a", "b", "c", "d")}, "street"),
        ({"city": "x" * 71}, "city"),
        ({"postal_code": ""}, "postalCode"),
        ({"country": "FRA"}, "country"),
        ({"country": "ßß"}, "country"),
        ({"phone": "1\x07"}, "phone"),
    ],
)
def test_an_address_that_lacks_something_names_it(change: dict[str, str], field: str) -> None:
    assert tidy(replace(HOME, **change)) == BadAddress(field)  # type: ignore[arg-type]


def test_each_refusal_has_words_in_both_languages() -> None:
    for words in WORDINGS.values():
        assert set(words) == set(Why)
    for why in Why:
        assert WORDINGS["en"][why] != WORDINGS["fr"][why]
