"""The reference file of invented merchants says nothing that the domain does not know."""

import json

import pytest

from boucle import demo_catalogue
from boucle.demo_history import Behaviour
from domain.merchants import MerchantKind, MerchantState
from domain.offers.lines import FeedMode
from integrations.sandbox.merchants import LANGUAGES, shipping_of
from integrations.sandbox.mistakes import SHARES, Mistake

ROWS = demo_catalogue.rows("demo_merchants.csv")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["slug"])
def test_a_merchant_is_one_that_the_domain_knows(row: dict[str, str]) -> None:
    currencies = {each["code"]: each["currency"] for each in demo_catalogue.rows("markets.csv")}
    countries = {each["code"] for each in demo_catalogue.rows("countries.csv")}
    sites = [site.split(":") for site in row["sites"].split("|")]

    assert MerchantKind(row["kind"])
    assert MerchantState(row["state"])
    assert FeedMode(row["mode"]) is FeedMode.FULL
    assert row["vat_scheme"] in {"NORMAL", "MARGIN", "EXEMPT"}
    assert {row["country"], *(country for _, country in sites)} <= countries
    assert {currencies[market] for market in row["markets"].split("|")} == {row["currency"]}
    assert row["country"] in LANGUAGES
    assert all(each.price_minor >= 0 and each.delay_hours > 0 for each in shipping_of(row))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["slug"])
def test_a_behaviour_is_shares_and_stars(row: dict[str, str]) -> None:
    does = Behaviour(**json.loads(row["behaviour"]))

    assert 0 <= does.lines <= 1_000
    for share in (does.fails, does.cancels, does.ships_late, does.replies_late):
        assert 0 <= share < 0.5
    assert 1 <= does.stars <= 5


def test_merchants_have_slugs_of_their_own_and_make_every_mistake() -> None:
    made = {mistake for row in ROWS for mistake in row["mistakes"].split("|")}

    assert len({row["slug"] for row in ROWS}) == len(ROWS) == 24
    assert made == set(Mistake) == {*SHARES, Mistake.COMMA_DECIMALS}
