"""The reference file of invented merchants says nothing that the domain does not know."""

import json

import pytest

from boucle import sandbox
from domain.merchants import MerchantKind, MerchantState
from domain.offers.lines import FeedMode
from integrations.sandbox.merchants import LANGUAGES, shipping_of
from integrations.sandbox.mistakes import SHARES, Mistake

METRICS = {
    *("FAILURE_RATE", "CANCELLATION_RATE", "LATE_SHIPMENT_RATE", "LATE_REPLY_RATE"),
    *("RATING", "LAB_CONFORMITY"),
}
ROWS = sandbox.rows("demo_merchants.csv")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["slug"])
def test_a_merchant_is_one_that_the_domain_knows(row: dict[str, str]) -> None:
    currencies = {each["code"]: each["currency"] for each in sandbox.rows("markets.csv")}
    countries = {each["code"] for each in sandbox.rows("countries.csv")}
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
def test_quality_inputs_are_counts_of_counts(row: dict[str, str]) -> None:
    inputs = json.loads(row["quality_inputs"])

    assert set(inputs) == METRICS
    for metric, (part, whole) in inputs.items():
        assert 0 <= part <= whole * (5 if metric == "RATING" else 1)


def test_merchants_have_slugs_of_their_own_and_make_every_mistake() -> None:
    made = {mistake for row in ROWS for mistake in row["mistakes"].split("|")}

    assert len({row["slug"] for row in ROWS}) == len(ROWS) == 24
    assert made == set(Mistake) == {*SHARES, Mistake.COMMA_DECIMALS}
