"""What a merchant's program says of an offer: values, and what is newer than known."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Currency
from domain.offers.codes import LineCode
from domain.offers.grades import grade_table
from domain.offers.item_values import add, merged, plain, read
from domain.offers.items import Item, ItemCode, Known, Line, Terms, Trouble, line_of
from domain.offers.wording_items import ITEMS, explain_item

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TERMS = Terms(NOW, Currency.EUR, {"FR": Currency.EUR, "GB": Currency.GBP}, grade_table({}))
KNOWN = Known(3, Currency.EUR)
FIELDS = {
    "quantity": st.integers(0, 5),
    "price": st.integers(1, 5),
    "title": st.sampled_from(["a", "b", None]),
    "note": st.sampled_from(["c", "d", None]),
}
SENT = st.fixed_dictionaries({}, optional=FIELDS).filter(bool)
PUSHES = st.lists(
    st.tuples(st.integers(0, 9), SENT, st.booleans()), min_size=1, max_size=6,
    unique_by=lambda push: push[0],
)  # fmt: skip


def known_after(known: Known | None, items: list[Item]) -> tuple[Known, dict[str, Any]]:
    """What is stored after these items, one call each: for the next word, and its fields."""
    fields: dict[str, Any] = {}
    for item in items:
        line = line_of("s", known)
        add(line, 0, item, TERMS)
        fields |= line.cells
        old = known or KNOWN
        known = Known(
            line.quantity, old.currency, sequence=line.sequence, sequences=line.sequences,
            prices=line.prices if line.prices is not None else old.prices,
        )  # fmt: skip
    assert known is not None
    return known, fields


@given(PUSHES, st.randoms(use_true_random=False), st.booleans())
def test_in_any_order_each_field_ends_with_its_highest_sequence_and_repeats_change_nothing(
    pushes: list[tuple[int, dict[str, Any], bool]], random: Any, in_one_call: bool
) -> None:
    items = [Item("s", sent, sequence=n) for n, sent, _ in pushes]
    shuffled = items + [item for item, push in zip(items, pushes, strict=True) if push[2]]
    random.shuffle(shuffled)

    if in_one_call:
        line = line_of("s", KNOWN)
        for n, item in enumerate(shuffled):
            add(line, n, item, TERMS)
        fields, sequence = line.cells, line.sequence
    else:
        known, fields = known_after(KNOWN, shuffled)
        sequence = known.sequence

    wanted: dict[str, Any] = {}
    for item in sorted(items, key=lambda each: each.sequence):
        wanted |= read(item, KNOWN, TERMS).cells
    assert fields == wanted
    assert sequence == max(push[0] for push in pushes)


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["FR", "GB"]), st.integers(1, 9)),
                min_size=1, max_size=6, unique_by=lambda push: push[0]))  # fmt: skip
def test_prices_of_markets_do_not_make_each_other_old(
    pushes: list[tuple[int, str, int]],
) -> None:
    items = [Item("s", {}, {market: {"price": price}}, sequence=n) for n, market, price in pushes]

    known, _ = known_after(KNOWN, items)

    newest = {market: price * 100 for _, market, price in sorted(pushes)}
    assert {m: p["price_minor"] for m, p in known.prices.items()} == newest


def _line(*items: Item, known: Known | None = KNOWN) -> Line:
    line = line_of("s", known)
    for n, item in enumerate(items):
        add(line, n, item, TERMS)
    return line


def test_of_a_push_that_is_partly_old_the_rest_counts() -> None:
    line = _line(
        Item("s", {"quantity": 1}, sequence=9), Item("s", {"quantity": 2, "note": "n"}, sequence=5)
    )

    assert line.quantity == 1
    assert line.cells["note"] == {"note": "n"}
    assert line.troubles == {}


def test_what_a_line_of_a_feed_wrote_is_as_new_as_its_sequence() -> None:
    line = _line(Item("s", {"quantity": 1}, sequence=7), known=Known(3, Currency.EUR, sequence=7))

    assert line.troubles[0] == Trouble(ItemCode.STALE_SEQUENCE, "sequence", "7", 7)


def test_a_deletion_is_older_than_any_newer_field() -> None:
    known = Known(3, Currency.EUR, sequence=9, sequences={"*": 2, "note": 9})

    assert _line(Item("s", deleted=True, sequence=8), known=known).troubles[0].current == 9
    newer = _line(Item("s", deleted=True, sequence=10), known=known)
    assert newer.deleted
    assert newer.sequences == {"*": 10}


def test_items_of_one_offer_see_the_stock_that_the_items_before_them_set() -> None:
    line = _line(
        Item("s", {"quantity": 5}, if_quantity=3), Item("s", {"quantity": 6}, if_quantity=3)
    )

    assert line.troubles == {1: Trouble(ItemCode.CONFLICT, "if_quantity", "3", 5)}


def test_a_time_that_has_not_come_is_now() -> None:
    found = plain(Item("s", as_of=datetime(2099, 1, 1, tzinfo=UTC)), NOW)

    assert isinstance(found, Item)
    assert found.as_of == NOW
    assert plain(Item("s", as_of="yesterday"), NOW) == Trouble(
        LineCode.DATE_INVALID, "as_of", "yesterday"
    )


def test_levies_are_told_in_the_currency_of_the_offer() -> None:
    values = read(Item("s", {"eco": [{"scheme": "FR-DEEE", "amount": "0.42"}]}), KNOWN, TERMS)

    assert values.cells["eco"]["eco"] == (
        '[{"amount_minor":42,"producer_id":null,"scheme":"FR-DEEE"}]'
    )


def test_a_price_of_a_market_that_says_nothing_is_no_price() -> None:
    line = line_of(
        "s", Known(3, Currency.EUR, prices={"GB": {"price_minor": 1, "currency": "GBP"}})
    )

    merged(line, {"price[GB]": {}})

    assert line.prices == {}


@pytest.mark.parametrize("code", ItemCode)
@pytest.mark.parametrize("locale", ["en", "fr-FR"])
def test_every_code_of_an_item_is_explained(code: ItemCode, locale: str) -> None:
    message, suggestion = explain_item(code, "f", "{value}", locale)

    assert "{value}" in message or code is not ItemCode.NOT_CHANGEABLE
    assert suggestion == ITEMS[locale[:2]][code].suggestion
