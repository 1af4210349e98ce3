"""Every field says who may ask for it, and what it says is what the server does."""

from pathlib import Path
from typing import Any

import pytest
import strawberry

from boucle.graphql.reference import graphql_schema
from boucle.matrix import caller, matrix, named
from domain.accounts.roles import CallerKind, Role, scopes_of
from domain.offers.visibility import OfferVisibility
from models.accounts import Account, Organisation
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
from tests.schema.asks import ASK

SCHEMA = graphql_schema(schema)
RULES = rules_of(SCHEMA)
SNAPSHOT = Path(__file__).parents[2] / "schema" / "rules.txt"
SECRET = (
    *("cost", "margin", "merit", "terms", "quality", "quantity", "effective", "stock", "vat"),
    *("sku", "email", "phone", "contact", "address", "secret", "hash", "url", "minprice"),
)
ROOTS = sorted(field for field in RULES if field[0] in {"Query", "Mutation"})
PARTS = 6  # one test for all would outlast the clock of a slow machine
SCOPES, _ = named(RULES.values())
CALLERS = {
    f"{kind.value.lower()} {scope}".strip(): caller(kind, [scope] if scope else [])
    for kind in CallerKind
    for scope in ("", *sorted(SCOPES))
    if not scope or kind in {CallerKind.MERCHANT, CallerKind.ORGANISATION}
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


def test_every_root_field_has_an_ask() -> None:
    assert set(ASK) == {name for _, name in ROOTS}


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_root_field_as_every_role(db: None, part: int) -> None:
    """The rule refuses exactly where the use case behind the field would."""
    with at_home():
        await _ask_as_everybody(ROOTS[part::PARTS])


async def _ask_as_everybody(fields: list[tuple[str, str]]) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(id=CALLERS["merchant"].merchant_id)
    await Account.create(
        id=CALLERS["customer"].user_id,
        kind="CUSTOMER",
        roles=["CUSTOMER"],
        issuer="https://a",
        subject="c",
    )
    company = CALLERS["organisation"].organisation_id
    await Organisation.create(id=company, slug="o", name="O", country="FR")
    await shop.sell(owner, [line(item, "A")])
    wrong = []
    for root, name in fields:
        for who, given in CALLERS.items():
            organisation = given.kind is CallerKind.ORGANISATION
            if organisation and not _of_organisations(RULES[root, name], given):
                continue
            await execute("DELETE FROM sign_in_failure")  # all ask from one place
            await execute("DELETE FROM sign_in_code")
            query = ASK[name].replace("%s", str(factories.some_id())).replace("GTIN", item.gtin)
            body = await answer(query, None if given is ANONYMOUS else given)
            said = [e["extensions"]["code"] for e in body.get("errors", ())]
            expected = RULES[root, name].refusal(given)
            if name == "node":  # asks for a feed: its fields have the rule
                expected = RULES["Feed", "id"].refusal(given)
            if said != ([] if expected is None else [expected.code]):
                wrong.append((name, who, said, expected, body.get("errors")))
    assert not wrong, "\n".join(map(repr, wrong))


def _of_organisations(rule: Rule, given: Caller) -> bool:
    """Whether an organisation could hold what it shows, and its use case is not one of merchants.

    A key of an organisation never holds `feeds:read`; where it would, the second wall refuses.
    """
    shared = named([rule])[0] & scopes_of([Role.ORG_ADMIN])
    return given.scopes <= scopes_of([Role.ORG_ADMIN]) and bool(shared)


async def test_an_organisation_is_refused_by_the_use_case_where_the_rule_lets_it_pass(
    db: None,
) -> None:
    for name in ("feeds", "feedRuns"):
        found = await refusal(ASK[name], CALLERS["organisation feeds:read"])
        assert found["code"] == "UNAUTHENTICATED"


def test_public_schema_has_no_cost_margin_or_exact_stock() -> None:
    public = {f"{shape}.{name}" for (shape, name), rule in RULES.items() if rule == PUBLIC}

    told = {name for name in public if any(word in name.lower() for word in SECRET)}

    by_law = {"Trader.email", "Trader.phone"}  # Regulation (EU) 2022/2065 art. 30(7)
    formula = {f"RankingDisclosure.{name}" for name in ("quality", "lowestMerit", "highestMerit")}
    assert told == {"Viewer.email"} | by_law | formula, "one's own address; no offer's own merit"
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
