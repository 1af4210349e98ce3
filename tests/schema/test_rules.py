"""Every field says who may ask for it, and what it says is what the server does."""

from pathlib import Path
from typing import Any

import pytest
import strawberry

from boucle.graphql.reference import graphql_schema
from boucle.matrix import caller, matrix, named
from domain.accounts.roles import CallerKind
from domain.offers.visibility import OfferVisibility
from models.accounts import Account
from models.base import execute
from resolvers.context import ANONYMOUS, Caller
from schema.common import Node
from schema.root import schema, served
from schema.rules import (
    NOBODY,
    OWN,
    PUBLIC,
    SIGNED_IN,
    STAFF,
    AllOf,
    AnyOf,
    Rule,
    Scope,
    Staff,
    Unruled,
    needed,
    refusals,
    ruled,
    rules_of,
)
from tests import factories
from tests.factories import line
from tests.identity import at_home
from tests.schema import shop
from tests.schema.asking import answer, data, key_of, refusal

SCHEMA = graphql_schema(schema)
RULES = rules_of(SCHEMA)
SNAPSHOT = Path(__file__).parents[2] / "schema" / "rules.txt"
SECRET = (
    *("cost", "margin", "merit", "terms", "quality", "quantity", "effective", "stock", "vat"),
    *("sku", "email", "phone", "contact", "address", "secret", "hash", "url", "minprice"),
)
ROOTS = sorted(field for field in RULES if field[0] in {"Query", "Mutation"})
SCOPES, _ = named(RULES.values())
CALLERS = {
    f"{kind.value.lower()} {scope}".strip(): caller(kind, [scope] if scope else [])
    for kind in CallerKind
    for scope in ("", *sorted(SCOPES))
    if not scope or kind in {CallerKind.MERCHANT, CallerKind.ORGANISATION}
}
ASK = {
    "order": '{order(id: "%s"){__typename}}',
    "orderLine": '{orderLine(id: "%s"){__typename}}',
    "orderInvoice": '{orderInvoice(orderId: "%s"){__typename}}',
    "orders": "{orders{__typename}}",
    "fulfilmentSettings": "{fulfilmentSettings{__typename}}",
    "acceptOrderLines": 'mutation{acceptOrderLines(input: {lines: ["%s"], idempotencyKey: "%s"})'
    "{__typename}}",
    "refuseOrderLine": 'mutation{refuseOrderLine(input: {orderLine: "%s", reason: OTHER,'
    ' idempotencyKey: "%s"}){__typename}}',
    "cancelOrderLine": 'mutation{cancelOrderLine(input: {orderLine: "%s", reason: OTHER,'
    ' idempotencyKey: "%s"}){__typename}}',
    "requestCancellation": 'mutation{requestCancellation(input: {orderLine: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "answerCancelRequest": 'mutation{answerCancelRequest(input: {orderLine: "%s", agree: true,'
    ' idempotencyKey: "%s"}){__typename}}',
    "attachUnit": 'mutation{attachUnit(input: {orderLine: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "shipOrder": 'mutation{shipOrder(input: {order: "%s", lines: ["%s"], carrier: UPS,'
    ' trackingNumber: "1Z999", idempotencyKey: "%s"}){__typename}}',
    "setFulfilmentSettings": "mutation{setFulfilmentSettings(input: {partialAcceptance: true,"
    ' idempotencyKey: "%s"}){__typename}}',
    "requestWithdrawal": 'mutation{requestWithdrawal(input: {orderLines: ["%s"], name: "n",'
    ' addressForReceipt: "a@example.org", idempotencyKey: "%s"}){__typename}}',
    "confirmWithdrawal": 'mutation{confirmWithdrawal(input: {token: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "apiKeys": '{apiKeys(merchant: "%s"){__typename}}',
    "createApiKey": 'mutation{createApiKey(input: {name: "n", scopes: ["feeds:read"],'
    ' merchant: "%s", idempotencyKey: "%s"}){__typename}}',
    "rotateApiKey": 'mutation{rotateApiKey(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "revokeApiKey": 'mutation{revokeApiKey(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "bulkOperation": '{bulkOperation(id: "%s"){__typename}}',
    "bulkOperations": "{bulkOperations{__typename}}",
    "bulkOperationRun": 'mutation{bulkOperationRun(input: {document: "{version}",'
    ' idempotencyKey: "%s"}){__typename}}',
    "cancelBulkOperation": 'mutation{cancelBulkOperation(input: {id: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "requestSignInCode": 'mutation{requestSignInCode(input: {email: "%s@a.example"}){__typename}}',
    "signIn": 'mutation{signIn(input: {email: "%s@example.org", challenge: "%s", code: "1"})'
    "{__typename}}",
    "refreshSession": 'mutation{refreshSession(input: {refreshToken: "x"}){__typename}}',
    "signOut": "mutation{signOut{__typename}}",
    "signOutEverywhere": "mutation{signOutEverywhere{__typename}}",
    "viewer": "{viewer{kind}}",
    "applyFeedRun": 'mutation{applyFeedRun(input: {runId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "productProposals": "{productProposals{__typename}}",
    "productProposal": '{productProposal(id: "%s"){__typename}}',
    "proposeProduct": 'mutation{proposeProduct(input: {brand: "b", model: "m", gtin: "GTIN",'
    ' idempotencyKey: "%s"}){__typename}}',
    "takeProposal": 'mutation{takeProposal(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "rejectProposal": 'mutation{rejectProposal(input: {id: "%s", reason: NOT_ALLOWED,'
    ' idempotencyKey: "%s"}){__typename}}',
    "publishProposal": 'mutation{publishProposal(input: {id: "%s", variant: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "mergeVariants": 'mutation{mergeVariants(input: {from: "%s", into: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "mergeProducts": 'mutation{mergeProducts(input: {from: "%s", into: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "sandbox": "{sandbox{__typename}}",
    "createSandbox": 'mutation{createSandbox(input: {idempotencyKey: "%s"}){__typename}}',
    "resetSandbox": 'mutation{resetSandbox(input: {idempotencyKey: "%s"}){__typename}}',
    "sandboxAdvanceClock": 'mutation{sandboxAdvanceClock(input: {hours: 1, idempotencyKey: "%s"})'
    "{__typename}}",
    "auditLog": '{auditLog(merchant: "%s"){__typename}}',
    "apiUsage": '{apiUsage(merchant: "%s"){__typename}}',
    **{
        name: f'mutation{{{name}(input: {{skus: ["%s"], idempotencyKey: "%s"}}){{__typename}}}}'
        for name in ("deleteOffers", "pauseOffers", "resumeOffers", "confirmPrices")
    },
    **{
        name: f'mutation{{{name}(input: {{items: [{{sku: "%s" quantity: 1}}],'
        ' idempotencyKey: "%s"}){__typename}}'
        for name in ("updateStock", "upsertOffers")
    },
    "updatePrices": 'mutation{updatePrices(input: {items: [{sku: "%s" price: "1"}],'
    ' idempotencyKey: "%s"}){__typename}}',
    "updateOffer": 'mutation{updateOffer(input: {sku: "%s", quantity: 1, idempotencyKey: "%s"})'
    "{__typename}}",
    "setStockAlert": 'mutation{setStockAlert(input: {below: 2, idempotencyKey: "%s"}){__typename}}',
    "offers": "{offers{__typename}}",
    "offer": '{offer(id: "%s"){__typename}}',
    "offerChanges": "{offerChanges{__typename}}",
    "cancelFeedRun": (
        'mutation{cancelFeedRun(input: {runId: "%s", idempotencyKey: "%s"}){__typename}}'
    ),
    "createFeed": 'mutation{createFeed(input: {name: " ", mode: FULL, idempotencyKey: "%s"})'
    "{__typename}}",
    "updateFeed": 'mutation{updateFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "pauseFeed": 'mutation{pauseFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "resumeFeed": 'mutation{resumeFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "runFeedNow": 'mutation{runFeedNow(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "deleteFeed": 'mutation{deleteFeed(input: {id: "%s", idempotencyKey: "%s"}){__typename}}',
    "previewFeedFile": 'mutation{previewFeedFile(input: {runId: "%s", idempotencyKey: "%s"})'
    "{__typename}}",
    "feedPreview": '{feedPreview(id: "%s"){__typename}}',
    "rule": '{rule(kind: PRICE_PRIOR, country: "FR", on: "2026-11-23"){__typename}}',
    "rules": "{rules{__typename}}",
    "marketRules": '{marketRules(market: "FR"){__typename}}',
    "succeedRule": 'mutation{succeedRule(input: {rule: "%s", validFrom: "2027-01-01", value: {},'
    ' source: "s", evidence: NONE, idempotencyKey: "%s"}){__typename}}',
    "categories": "{categories{__typename}}",
    "competition": '{competition(offerId: "%s", market: "FR"){__typename}}',
    "competitions": '{competitions(items: [{offerId: "%s", market: "FR"}]){__typename}}',
    "offerVisibility": '{offerVisibility(offerId: "%s", market: "FR"){__typename}}',
    "repricings": "{repricings{__typename}}",
    "repricingRules": "{repricingRules{__typename}}",
    "deliveries": '{deliveries(orderId: "%s"){status}}',
    "shipments": '{shipments(carrier: UPS, trackingNumber: "1Z"){edges{node{id}}}}',
    "carrierScorecards": "{carrierScorecards{edges{node{parcels}}}}",
    "carrierContracts": "{carrierContracts{code}}",
    "labelQuotes": '{labelQuotes(order: "%s", lines: ["%s"]){grams}}',
    "shippingLabel": '{shippingLabel(id: "%s"){state}}',
    "shippingLabels": "{shippingLabels{edges{node{id}}}}",
    "buyShippingLabel": 'mutation{buyShippingLabel(input: {order: "%s", lines: ["%s"],'
    ' contract: "post", idempotencyKey: "%s"}){__typename}}',
    "merchantQuality": "{merchantQuality{category}}",
    "reviewOrderLine": 'mutation{reviewOrderLine(input: {orderLineId: "%s", stars: 5,'
    ' idempotencyKey: "%s"}){__typename}}',
    "setRepricing": 'mutation{setRepricing(input: {skus: ["%s"], mode: OFF, idempotencyKey: "%s"})'
    "{__typename}}",
    "cart": '{cart(id: "%s"){__typename}}',
    "checkoutPreview": '{checkoutPreview(cartId: "%s"){__typename}}',
    "purchase": '{purchase(id: "%s"){__typename}}',
    "purchases": "{purchases{__typename}}",
    "createCart": 'mutation{createCart(input: {market: "FR", idempotencyKey: "%s"}){__typename}}',
    "addCartLine": 'mutation{addCartLine(input: {cartId: "%s", offerId: "%s", expectedTotal: "1",'
    ' idempotencyKey: "%s"}){__typename}}',
    "changeCartLine": 'mutation{changeCartLine(input: {cartId: "%s", lineId: "%s", quantity: 1,'
    ' idempotencyKey: "%s"}){__typename}}',
    "removeCartLine": 'mutation{removeCartLine(input: {cartId: "%s", lineId: "%s",'
    ' idempotencyKey: "%s"}){__typename}}',
    "setCartAddress": 'mutation{setCartAddress(input: {cartId: "%s", address: {name: "n", street:'
    ' ["s"], city: "c", postalCode: "p", country: "FR"}, idempotencyKey: "%s"}){__typename}}',
    "claimCart": 'mutation{claimCart(input: {cartId: "%s", token: "t", idempotencyKey: "%s"})'
    "{__typename}}",
    "completeCheckout": 'mutation{completeCheckout(input: {cartId: "%s", payment: {method: "m"},'
    ' idempotencyKey: "%s"}){__typename}}',
    "retryPayment": 'mutation{retryPayment(input: {purchaseId: "%s", payment: {method: "m"},'
    ' idempotencyKey: "%s"}){__typename}}',
    "feedRun": '{feedRun(id: "%s"){__typename}}',
    "feedRuns": "{feedRuns{__typename}}",
    "cases": "{cases{__typename}}",
    "case": '{case(id: "%s"){__typename}}',
    "carrierAccounts": "{carrierAccounts{__typename}}",
    "setCarrierAccount": "mutation{setCarrierAccount(input: {api: GLS, secrets: [],"
    ' idempotencyKey: "%s"}){__typename}}',
    "removeCarrierAccount": "mutation{removeCarrierAccount(input: {api: GLS,"
    ' idempotencyKey: "%s"}){__typename}}',
    "trackingHealth": "{trackingHealth{parcels}}",
    "feeds": "{feeds{__typename}}",
    "listing": '{listing(market: "FR", slug: "calder-0"){__typename}}',
    "market": '{market(code: "FR"){__typename}}',
    "markets": "{markets{__typename}}",
    "node": '{node(id: "RmVlZDowMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE="){__typename}}',
    "product": '{product(slug: "calder-0"){__typename}}',
    "search": '{search(market: "FR"){__typename}}',
    "version": "{version}",
    "webhookEndpoints": "{webhookEndpoints{__typename}}",
    "webhookEndpoint": '{webhookEndpoint(id: "%s"){__typename}}',
    "webhookDeliveries": "{webhookDeliveries{__typename}}",
    "createWebhookEndpoint": 'mutation{createWebhookEndpoint(input: {url: "https://a.example/", '
    'topics: ["feed.held"], idempotencyKey: "%s"}){__typename}}',
    "updateWebhookEndpoint": 'mutation{updateWebhookEndpoint(input: {id: "%s", '
    'idempotencyKey: "%s"}){__typename}}',
    "replayWebhooks": 'mutation{replayWebhooks(input: {endpoint: "%s", ids: [], '
    'idempotencyKey: "%s"}){__typename}}',
    "deleteWebhookEndpoint": 'mutation{deleteWebhookEndpoint(input: {id: "%s", '
    'idempotencyKey: "deleteWebhookEndpoint"}){__typename}}',
    "rotateWebhookSecret": 'mutation{rotateWebhookSecret(input: {id: "%s", '
    'idempotencyKey: "rotateWebhookSecret"}){__typename}}',
    "verifyWebhookEndpoint": 'mutation{verifyWebhookEndpoint(input: {id: "%s", '
    'idempotencyKey: "verifyWebhookEndpoint"}){__typename}}',
    "refunds": '{refunds(orderLineId: "%s"){__typename}}',
    "refundPreview": '{refundPreview(orderLineId: "%s"){__typename}}',
    "refundOrderLine": 'mutation{refundOrderLine(input: {orderLineId: "%s", reason: GOODWILL,'
    ' idempotencyKey: "%s"}){__typename}}',
    "ledger": "{ledger{__typename}}",
    "statements": "{statements{__typename}}",
    "sendTestEvent": 'mutation{sendTestEvent(input: {id: "%s", '
    'idempotencyKey: "sendTestEvent"}){__typename}}',
}


def _schema(query: type, *types: type) -> strawberry.Schema:
    return served(strawberry.Schema(query=query, types=types))


def test_a_field_without_a_rule_is_refused() -> None:
    @strawberry.type
    class Thing:
        name: str = ""
        size: int = strawberry.field(default=1, metadata={"rule": PUBLIC})

    @ruled(PUBLIC)
    @strawberry.type
    class Query:
        @strawberry.field
        def thing(self) -> Thing:
            return Thing()

        @strawberry.field(metadata={"rule": PUBLIC})
        def other(self) -> Thing:
            return Thing()

    with pytest.raises(Unruled) as refused:
        _schema(Query)

    assert str(refused.value) == "say who may ask for Query.thing, Thing.name"


@pytest.mark.parametrize("given", [None, (), [], True, "public"], ids=repr)
def test_what_is_no_rule_does_not_pass_for_one(given: Any) -> None:
    @strawberry.type
    class Query:
        @strawberry.field(metadata={"rule": given})
        def thing(self) -> int:
            return 1

    with pytest.raises(Unruled, match=r"Query\.thing"):
        _schema(Query)


def test_a_type_does_not_take_the_rule_of_what_it_is_made_from() -> None:
    @strawberry.type
    class Secret(Node):
        word: str = ""

    @strawberry.type
    class Query:
        @strawberry.field(metadata={"rule": PUBLIC})
        def version(self) -> int:
            return 1

    with pytest.raises(Unruled, match=r"Secret\.id, Secret\.word"):
        _schema(Query, Secret)


EMPTY = {
    "all of none": AllOf(()),
    "any of none": AnyOf(()),
    "staff of no role": Staff(frozenset()),
    "public and nobody": AllOf((PUBLIC, AnyOf(()))),
    "a field that has no rule": next(iter(needed([("Query", "unheardOf")], RULES))),
}


@pytest.mark.parametrize("rule", EMPTY.values(), ids=EMPTY)
def test_an_empty_rule_refuses(rule: Rule) -> None:
    admin = caller(CallerKind.STAFF, roles=["STAFF_ADMIN"])
    for each in (*CALLERS.values(), admin):
        assert rule.refusal(each) is not None
        assert refusals([rule], each)


@pytest.mark.parametrize(
    ("rule", "opens"),
    [
        pytest.param(PUBLIC, set(CALLERS), id="public"),
        pytest.param(SIGNED_IN, set(CALLERS) - {"anonymous"}, id="signed in"),
        pytest.param(OWN, set(CALLERS) - {"anonymous"}, id="own"),
        pytest.param(
            Scope("feeds:read"), {"merchant feeds:read", "organisation feeds:read"}, id="scope"
        ),
        pytest.param(STAFF, {"staff"}, id="staff"),
        pytest.param(Staff(frozenset({"LAB"})), set(), id="staff of another role"),
        pytest.param(AnyOf((STAFF, Scope("x:y"))), {"staff"}, id="any"),
        pytest.param(AllOf((STAFF, SIGNED_IN)), {"staff"}, id="all"),
        pytest.param(AllOf((STAFF, Scope("feeds:read"))), set(), id="all of two that exclude"),
    ],
)
def test_a_rule_opens_to_those_it_names_alone(rule: Rule, opens: set[str]) -> None:
    assert {name for name, each in CALLERS.items() if rule.refusal(each) is None} == opens


def test_staff_act_by_role_and_in_their_markets() -> None:
    rule = Staff(frozenset({"COUNTRY_TEAM"}), "FR")
    who = caller(CallerKind.STAFF, roles=["COUNTRY_TEAM"])

    def in_markets(*markets: str) -> Caller:
        return Caller(
            kind=who.kind, user_id=who.user_id, roles=who.roles, markets=frozenset(markets)
        )

    assert rule.refusal(who) is None
    assert rule.refusal(in_markets("DE", "FR")) is None
    for markets in ((), ("DE",)):
        refused = rule.refusal(in_markets(*markets))
        assert refused is not None
        assert refused.reason == "MARKET_NOT_GRANTED"
    assert rule.refusal(caller(CallerKind.STAFF, roles=["STAFF_ADMIN"])) is None


def test_a_refusal_says_what_is_lacking() -> None:
    rule = Scope("feeds:read")

    first, second = rule.refusal(ANONYMOUS), rule.refusal(CALLERS["merchant feeds:write"])

    assert first is not None
    assert first.extensions() == {"code": "UNAUTHENTICATED"}
    assert second is not None
    assert second.extensions() == {
        "code": "FORBIDDEN",
        "reason": "SCOPE_NOT_GRANTED",
        "scope": "feeds:read",
    }


async def test_every_root_field_as_every_role(db: None) -> None:
    """The rule refuses exactly where the use case behind the field would."""
    with at_home():
        await _ask_everything_as_everybody()


async def _ask_everything_as_everybody() -> None:
    assert set(ASK) == {name for _, name in ROOTS}
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(id=CALLERS["merchant"].merchant_id)
    await Account.create(
        id=CALLERS["customer"].user_id,
        kind="CUSTOMER",
        roles=["CUSTOMER"],
        issuer="https://a",
        subject="c",
    )
    await shop.sell(owner, [line(item, "A")])
    for root, name in ROOTS:
        for who, given in CALLERS.items():
            if who.startswith("organisation"):
                continue  # no use case is for organisations yet: the second wall refuses them
            await execute("DELETE FROM sign_in_failure")  # all ask from one place
            await execute("DELETE FROM sign_in_code")
            query = ASK[name].replace("%s", str(factories.some_id())).replace("GTIN", item.gtin)
            body = await answer(query, None if given is ANONYMOUS else given)
            said = [e["extensions"]["code"] for e in body.get("errors", ())]
            expected = RULES[root, name].refusal(given)
            if name == "node":  # asks for a feed: its fields have the rule
                expected = RULES["Feed", "id"].refusal(given)
            assert said == ([] if expected is None else [expected.code]), (name, who)


async def test_an_organisation_is_refused_by_the_use_case_where_the_rule_lets_it_pass(
    db: None,
) -> None:
    for name in ("feeds", "feedRuns"):
        found = await refusal(ASK[name], CALLERS["organisation feeds:read"])
        assert found["code"] == "UNAUTHENTICATED"


def test_public_schema_has_no_cost_margin_or_exact_stock() -> None:
    public = {f"{shape}.{name}" for (shape, name), rule in RULES.items() if rule == PUBLIC}

    told = {name for name in public if any(word in name.lower() for word in SECRET)}

    assert told == {"Viewer.email"}, "one's own address, told to nobody else"
    assert SCHEMA.type_map["AvailabilityBand"].values.keys() == {"NONE", "FEW", "MANY"}
    assert "HIDDEN" in OfferVisibility.__members__  # never shown: see the tests of listings


def test_nothing_private_is_reached_from_a_public_field_but_by_node() -> None:
    """What anybody may select leads to public fields only."""
    for (shape, name), rule in RULES.items():
        field = SCHEMA.type_map[shape].fields[name]  # type: ignore[attr-defined]
        kind = str(field.type).strip("[]!")
        if rule != PUBLIC or shape.endswith("Edge"):
            continue
        inner = {each for (of, _), each in RULES.items() if of == kind}
        assert inner <= {PUBLIC}, f"{shape}.{name}"


def test_the_matrix_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == matrix(SCHEMA)


async def test_a_feed_id_alone_opens_nothing(db: None) -> None:
    """Every type with an id of a merchant's, at every door, for everybody else."""
    one, two = await factories.merchant("one"), await factories.merchant("two")
    feed = await factories.feed(one)
    run = await factories.queued(feed)
    doors = {
        "node": "query($id: ID!){found: node(id: $id){id}}",
        "feedRun": "query($id: ID!){found: feedRun(id: $id){id state lines{edges{cursor}}}}",
    }
    given = {"Feed": feed.id, "FeedRun": run.id}
    strangers = (None, key_of(two, *SCOPES), key_of(one), key_of(one, "offers:read"))
    for kind, row in given.items():
        wanted = schema_id(kind, row)
        for name, door in doors.items():
            if (kind, name) == ("Feed", "feedRun"):
                continue
            for stranger in strangers:
                body = await answer(door, stranger, id=wanted)
                assert (body.get("data") or {"found": None})["found"] is None, (kind, name)
            assert (await data(door, key_of(one, *SCOPES), id=wanted))["found"]["id"] == wanted


async def test_node_checks_the_type_of_its_row(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    await shop.sell(owner, [line(item, "A")])
    feed = await factories.feed(owner, name="more")
    rows = {
        "Product": item.product_id, "Variant": item.variant_id, "Feed": feed.id,
        "FeedRun": (await factories.queued(feed)).id, "Offer": await shop.offer_id("A"),
    }  # fmt: skip
    caller_ = key_of(owner, *SCOPES)

    for kind in (*rows, "Market"):
        for other, row in rows.items():
            found = await data("query($id: ID!){node(id: $id){__typename}}", caller_,
                               id=schema_id(kind, row))  # fmt: skip
            assert found == {"node": {"__typename": kind} if kind == other else None}


def schema_id(kind: str, row: Any) -> str:
    from schema.common import global_id

    return str(global_id(kind, row))


def test_the_rule_for_nobody_is_not_given_to_any_field() -> None:
    assert NOBODY not in set(RULES.values())
