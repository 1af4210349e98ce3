"""A company takes its statement of a period over HTTP, as figures and as three documents."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from boucle.asgi import create_app
from resolvers.context import Context
from resolvers.raas import reporting
from resolvers.units import documents
from tests import factories, handover
from tests.boucle.edge import client_of, key, settings
from tests.schema.test_impact_statement import YEAR, golden

QUERY = """query($o: ID!, $p: PeriodInput!) {impactStatement(organisation: $o, period: $p) {
  net{value} lines{net{value}} csvPath jsonPath pdfPath(locale: "fr")}}"""


@pytest.fixture
async def client(db: None, database_url: str):
    app = create_app(settings(database_url))
    async with client_of(app) as client:
        client.seal = app.state.seal
        yield client


async def test_the_figures_and_each_document_are_one_statement(client: httpx.AsyncClient) -> None:
    item = (await factories.world(1, 1))[0]
    await handover.phones_hold_data()
    of = await golden(await factories.merchant(), item)
    text, _ = await key(None, "fleets:read", organisation_id=of.organisation.id)
    asked = {"query": QUERY, "variables": {"o": str(of.organisation.id), "p": YEAR}}
    bearer = {"Authorization": f"Bearer {text}"}
    answer = (await client.post("/graphql", json=asked, headers=bearer)).json()
    found = answer["data"]["impactStatement"]
    table, told, paper = [
        await client.get(found[name]) for name in ("csvPath", "jsonPath", "pdfPath")
    ]

    assert [each.status_code for each in (table, told, paper)] == [200, 200, 200]
    types = [each.headers["content-type"].partition(";")[0] for each in (table, told, paper)]
    assert types == ["text/csv", "application/json", "application/pdf"]
    for each, kind in ((table, "csv"), (told, "json"), (paper, "pdf")):
        assert f"impact-2026-01-01-2026-10-31.{kind}" in each.headers["content-disposition"]
    assert paper.content.startswith(b"%PDF-")
    assert found["net"]["value"] == told.json()["net"] == "433.966733"
    lines = [row for row in csv.DictReader(io.StringIO(table.text)) if row["section"] == "avoided"]
    assert sum(Decimal(row["net"]) for row in lines) == Decimal("433.966733")
    assert sum(Decimal(line["net"]["value"]) for line in found["lines"]) == Decimal("433.966733")


async def test_a_link_of_a_statement_ends_and_names_its_own_period_alone(
    client: httpx.AsyncClient,
) -> None:
    item = (await factories.world(1, 1))[0]
    organisation = await handover.contracted(await factories.merchant(), item)
    about = '["2026-01-01","2026-03-31","be-v2","GWP","en"]'
    early = Context(seal=client.seal, now=datetime.now(UTC) - timedelta(hours=1))  # type: ignore[attr-defined]
    now = Context(seal=client.seal)  # type: ignore[attr-defined]
    mine, nobody = organisation.organisation.id, factories.some_id()
    good = documents.link(now, reporting.JSON, mine, about=about)
    ended = documents.link(early, reporting.JSON, mine, about=about)
    gone = documents.link(now, reporting.JSON, nobody, about=about)

    told = (await client.get(good)).json()
    assert told["period"] == {"from": "2026-01-01", "to": "2026-03-31"}
    assert (await client.get(ended)).status_code == 410
    assert (await client.get(gone)).status_code == 404
    assert (await client.get(good[:-2] + "AA")).status_code == 404
