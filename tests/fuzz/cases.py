"""Generated documents for every root field, sent as each role, and what must hold of the answers.

Shapes: the generator reads `schema/schema.graphql`, so a new field is fuzzed as soon as the
snapshot has it. Half of the documents are steered: their markets, slugs, ids and sizes are ones
that exist, so that the use cases behind them run.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from graphql import (
    FieldNode,
    GraphQLScalarType,
    build_schema,
    is_specified_scalar_type,
    parse,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from tortoise.transactions import in_transaction

from boucle.asgi import create_app
from boucle.edge.answers import Code
from tests.boucle.edge import client_of
from tests.boucle.edge import settings as app_settings
from tests.fuzz.roles import HEADERS, Role
from tests.schema import shop
from tests.schema.known import Known
from tests.schema.known import known as known_values

SNAPSHOT = Path(__file__).parents[2] / "schema" / "schema.graphql"
SCHEMA = build_schema(SNAPSHOT.read_text(encoding="utf-8"))
ROOTS = [("Query", name) for name in SCHEMA.query_type.fields] + [
    ("Mutation", name) for name in (SCHEMA.mutation_type.fields if SCHEMA.mutation_type else ())
]
CASES = {role: [pytest.param(role, *root, id=root[1]) for root in ROOTS] for role in Role}
FOR_PERSONS = {"createApiKey", "rotateApiKey", "revokeApiKey", "apiKeys"}
FAULTS = {Code.INTERNAL_SERVER_ERROR, Code.UNAVAILABLE, Code.GRAPHQL_PARSE_FAILED}
TEXT = r'"(?:[^"\\]|\\.)*"'
SCALARS = {
    "Decimal": st.decimals().map(str).map(nodes.String),
    "Date": st.dates().map(str).map(nodes.String),
    "Time": st.times().map(str).map(nodes.String),
    "DateTime": st.datetimes().map(str).map(nodes.String),
    "JSON": st.text().map(nodes.String),
}
for _name, _strategy in SCALARS.items():
    schemathesis.graphql.scalar(_name, _strategy)
GENERATED = schemathesis.graphql.from_path(SNAPSHOT)


def scalars_without_strategy() -> list[str]:
    """The scalars of the snapshot whose fields the generator would leave out."""
    return [
        kind.name
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLScalarType)
        and not is_specified_scalar_type(kind)
        and kind.name not in SCALARS
    ]


def steered(document: str, known: Known, number: int) -> str:
    """The document with values that exist in place of generated ones."""
    for name, values in known.items():
        value = f'"{values[number % len(values)]}"'
        document = re.sub(rf"\b{name}: (?:{TEXT}|-?\d+)", f"{name}: {value}", document)
    document = re.sub(r"\bafter: (?:\"\"|" + TEXT + ")", "after: null", document)
    return re.sub(r"\bfirst: -?\d+", f"first: {1 + number % 100}", document)


@dataclass(slots=True)
class Asking:
    """A shop, the client of its server, and the headers of a role."""

    client: httpx.AsyncClient
    known: Known
    headers: dict[str, str] = field(default_factory=dict)

    async def asked(self, document: str, number: int | None) -> tuple[str, httpx.Response]:
        """Send a document; what it wrote is undone."""
        if number is not None:
            document = steered(document, self.known, number)
        async with in_transaction() as transaction:
            response = await self.client.post(
                "/graphql", json={"query": document}, headers=self.headers
            )
            await transaction.rollback()
        return document, response


async def shops(database_url: str) -> AsyncGenerator[Asking]:
    """A small shop inside one transaction, for the tests of a module."""
    async with in_transaction() as transaction:
        await shop.many(5)
        async with client_of(create_app(app_settings(database_url))) as client:
            yield Asking(client, await known_values())
        await transaction.rollback()


async def as_role(asking: Asking, role: Role) -> Asking:
    """The same shop, asked by the role."""
    return Asking(asking.client, asking.known, await HEADERS[role]())


def examples(number: int) -> Any:
    """How many documents a test draws, and no more than it needs of hypothesis."""
    return settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def documents(root: str, name: str) -> st.SearchStrategy[tuple[str, int | None]]:
    """Documents of one root field, half of them with a number to steer them by."""
    bodies = GENERATED[root][name].as_strategy().map(lambda case: str(case.body))
    return st.tuples(bodies, st.none() | st.integers(0, 1000))


def fuzzed_as(role: Role, many: settings) -> Any:
    """A test of every root field as a role: `caller` is a fixture of its module.

    One for each role, as hypothesis nests its settings with each case of a test.
    """

    @pytest.mark.parametrize(("role", "root", "name"), CASES[role])
    @pytest.mark.timeout(120 + many.max_examples)
    @many
    @given(data=st.data())
    async def test(caller: Asking, role: Role, root: str, name: str, data: st.DataObject) -> None:
        await fuzzed(caller, root, name, data)

    return test


async def fuzzed(asking: Asking, root: str, name: str, data: st.DataObject) -> None:
    """Draw one document, send it, check the answer."""
    document, number = data.draw(documents(root, name))
    document, response = await asking.asked(document, number)
    check(document, response, name, signed_in=bool(asking.headers))


def check(document: str, response: httpx.Response, name: str, *, signed_in: bool) -> None:
    """The field was asked for, and its answer is data or an error that is no fault of ours."""
    told = response.json()
    (operation,) = parse(document).definitions
    asked = {n.name.value for n in operation.selection_set.selections if isinstance(n, FieldNode)}
    assert name in asked, document
    assert response.status_code in {200, 400, 401, 403}, (document, told)
    codes = {error["extensions"]["code"] for error in told.get("errors", ())}
    assert codes <= set(Code) - FAULTS, (document, told)
    behind = {e["extensions"]["code"] for e in told.get("errors", ()) if "path" in e}
    assert not signed_in or name in FOR_PERSONS or Code.UNAUTHENTICATED not in behind, told
    assert told.get("errors") or told.get("data"), (document, told)
