"""Every root field that takes an id, asked by those whose the object is not.

The fields are found in the schema: one that is added with an id and without a row of `samples.py`
fails here. What is not yours is `null`, a refusal, or an error of a closed list, and nothing
changes by it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    ListValueNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
)
from graphql.language import ArgumentNode

from boucle.edge.body import Asked
from boucle.edge.subscriptions import NotStarted, OnSchema, subscribe
from domain.accounts.roles import MERCHANT_SCOPES, ORGANISATION_SCOPES, CallerKind, Role, scopes_of
from integrations.bus import MemoryBus
from models.base import execute, fetch, fetchval
from models.units.attachments import Owner
from resolvers.context import Caller, Context, Refused
from schema.common import global_id
from schema.root import schema
from schema.rules import rules_of
from tests import factories, fleets, handover, orders, supply, trade_ins
from tests.identity import at_home
from tests.schema import asking
from tests.schema.asking import OPERATIONS, Json, answer, key_of
from tests.schema.asks import ASK
from tests.schema.samples import PUBLIC, ROWS, SAMPLES
from tests.tenants import Company, Shop, full_company, shop

CORE = schema._schema
ROOTS = (CORE.query_type, CORE.mutation_type, CORE.subscription_type)
FIELDS = {name: field for root in ROOTS if root for name, field in root.fields.items()}
CODES = {"UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "QUERY_TOO_COMPLEX"}
SAVED = {"market": "FR", "category": "smartphone", "grade": "FUNCTIONAL_GOOD"} | {
    "questionnaire": "smartphone:*:1", "answers": [], "name": "mine",
}  # fmt: skip
WRITTEN_ANYWAY = {"once", "sign_in_failure", "sign_in_code", "event_interest", "signing_key"}
"""What a caller writes of its own: its keys of idempotency, its failures, what it listens to."""
FOR_STAFF = {"apiKeys", "apiUsage", "auditLog"}
"""Staff name whose these are; others are told of their own, whomever they name."""


def ids_in(arguments: Any, path: str = "") -> Iterator[str]:
    """The arguments that are ids, directly or inside inputs."""
    for name, each in arguments.items():
        here, kind = f"{path}{name}", get_named_type(each.type)
        if kind.name == "ID":
            yield here
        if isinstance(kind, GraphQLInputObjectType) and here.count(".") < 3:
            yield from ids_in(kind.fields, f"{here}.")


TAKING = {name: sorted(ids_in(field.args)) for name, field in FIELDS.items()}
ASKED = sorted(name for name, paths in TAKING.items() if paths)


def test_every_root_field_that_takes_an_id_has_a_sample_of_each() -> None:
    found = {name: TAKING[name] for name in ASKED}

    assert found == {name: sorted(paths) for name, paths in SAMPLES.items()}


def _value(kind: Any, text: str) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type, text)
    if isinstance(kind, GraphQLList):
        return ListValueNode(values=(_value(kind.of_type, text),))
    return StringValueNode(value=text)


def _put(holder: Any, kinds: Any, path: list[str], text: str) -> Any:
    """A field or an object with a value at a path, where its document has the way to it."""
    name, *rest = path
    of_field = isinstance(holder, FieldNode)
    listed = list((holder.arguments if of_field else holder.fields) or ())
    at = next((n for n, each in enumerate(listed) if each.name.value == name), None)
    if at is None:
        shape = ArgumentNode if of_field else ObjectFieldNode
        value = _value(kinds[name].type, text) if not rest else ObjectValueNode(fields=())
        if rest:
            value = _put(value, get_named_type(kinds[name].type).fields, rest, text)
        listed.append(shape(name=NameNode(value=name), value=value))
    elif not rest:
        listed[at] = replace(listed[at], value=_value(kinds[name].type, text))
    else:
        inside, fields = listed[at].value, get_named_type(kinds[name].type).fields
        listed[at] = replace(listed[at], value=_inside(inside, fields, rest, text))
    return replace(holder, **{"arguments" if of_field else "fields": tuple(listed)})


def _inside(value: Any, kinds: Any, path: list[str], text: str) -> Any:
    if isinstance(value, ListValueNode):
        inner = tuple(_inside(each, kinds, path, text) for each in value.values)
        return replace(value, values=inner)
    return _put(value, kinds, path, text) if isinstance(value, ObjectValueNode) else value


_REFUSED = "{ __typename ... on Problem { code } }"


def _selection(kind: Any) -> str:
    """What shows whether something came: codes of refusals, items of pages and of lists."""
    kind = get_named_type(kind)
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLUnionType):
        listing = [
            f"... on {each.name} {_selection(each)}"
            for each in kind.types
            if any(_lists_answers(field.type) for field in each.fields.values())
        ]
        return f"{{ __typename ... on Problem {{ code }} {' '.join(listing)} }}"
    if isinstance(kind, GraphQLInterfaceType):
        return "{ __typename }"
    assert isinstance(kind, GraphQLObjectType)
    if "edges" in kind.fields:
        return "{ __typename edges { cursor } }"
    items = [name for name, each in kind.fields.items() if _lists_answers(each.type)]
    return f"{{ __typename {' '.join(f'{name} {_REFUSED}' for name in items)} }}"


def _lists_answers(kind: Any) -> bool:
    return "[" in str(kind) and isinstance(get_named_type(kind), GraphQLUnionType)


def document(name: str, ids: dict[str, str], key: str) -> str:
    """The document of a field with these ids in it."""
    if name in ASK:
        text = ASK[name].replace("%s", key).replace("GTIN", factories.gtin(0))
    else:
        required = ", ".join(f'{path}: "x"' for path in SAMPLES[name] if "." not in path)
        text = f"subscription {{ {name}({required}) {{ __typename }} }}"
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    field = operation.selection_set.selections[0]
    for path, kind in SAMPLES[name].items():
        if kind in ids:
            field = _put(field, FIELDS[name].args, path.split("."), ids[kind])
    bare = print_ast(replace(field, selection_set=None))
    return f"{operation.operation.value} {{ {bare} {_selection(FIELDS[name].type)} }}"


@pytest.fixture(autouse=True)
def home() -> Iterator[None]:
    with at_home():
        yield


class World:
    """Whose the objects are, who the strangers are, and the ids that they try."""

    def __init__(self, own: Shop, other: Shop, company: Company, victim: Company) -> None:
        self.own, self.other, self.company, self.victim = own, other, company, victim
        self.ids: dict[str, str] = {}
        self.buyer = UUID(int=0)
        self.customer = Caller()

    def strangers(self) -> dict[str, Caller]:
        """Everybody who owns none of it, with all the rights that one may have."""
        return {
            "another merchant's key": key_of(self.own.merchant, *MERCHANT_SCOPES),
            "another merchant": Caller(
                kind=CallerKind.MERCHANT,
                merchant_id=self.own.id,
                user_id=factories.some_id(),
                session_id=factories.some_id(),
                roles=frozenset({Role.MERCHANT_OWNER}),
                scopes=scopes_of([Role.MERCHANT_OWNER]),
            ),
            "another company's key": self.company.key,
            "another company's administrator": self.company.admin,
            "another customer": self.customer,
            "a visitor": Caller(),
        }

    def owners(self) -> list[Caller]:
        return [
            key_of(self.other.merchant, *MERCHANT_SCOPES),
            self.victim.admin,
            Caller(kind=CallerKind.CUSTOMER, user_id=self.buyer),
        ]


@pytest.fixture
async def world(db: None, tmp_path: Path) -> World:
    items = await factories.world(1, 2)
    own, other = await shop("amber", items, tmp_path), await shop("birch", items, tmp_path)
    company, victim = await full_company("cobalt", items[0]), await full_company("dune", items[0])
    made = World(own, other, company, victim)
    made.customer = Caller(
        kind=CallerKind.CUSTOMER,
        user_id=await orders.customer("nobody@example.com"),
        session_id=factories.some_id(),
    )
    made.buyer = await fetchval("SELECT customer_id FROM orders WHERE merchant_id = $1", other.id)
    times = {"created_at": factories.NOW}
    cart = {"id": factories.some_id(), "customer_id": made.buyer, "market": "FR", "country": "FR"}
    await orders.insert("cart", **cart, language="en", version=1, updated_at=factories.NOW, **times)
    sold = "SELECT id, variant_id FROM offer WHERE merchant_id = $1 LIMIT 1"
    [offer] = await fetch(sold, other.id)
    line = {"cart_id": cart["id"], "offer_id": offer["id"], "variant_id": offer["variant_id"]}
    more = {"quantity": 1, "expected_minor": 1}
    await orders.insert("cart_line", id=factories.some_id(), **line, **more, **times)
    await _parts_with_devices(made, items[0])
    for kind, (sql, owner) in ROWS.items():
        row = await fetchval(sql, {"m": other.id, "o": victim.id, "c": made.buyer}.get(owner))
        made.ids[kind] = str(row if kind == "Event" else global_id(kind.split(" of ")[0], row))
        assert row is not None, kind
    return made


async def _parts_with_devices(made: World, item: factories.Item) -> None:
    """A lot of the company that the other merchant won; what its customer sends in and saved."""
    victim, merchant, times = made.victim.organisation, made.other.merchant, factories.NOW
    await fleets.fleet(victim.id, 1)
    sold = await handover.contracted(merchant, item, victim, devices=1)
    await supply.handed_over(sold.lot_id, organisation_id=victim.id, merchant_id=merchant.id)
    bid = {"id": factories.some_id(), "lot_id": sold.lot_id, "merchant_id": merchant.id}
    more = {"version": 1, "state": "WON", "commitment": b"", "amount_minor": 1}
    await orders.insert("lot_bid", **bid, **more, submitted_at=times, opened_at=times)
    await execute("UPDATE lot SET awarded_bid_id = $2 WHERE id = $1", sold.lot_id, bid["id"])
    await trade_ins.rows(merchant.id, made.buyer, item, 1)
    saved = {"id": factories.some_id(), "customer_id": made.buyer, "variant_id": item.variant_id}
    await orders.insert("trade_in_saved_device", **saved, **SAVED, created_at=times)
    await trade_ins.photo(Owner(customer_id=made.buyer))


async def _changes() -> dict[str, int]:
    """How many rows of each table the transaction has written, those undone too."""
    rows = await fetch(
        "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_xact_user_tables"
    )
    return {row["relname"]: row["n"] for row in rows if row["relname"] not in WRITTEN_ANYWAY}


def _told(name: str, body: Json) -> object:
    """What came through to a stranger; None where nothing did."""
    if "errors" in body:
        codes = {error["extensions"]["code"] for error in body["errors"]}
        return None if codes <= CODES else codes
    found = body["data"][name]
    if isinstance(found, list):
        return next((each for each in found if not _is_refusal(each)), None)
    if found is None or found.get("edges") == [] or _is_refusal(found):
        return None
    answers = [each for each in found.values() if isinstance(each, list)]
    if answers and all(_is_refusal(item) for each in answers for item in each):
        return None
    return found


def _is_refusal(found: Any) -> bool:
    return isinstance(found, dict) and "code" in found


def _open_to_all(name: str) -> bool:
    return set(SAMPLES[name].values()) == {PUBLIC}


HIDDEN = [name for name in ASKED if not _open_to_all(name)]
NOT_FOLLOWED = [name for name in HIDDEN if name not in (CORE.subscription_type.fields)]
FOLLOWED = [name for name in HIDDEN if name not in NOT_FOLLOWED]


async def test_no_stranger_learns_or_changes_anything_by_an_id(world: World) -> None:
    leaks = []
    for name in NOT_FOLLOWED:
        for who, caller in world.strangers().items():
            before = await _changes()
            text = document(name, world.ids, f"{name} {who}".replace("'", ""))
            body = await answer(text, caller)
            if name in FOR_STAFF:
                nobody = {kind: str(factories.some_id()) for kind in world.ids}
                own = await answer(document(name, nobody, "own"), caller)
                body = {"data": {name: None}} if own == body or "errors" in body else body
            if (found := _told(name, body)) is not None:
                leaks.append((name, who, found))
            if (after := await _changes()) != before:
                changed = {t for t in after if after[t] != before.get(t, 0)}
                leaks.append((name, who, changed))

    assert not leaks, "\n".join(map(repr, leaks))


async def test_the_samples_are_there_for_whose_they_are(world: World) -> None:
    """Else it would be no wonder that strangers find nothing.

    An owner may be refused for another reason, such as an invoice that is not ready; it is told
    other things than about what is not there.
    """
    assert CORE.query_type is not None
    unlawful = {"checkoutPreview", "merchantQuality"}  # of no rules of taxes; named by staff alone
    unfound, nothing = [], dict(world.ids)
    for kind in nothing:
        row = factories.some_id()
        nothing[kind] = str(row if kind == "Event" else global_id(kind.split(" of ")[0], row))
    for name in sorted(set(HIDDEN) & set(CORE.query_type.fields) - FOR_STAFF - unlawful):
        text, of_nothing = document(name, world.ids, name), document(name, nothing, name)
        for owner in world.owners():
            body = await answer(text, owner)
            if _told(name, body) or ("data" in body and body != await answer(of_nothing, owner)):
                break
        else:
            unfound.append(name)

    assert not unfound


async def test_no_stranger_follows_what_is_not_its_own(world: World) -> None:
    """A subscription is refused, or it tells nothing."""
    served = OnSchema(OPERATIONS)
    for name in FOLLOWED:
        text = document(name, world.ids, name)
        for who, caller in world.strangers().items():
            assert await _first(served, text, caller) in (None, {name: None}), (name, who)


async def _first(served: OnSchema, text: str, caller: Caller) -> Json | None:
    """The data of the first event; None where it is refused, or nothing is told at first."""

    async def identify() -> Caller:
        return caller

    def prepare(context: Context) -> Context:
        context.bus = MemoryBus()
        return context

    try:
        async with asking.served():
            operation = await served.ready(Asked(text, None, {}, None), caller, None)
            stream = await subscribe(served, operation, identify, prepare)
            async with aclosing(stream) as events:
                waiting = asyncio.create_task(anext(events))
                await asyncio.wait([waiting], timeout=0.2)
                if not waiting.done():
                    waiting.cancel()
                    await asyncio.wait([waiting])
                    return None
                body: Json = (await waiting).body
                return None if "errors" in body else body["data"]
    except (NotStarted, Refused, StopAsyncIteration):
        return None


def _writes(rule: object) -> bool:
    return any(f"{area}:write" in str(rule) for area in ("fleets", "lots", "purchases", "members",
               "webhooks", "keys", "approvals", "finance"))  # fmt: skip


async def test_an_auditor_is_refused_by_every_mutation_of_organisations(world: World) -> None:
    """Generated from the schema: a mutation whose rule a writing scope opens is closed to it."""
    rules = rules_of(CORE)
    tried = 0
    for (root, name), rule in sorted(rules.items()):
        if root != "Mutation" or not _writes(rule):
            continue
        tried += 1
        before = await _changes()
        refusal = rule.refusal(world.victim.auditor)
        body = await answer(document(name, world.ids, name) if name in SAMPLES else _plain(name),
                            world.victim.auditor)  # fmt: skip
        assert refusal is not None, name
        assert {e["extensions"]["code"] for e in body["errors"]} <= {
            "FORBIDDEN",
            "UNAUTHENTICATED",
        }, name
        assert await _changes() == before, name

    assert tried >= 15


def _plain(name: str) -> str:
    return ASK[name].replace("%s", "auditor").replace("GTIN", factories.gtin(0))


def test_an_auditor_holds_no_scope_that_writes() -> None:
    held = scopes_of([Role.ORG_AUDITOR])

    assert {scope for scope in held if not scope.endswith(":read")} == set()
    assert held == {scope for scope in ORGANISATION_SCOPES if scope.endswith(":read")}
