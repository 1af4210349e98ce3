"""Generated documents for every root field: each is answered, and none finds a fault of ours.

Shapes: the generator reads `schema/schema.graphql`, so a new field is fuzzed as soon as the
snapshot has it. Half of the documents are steered: their markets, slugs, ids and sizes are ones
that exist, so that the use cases behind them run. FUZZ_EXAMPLES sets how many documents each field
gets.
"""

import os
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import schemathesis
from graphql import build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes
from tortoise.transactions import in_transaction

from boucle.asgi import create_app
from boucle.edge.answers import Code
from models.base import fetchval
from models.merchants import Merchant
from schema.common import global_id
from tests import factories
from tests.boucle.edge import client_of, key
from tests.boucle.edge import settings as app_settings
from tests.schema import shop

SNAPSHOT = Path(__file__).parents[2] / "schema" / "schema.graphql"
SCHEMA = build_schema(SNAPSHOT.read_text(encoding="utf-8"))
ROOTS = [("Query", name) for name in SCHEMA.query_type.fields] + [
    ("Mutation", name) for name in (SCHEMA.mutation_type.fields if SCHEMA.mutation_type else ())
]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))
SCOPES = ("feeds:read", "feeds:write", "offers:read")
FAULTS = {Code.INTERNAL_SERVER_ERROR, Code.UNAVAILABLE, Code.GRAPHQL_PARSE_FAILED}
TEXT = r'"(?:[^"\\]|\\.)*"'

schemathesis.graphql.scalar("Decimal", st.decimals().map(str).map(nodes.String))
schemathesis.graphql.scalar("Date", st.dates().map(str).map(nodes.String))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(str).map(nodes.String))
schemathesis.graphql.scalar("JSON", st.text().map(nodes.String))
GENERATED = schemathesis.graphql.from_path(SNAPSHOT)


@pytest.fixture
async def client(db: None, database_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    """The whole application over a small shop, and the key of one of its merchants."""
    await shop.many(5)
    owner = await Merchant.get(slug="amber")
    text, _ = await key(owner.id, *SCOPES)
    async with client_of(create_app(app_settings(database_url))) as asking:
        asking.headers["Authorization"] = f"Bearer {text}"
        yield asking


@pytest.fixture
async def known(client: httpx.AsyncClient) -> dict[str, list[str]]:
    """Values of arguments that exist."""
    run = await fetchval("SELECT run_id FROM feed_line ORDER BY run_id LIMIT 1")
    offer = await fetchval("SELECT offer_id FROM offer_market ORDER BY offer_id LIMIT 1")
    variant = await fetchval("SELECT id FROM variant ORDER BY id LIMIT 1")
    feed_id = await fetchval("SELECT feed_id FROM feed_run WHERE id = $1", run)
    feed = str(global_id("Feed", feed_id))
    ids = [feed, str(global_id("FeedRun", run)), str(global_id("Offer", offer)),
           str(global_id("Variant", variant))]  # fmt: skip
    return {
        "market": ["FR", "DE", "GB"], "code": ["FR"], "slug": ["calder-0", "calder-1-black"],
        "key": ["color"],
        "gtin": [factories.gtin(0), factories.gtin(1)], "locale": ["en", "fr"],
        "term": ["calder", "caldr c", "c1 noir", "calder | & !"], "id": ids, "offerId": ids,
        "variantId": ids, "runId": ids, "brand": ["calder"], "category": ["smartphone"],
        "idempotencyKey": ["a", "b"], "feed": [feed],
    }  # fmt: skip


def steered(document: str, known: dict[str, list[str]], number: int) -> str:
    """The document with values that exist in place of generated ones."""
    for name, values in known.items():
        value = f'"{values[number % len(values)]}"'
        document = re.sub(rf"\b{name}: (?:{TEXT}|-?\d+)", f"{name}: {value}", document)
    document = re.sub(r"\bafter: (?:\"\"|" + TEXT + ")", "after: null", document)
    return re.sub(r"\bfirst: -?\d+", f"first: {1 + number % 100}", document)


@pytest.mark.parametrize(("root", "field"), ROOTS, ids=lambda name: name)
@settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data(), number=st.none() | st.integers(0, 1000))
async def test_every_document_is_answered_without_a_fault(
    client: httpx.AsyncClient,
    known: dict[str, list[str]],
    root: str,
    field: str,
    data: st.DataObject,
    number: int | None,
) -> None:
    document = data.draw(GENERATED[root][field].as_strategy()).body
    if number is not None:
        document = steered(document, known, number)
    async with in_transaction() as transaction:
        response = await client.post("/graphql", json={"query": document})
        await transaction.rollback()
    check(document, response)


async def test_a_steered_document_reaches_the_use_case(
    client: httpx.AsyncClient, known: dict[str, list[str]]
) -> None:
    generated = (
        '{listing(market: "\\u0001x" slug: "", gtin: null)'
        '{offers(first: -3 after: ""){edges{cursor}}}}'
    )

    response = await client.post("/graphql", json={"query": steered(generated, known, 0)})

    assert len(response.json()["data"]["listing"]["offers"]["edges"]) == 1


def check(document: str, response: httpx.Response) -> None:
    """An answer has data or errors of the closed list that are no fault of ours."""
    told = response.json()
    assert response.status_code in {200, 400, 401, 403}, (document, told)
    codes = {error["extensions"]["code"] for error in told.get("errors", ())}
    assert codes <= set(Code) - FAULTS, (document, told)
    assert told.get("errors") or told.get("data"), (document, told)
