"""A report of a period is taken home as a file, by those whose it is."""

import csv
import io
from datetime import UTC, datetime

import orjson
import pytest

from domain.merchants.periods import Period
from domain.merchants.reports import ReportKind
from domain.money import Currency
from domain.orders import LineState
from domain.orders.vat import LineTax, VatScheme
from models.base import execute, transaction
from models.jobs import Job
from models.merchants import Merchant
from models.quality import reports
from models.quality.reports import New
from schema.common import global_id
from tests import factories, jobs, orders
from tests.boucle.edge import key, serving

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
async def client(db: None, database_url: str):
    async with serving(database_url) as client:
        yield client


async def bearer(of: Merchant, *scopes: str) -> dict[str, str]:
    text, _ = await key(of.id, *scopes)
    return {"Authorization": f"Bearer {text}"}


async def made(owner: Merchant) -> str:
    """A report of two devices that the merchant sold on their margin."""
    [item] = await factories.world(1, 1)
    tax = LineTax(VatScheme.MARGIN, 8, Currency.EUR, 29_900, 27_917, 1_983, "FR", "20",
                  purchase_minor=18_000, margin_minor=11_900)  # fmt: skip
    await orders.bought(owner, item, LineState.SHIPPED, at=AT, lines=2, vat=tax.facts())
    await execute("UPDATE order_line SET title = '=1+1' WHERE position = 1")
    period = Period.of("2026-01")
    assert period is not None
    async with transaction():
        new = New(ReportKind.MARGIN, "FR", period, owner.id, factories.some_id(), AT)
        report = await reports.add(new, None, None)
    await jobs.work(Job.MAKE_REPORT)
    return str(global_id("PeriodReport", report))


async def test_a_file_has_every_line_and_its_sums_are_theirs(client) -> None:
    owner = await factories.merchant()
    report, own = await made(owner), await bearer(owner, "finance:read")

    as_csv = await client.get(f"/v1/reports/{report}?format=csv", headers=own)
    as_json = await client.get(f"/v1/reports/{report}?format=json", headers=own)

    assert as_csv.status_code == 200
    assert as_csv.headers["content-disposition"] == 'attachment; filename="margin-fr-2026-01.csv"'
    rows = list(csv.DictReader(io.StringIO(as_csv.text, newline="")))
    assert [row["vatMinor"] for row in rows] == ["1983", "1983"]
    assert rows[0]["title"] == "'=1+1"
    whole = orjson.loads(as_json.content)
    assert whole["totals"] == {
        "EUR": {
            "sMinor": 59_800, "refundedMinor": 0, "purchaseMinor": 36_000, "marginMinor": 23_800,
            "vatMinor": 3_966,
        }
    }  # fmt: skip
    for name, total in whole["totals"]["EUR"].items():
        assert sum(line[name] for line in whole["lines"]) == total


async def test_who_it_is_not_of_is_told_of_none(client) -> None:
    owner, other = await factories.merchant(), await factories.merchant("other")
    report = await made(owner)
    for headers, status in (
        ({}, 401),
        (await bearer(owner, "orders:read"), 403),
        (await bearer(other, "finance:read"), 404),
    ):
        found = await client.get(f"/v1/reports/{report}", headers=headers)
        assert found.status_code == status
    own = await bearer(owner, "finance:read")
    assert (await client.get(f"/v1/reports/{report}?format=xml", headers=own)).status_code == 404
    assert (await client.get(f"/v1/reports/{report}?format=pdf", headers=own)).status_code == 422
    assert (await client.get("/v1/reports/nonsense", headers=own)).status_code == 404
