"""Small merchants ship under the platform's contracts: at the card's price, charged once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boucle.labels import LabelDesk
from domain.merchants import MerchantKind, MerchantState
from domain.orders import LineState
from domain.shipments.carriers import CarrierCode, TrackingApi
from domain.shipments.contracts import (
    Applicant,
    Eligibility,
    NotEligible,
    Rate,
    rate_for,
    shared_cost,
)  # fmt: skip
from integrations.http import Rejected, Unavailable
from integrations.labels import Label, Wanted
from integrations.labels.simulator import SimulatedLabels
from models.base import execute, fetch, fetchval, transaction
from models.jobs import Job
from models.merchants import Merchant
from models.shipments import contracts
from resolvers.shipments import labels as resolvers
from tests import factories, orders
from tests.factories import Item
from tests.jobs import work
from tests.orders import Bought
from tests.schema.asking import Json, data, key_of

SCOPES = ("shipments:read", "shipments:write", "orders:read")
LABEL = """... on ShippingLabel{id state trackingNumber documentPath grams price{amount currency}
  merchantPays{amount} platformPays{amount}} ... on LabelRefused{code reasons}"""
BUY = f"""mutation($input: BuyShippingLabelInput!){{
  buyShippingLabel(input: $input){{__typename {LABEL}}}}}"""
QUOTES = """query($order: ID!, $lines: [ID!]!, $grams: Int){
  labelQuotes(order: $order, lines: $lines, grams: $grams){
    grams contract{code eligible reasons} price{amount} platformPays{amount}}}"""
CARD = {
    "code": "post", "name": "Post", "carrier": "LA_POSTE", "api": "LA_POSTE", "currency": "EUR",
    "platform_bp": "1500", "valid_from": "2026-01-01", "valid_to": "", "source": "made up",
    "eligibility": '{"kinds": ["WORKSHOP"], "mostLines": 50}',
}  # fmt: skip
RATES = [
    {"contract": "post", "origin": "FR", "destination": "FR", "most_grams": grams,
     "price_minor": price, "source": "made up"}
    for grams, price in (("500", "520"), ("2000", "780"))
]  # fmt: skip


async def merchant(slug: str, kind: MerchantKind = MerchantKind.WORKSHOP) -> Merchant:
    made = await factories.merchant(slug)
    await Merchant.filter(id=made.id).update(kind=kind)
    return made


class Provider(SimulatedLabels):
    """Issues as the simulator does, unless it is told to fail; counts."""

    fails: Exception | None = None
    asked = 0

    async def issue(self, wanted: Wanted) -> Label:
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        return await super().issue(wanted)


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    resolvers.install(LabelDesk(made))
    yield made
    resolvers.install(None)


@pytest.fixture
async def item(db: None) -> Item:
    async with transaction() as raw:
        await contracts.load(raw, [CARD], RATES)
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await merchant("amber")


@pytest.fixture
async def bought(owner: Merchant, item: Item) -> Bought:
    return await orders.bought(owner, item, LineState.ACCEPTED, at=datetime.now(UTC))


async def buy(owner: Merchant, of: Bought, key: str = "1", **given: Any) -> Json:
    wanted = {
        "order": str(of.order_id), "lines": [str(line) for line in of.lines], "contract": "post",
        "idempotencyKey": key,
    }  # fmt: skip
    found = await data(BUY, key_of(owner, *SCOPES), input=wanted | given)
    told: Json = found["buyShippingLabel"]
    return told


async def test_a_label_is_bought_once_with_its_number_its_document_and_its_cost(
    owner: Merchant, bought: Bought, provider: Provider
) -> None:
    one, two = await buy(owner, bought, grams=300), await buy(owner, bought, grams=300)

    assert one == two
    assert provider.asked == 1
    assert (one["state"], one["price"]) == ("ALIVE", {"amount": "5.20", "currency": "EUR"})
    assert (one["merchantPays"]["amount"], one["platformPays"]["amount"]) == ("4.42", "0.78")
    document = await fetchval("SELECT document FROM shipping_label")
    assert document.startswith(b"%PDF")
    postings = await fetch("SELECT account, amount_minor FROM ledger_posting ORDER BY 1")
    assert [tuple(row) for row in postings] == [
        ("CARRIERS_OWED", -520), ("MERCHANT_OWED", 442), ("SHIPPING_SUBSIDIES", 78)
    ]  # fmt: skip


async def test_the_weight_goes_by_the_catalogue_and_picks_the_line_of_the_card(
    owner: Merchant, bought: Bought
) -> None:
    asked = {"order": str(bought.order_id), "lines": [str(bought.lines[0])]}
    await execute("UPDATE product SET weight_grams = 400")

    [by_catalogue] = (await data(QUOTES, key_of(owner, *SCOPES), **asked))["labelQuotes"]
    [too_heavy] = (await data(QUOTES, key_of(owner, *SCOPES), **asked, grams=2001))["labelQuotes"]

    assert (by_catalogue["grams"], by_catalogue["price"]["amount"]) == (600, "7.80")
    assert too_heavy["price"] is None
    assert (await buy(owner, bought, grams=2001))["code"] == "NO_RATE"


async def test_who_is_too_large_or_of_another_kind_is_told_why_and_charged_nothing(
    item: Item, provider: Provider
) -> None:
    factory = await merchant("birch", MerchantKind.FACTORY)
    of = await orders.bought(factory, item, LineState.ACCEPTED, lines=51, at=datetime.now(UTC))

    told = await buy(factory, of)

    assert (told["code"], told["reasons"]) == ("NOT_ELIGIBLE", ["KIND", "TOO_LARGE"])
    assert provider.asked == 0
    assert await fetchval("SELECT count(*) FROM ledger_posting") == 0


async def test_a_carrier_that_is_away_is_asked_again_and_charged_for_then(
    owner: Merchant, bought: Bought, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.fails = Unavailable("away")
    waiting = await buy(owner, bought)
    charged = await fetchval("SELECT count(*) FROM ledger_posting")
    provider.fails = None
    monkeypatch.setattr("workers.shipments.labels.runtime", lambda: _Runtime(LabelDesk(provider)))

    await work(Job.ISSUE_LABEL)

    assert (waiting["state"], waiting["trackingNumber"], charged) == ("ORDERED", None, 0)
    assert (await buy(owner, bought))["state"] == "ALIVE"
    assert await fetchval("SELECT count(*) FROM ledger_transaction WHERE kind = 'LABEL'") == 1


async def test_what_the_carrier_refuses_costs_nothing(
    owner: Merchant, bought: Bought, provider: Provider
) -> None:
    provider.fails = Rejected("no such lane")

    assert (await buy(owner, bought))["state"] == "FAILED"
    assert await fetchval("SELECT count(*) FROM ledger_posting") == 0


async def test_others_see_neither_the_label_nor_the_lines(
    owner: Merchant, bought: Bought, item: Item, provider: Provider
) -> None:
    other = await merchant("birch")
    label = (await buy(owner, bought))["id"]
    read = "query($id: ID!){shippingLabel(id: $id){state} shippingLabels{edges{node{id}}}}"

    assert (await buy(other, bought))["code"] == "ORDER_LINE_UNKNOWN"
    assert await data(read, key_of(other, *SCOPES), id=label) == {
        "shippingLabel": None, "shippingLabels": {"edges": []}
    }  # fmt: skip
    own = await data(read, key_of(owner, *SCOPES), id=label)
    assert own["shippingLabels"]["edges"] == [{"node": {"id": label}}]


class _Runtime:
    def __init__(self, labels: LabelDesk) -> None:
        self.labels = labels


async def test_a_number_and_a_document_follow_from_the_label_alone() -> None:
    wanted = Wanted(
        UUID(int=7), CarrierCode.LA_POSTE, TrackingApi.LA_POSTE, "FR", "FR", "69003", ("Łukasz",),
        "A", "N", 300, datetime(2026, 11, 23, 10, tzinfo=UTC),
    )  # fmt: skip
    one, two = [await SimulatedLabels().issue(wanted) for _ in range(2)]

    assert one == two
    assert one.expires_at - wanted.at == timedelta(days=21)


def test_a_rule_that_nobody_knows_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValueError, match="mostOrders"):
        Eligibility.of({"mostOrders": 3})


def test_each_part_of_a_rule_speaks_for_itself() -> None:
    rule = Eligibility.of(
        {"kinds": ["WORKSHOP"], "states": ["ACTIVE"], "countries": ["FR"], "mostLines": 5}
    )
    who = Applicant(MerchantKind.FACTORY, MerchantState.PROBATION, "DE", 6)

    assert rule.against(who) == [
        NotEligible.KIND, NotEligible.STATE, NotEligible.TOO_LARGE, NotEligible.COUNTRY
    ]  # fmt: skip
    assert Eligibility().against(who) == []


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_what_platform_and_merchant_bear_is_the_price(price: int, bp: int) -> None:
    cost = shared_cost(price, bp)

    assert cost.merchant_minor + cost.platform_minor == cost.price_minor == price
    assert min(cost.merchant_minor, cost.platform_minor) >= 0


rates = st.lists(
    st.builds(
        Rate, st.sampled_from(["FR", "DE"]), st.just("FR"), st.integers(1, 9), st.integers(1, 9)
    )
)


@given(rates, st.integers(1, 10))
def test_a_heavier_parcel_never_takes_a_lighter_line(found: list[Rate], grams: int) -> None:
    rate = rate_for(found, "FR", "FR", grams)

    fitting = [r for r in found if r.origin == "FR" and r.most_grams >= grams]
    assert rate is None if not fitting else rate.most_grams == min(r.most_grams for r in fitting)
