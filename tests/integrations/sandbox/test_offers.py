"""What invented merchants sell: it repeats, it moves a little, it competes, it is plausible."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from boucle import demo_catalogue
from domain.catalog import Grade, gtin14
from domain.money import Currency
from integrations.sandbox.merchants import shipping_of
from integrations.sandbox.offers import Shop, offers, open_shop
from integrations.sandbox.variants import in_currency, worth_cents
from tests.integrations.sandbox import catalogue

TICK = 29_000_000


@pytest.fixture(scope="module")
def shops() -> list[Shop]:
    everything = demo_catalogue.variants()
    return [open_shop(merchant, everything) for merchant in demo_catalogue.merchants()]


def test_the_same_slug_and_tick_give_the_same_offers() -> None:
    merchant, variants = catalogue.merchant(), catalogue.variants()

    assert offers(merchant, variants, TICK) == offers(merchant, variants[::-1], TICK)
    assert offers(merchant, variants, TICK) != offers(merchant, variants, TICK + 500)


def test_another_slug_sells_other_things_at_other_prices() -> None:
    variants = catalogue.variants()
    ours = offers(catalogue.merchant(), variants, TICK)
    theirs = offers(catalogue.merchant(slug="other-shop"), variants, TICK)

    assert {(o.variant.gtin, o.grade) for o in ours} != {(o.variant.gtin, o.grade) for o in theirs}


def test_a_few_offers_in_a_hundred_change_from_one_look_to_the_next() -> None:
    shop = open_shop(catalogue.merchant(offers=1000), catalogue.variants())
    looks = [shop.offers(TICK + at * shop.cadence) for at in range(20)]
    changed = [
        sum(before != after for before, after in zip(one, other, strict=True))
        for one, other in pairwise(looks)
    ]

    assert all(0 < count < 100 for count in changed)


def test_between_two_looks_nothing_changes() -> None:
    merchants = [catalogue.merchant(slug=f"shop-{number}") for number in range(12)]
    slow = next(
        shop
        for merchant in merchants
        if (shop := open_shop(merchant, catalogue.variants())).cadence > 1
    )
    start = TICK - TICK % slow.cadence

    assert slow.offers(start) == slow.offers(start + slow.cadence - 1)
    assert slow.look(start) + 1 == slow.look(start + slow.cadence)


def test_skus_are_unique_and_every_price_is_positive() -> None:
    sold = offers(catalogue.merchant(offers=1000), catalogue.variants(), TICK)

    assert len({offer.sku for offer in sold}) == len(sold) == 1000
    assert all(offer.price_minor > 0 for offer in sold)
    assert all(minor > 0 for offer in sold for _, minor in offer.prices)
    assert {market for offer in sold for market, _ in offer.prices} == {"DE", "BE"}


def test_a_shop_carries_only_its_assortment() -> None:
    iron = catalogue.variant(2, category="iron", brand="Rowenta")
    dyson = catalogue.variant(3, category="vacuum-cleaner", brand="Dyson")
    carried = [catalogue.variant(1), iron, dyson]
    merchant = catalogue.merchant(assortment=("iron", "brand:dyson"))

    sold = {offer.variant.gtin for offer in offers(merchant, carried, TICK)}

    assert sold == {iron.gtin, dyson.gtin}


def test_worth_follows_grade_age_and_storage() -> None:
    phone = catalogue.variant()
    worth = [worth_cents(phone, grade) for grade in Grade]

    assert worth == sorted(worth)
    assert len(set(worth)) == len(worth)
    good = worth_cents(phone, Grade.GOOD)
    assert good > worth_cents(replace(phone, release_date=date(2018, 9, 1)), Grade.GOOD)
    assert good < worth_cents(replace(phone, attributes={"storage_gb": 512}), Grade.GOOD)


@pytest.mark.parametrize(
    ("currency", "minor"),
    [(Currency.EUR, 20_000), (Currency.GBP, 17_000), (Currency.JPY, 32_000)],
)
def test_two_hundred_euros_in_other_currencies(currency: Currency, minor: int) -> None:
    assert in_currency(20_000, currency) == minor


def test_the_demo_has_24_merchants_in_8_countries_and_20_000_offers(shops: list[Shop]) -> None:
    sizes = sorted((len(shop.places) for shop in shops), reverse=True)

    assert len(shops) == 24
    assert len({shop.merchant.country for shop in shops}) >= 8
    assert sizes[0] == 4000
    assert 20_000 <= sum(sizes) <= 26_000
    assert len({shop.merchant.format for shop in shops}) == 6
    assert len({shop.merchant.encoding for shop in shops}) >= 6


def test_many_merchants_compete_for_the_same_devices(shops: list[Shop]) -> None:
    competitions = Counter(
        (market, place.variant.gtin, place.grade)
        for shop in shops
        for place in shop.places
        for market in shop.merchant.markets
    )

    assert sum(key[0] == "FR" and count >= 5 for key, count in competitions.items()) >= 500


def test_the_demo_sells_phones_and_what_the_brand_shops_make(shops: list[Shop]) -> None:
    brands = Counter(place.variant.brand for shop in shops for place in shop.places)
    of_brands = {
        shop.merchant.slug: {place.variant.brand for place in shop.places}
        for shop in shops
        if shop.merchant.kind == "BRAND"
    }

    assert brands["Apple"] > 5000
    assert brands["Samsung"] > 2000
    assert of_brands["dyson-renewed"] == {"Dyson"}
    assert of_brands["moulinex-renouveau"] == {"Moulinex"}
    assert "SEB" in of_brands["seb-seconde-vie"]


def test_no_demo_merchant_on_probation_passes_its_cap(shops: list[Shop]) -> None:
    states = {row["slug"]: row["state"] for row in demo_catalogue.rows("demo_merchants.csv")}
    new = [shop for shop in shops if states[shop.merchant.slug] == "PROBATION"]

    assert len(new) == 2
    assert all(len(shop.places) <= 50 and len(shop.merchant.markets) == 1 for shop in new)


def test_every_demo_merchant_delivers_to_each_of_its_markets() -> None:
    for row in demo_catalogue.rows("demo_merchants.csv"):
        assert {each.market for each in shipping_of(row)} == set(row["markets"].split("|"))


def test_the_gtins_of_the_made_up_catalogue_are_right() -> None:
    assert gtin14(catalogue.gtin13(7)) == f"0{catalogue.gtin13(7)}"
