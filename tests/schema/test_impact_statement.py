"""An organisation's statement of a period: only what is proved, and never an offset."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from boucle.reports import report_paper, report_pdf
from domain.orders import LineState
from models.base import execute, fetch
from models.merchants import Merchant
from models.raas import clock
from resolvers.context import PROCESS_SEAL
from resolvers.raas import reporting
from resolvers.units import documents
from schema.common import global_id
from tests import factories, handover, orders
from tests.factories import Item
from tests.handover import Handed, company, contracted, counted, processed, travelled
from tests.schema.asking import counted as sent
from tests.schema.asking import data, refusal

READ = "fleets:read"
VALUE = "{value display}"
QUERY = f"""query($o: ID!, $p: PeriodInput!, $s: String, $i: Indicator!) {{
  impactStatement(organisation: $o, period: $p, factorSet: $s, indicator: $i) {{
    from to status reasons unit units counted unitsWithoutNumber notProved grade method statement
    boundary scopes functionalUnit referenceScenario factorSet{{id sha256}}
    gross{VALUE} net{VALUE} range{{p05{VALUE} p50{VALUE} p95{VALUE}}}
    lines{{category outcomes{{outcome count}} gross{VALUE} net{VALUE} grade method factorSet{{id}}
      range{{p50{VALUE}}}}}
    scope3{{scope3Category name category units kg{VALUE} asNew{VALUE}}}
    csvPath jsonPath en: pdfPath fr: pdfPath(locale: "fr")}}}}"""
YEAR = {"from": "2026-01-01", "to": "2026-10-31"}
DISPOSED = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, YEAR_OLD = "2015-01-01", "2025-03-01"


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    await handover.phones_hold_data()
    return await factories.merchant()


async def left(owner: Merchant, item: Item, devices: int, *, lost: int = 0) -> Handed:
    """A lot whose devices were erased, certified and meant to be resold, on the day `DISPOSED`."""
    of = await contracted(owner, item, devices=devices)
    await travelled(of)
    here = tuple(range(devices - lost))
    await counted(of, *here)
    if lost:
        await execute("UPDATE lot SET reconcile_by = now() WHERE id = $1", of.lot_id)
        await clock.let_counts_stand(datetime.now(UTC) + timedelta(seconds=1))
    await processed(of, *here)
    now = datetime.now(UTC) + timedelta(seconds=1)
    await execute("UPDATE lot SET state = 'PROCESSED' WHERE id = $1", of.lot_id)
    assert await clock.certify_devices(now) == len(here)
    await execute("UPDATE asset_outcome SET disposed_at = $1", DISPOSED)
    await execute("UPDATE asset_outcome SET counted_at = $1", DISPOSED - timedelta(days=9))
    await bought_on(of, OLD)
    return of


async def bought_on(of: Handed, day: str, *which: int) -> None:
    for n in which or range(len(of.assets)):
        await execute(
            "UPDATE asset SET purchased_on = $2::text::date WHERE id = $1", of.assets[n], day
        )


async def resold(
    of: Handed, item: Item, *which: int, state: LineState = LineState.DELIVERED,
    at: datetime = DISPOSED + timedelta(days=30),
) -> None:  # fmt: skip
    """These devices are delivered to somebody three days after `at`, and final 33 days after."""
    for n in which:
        [row] = await fetch("SELECT unit_id FROM asset WHERE id = $1", of.assets[n])
        await orders.bought(of.merchant, item, state, at=at, unit_id=row["unit_id"])


async def stated(of: Handed, period: dict[str, str] = YEAR, **more: str):
    asked = {"o": str(global_id("Organisation", of.organisation.id)), "p": period, "i": "GWP"}
    return (await data(QUERY, company(of, READ), **asked, **more))["impactStatement"]


async def category(of: Handed, code: str, *which: int) -> None:
    for n in which:
        await execute("UPDATE asset SET category = $2 WHERE id = $1", of.assets[n], code)


async def disposed(of: Handed, disposition: str, *which: int) -> None:
    for n in which:
        await execute(
            "UPDATE asset_outcome SET disposition = $2 WHERE asset_id = $1",
            of.assets[n],
            disposition,
        )


async def golden(owner: Merchant, item: Item) -> Handed:
    """The fleet of the method: ten phones, two laptops, a young phone, three recycled, one lost."""
    of = await left(owner, item, 17, lost=1)
    await resold(of, item, *range(13))
    await category(of, "smartphone", *range(17))
    await category(of, "laptop", 10, 11)
    await bought_on(of, YEAR_OLD, 12)
    await disposed(of, "RECYCLE", 13, 14, 15)
    return of


async def read(path: str) -> documents.Document:
    reporting.install(report_pdf)
    return await made_of(path)


async def made_of(path: str) -> documents.Document:
    opened = documents.opened(PROCESS_SEAL, path.rpartition("/")[2], datetime.now(UTC))
    assert isinstance(opened, documents.Link)
    made = await documents.made(opened)
    assert made is not None
    return made


async def test_a_statement_says_what_the_method_says_of_its_golden_fleet(
    owner: Merchant, item: Item
) -> None:
    found = await stated(await golden(owner, item))
    assert found["gross"]["value"] == "614.116667"
    assert found["net"]["value"] == "433.966733"
    drawn = [Decimal(found["range"][p]["value"]) for p in ("p05", "p50", "p95")]
    for value, told in zip(drawn, ("167.132", "394.635", "715.850"), strict=True):
        assert abs(value - Decimal(told)) <= Decimal("0.01")
    assert [found["range"][p]["display"] for p in ("p05", "p50", "p95")] == ["170", "390", "720"]
    assert (found["status"], found["grade"]) == ("FAVOURABLE", "B")
    assert (found["units"], found["counted"], found["notProved"]) == (17, 13, 0)
    lines = {line["category"]: line for line in found["lines"]}
    counts = {e["outcome"]: e["count"] for e in lines["smartphone"]["outcomes"]}
    assert counts == {"RESOLD": 11, "RECYCLED": 3, "LOST": 1}
    assert lines["laptop"]["net"]["value"] == "115.020000"
    assert sum(Decimal(line["net"]["value"]) for line in lines.values()) == Decimal("433.966733")
    assert sum(Decimal(line["gross"]["value"]) for line in lines.values()) == Decimal("614.116667")
    assert {(line["method"], line["factorSet"]["id"]) for line in lines.values()} == {
        ("avoided-1", "be-v2")
    }
    assert found["statement"] == (
        "Estimate of avoided emissions. Not an offset, not a carbon credit, "
        "not to be deducted from scopes 1, 2 or 3."
    )
    assert "outside scopes 1, 2 and 3" in found["scopes"]
    assert [(e["scope3Category"], e["units"], e["kg"]) for e in found["scope3"]] == [(5, 3, None)]


async def test_only_what_is_proved_counts(owner: Merchant, item: Item) -> None:
    of = await left(owner, item, 6)
    yesterday = datetime.now(UTC) - timedelta(days=5)
    await resold(of, item, 0)
    await resold(of, item, 1, state=LineState.RETURNED)
    await resold(of, item, 2, at=yesterday)
    await resold(of, item, 3, state=LineState.SHIPPED)
    await resold(of, item, 4)
    await execute(
        "UPDATE asset_outcome SET certificate_id = NULL WHERE asset_id = $1", of.assets[4]
    )
    await resold(of, item, 5, at=DISPOSED - timedelta(days=60))

    found = await stated(of)
    assert (found["units"], found["counted"], found["notProved"]) == (1, 1, 5)
    assert found["net"]["value"] == "32.603673"


async def test_a_device_counts_in_the_period_in_which_its_sale_became_final(
    owner: Merchant, item: Item
) -> None:
    of = await left(owner, item, 1)
    await resold(of, item, 0)  # final on 4 May 2026
    for first, last, times in (
        ("2026-01-01", "2026-05-03", 0),
        ("2026-05-04", "2026-05-04", 1),
        ("2026-05-05", "2026-10-31", 0),
    ):
        found = await stated(of, {"from": first, "to": last})
        assert (found["units"], found["counted"]) == (times, times), first


async def test_a_device_that_came_back_and_was_sold_again_counts_once(
    owner: Merchant, item: Item
) -> None:
    of = await left(owner, item, 1)
    await resold(of, item, 0, state=LineState.REFUNDED)
    await resold(of, item, 0, at=DISPOSED + timedelta(days=60))
    await resold(of, item, 0, at=DISPOSED + timedelta(days=150))
    assert (await stated(of))["net"]["value"] == "32.603673"
    later = {"from": "2026-08-01", "to": "2026-10-31"}
    assert (await stated(of, later))["units"] == 0


async def test_an_unknown_age_is_bounded_by_the_model(owner: Merchant, item: Item) -> None:
    of = await left(owner, item, 1)
    await resold(of, item, 0)
    await execute("UPDATE asset SET purchased_on = NULL")
    # 540 days before: 1.47 years (golden value 21 of the method, by its own set)
    await execute("UPDATE product SET release_date = $1", (DISPOSED - timedelta(days=540)).date())
    found = await stated(of, s="ademe-2022")
    assert found["gross"]["value"] == "6.132667"
    assert (found["status"], found["reasons"]) == ("NOT_ESTABLISHED", ["RANGE_INCLUDES_ZERO"])
    await execute("UPDATE product SET release_date = '2015-01-01'")
    assert (await stated(of))["grade"] == "C"


async def test_documents_say_the_same_and_their_lines_sum_to_the_last_digit(
    owner: Merchant, item: Item
) -> None:
    found = await stated(await golden(owner, item))
    rows = list(csv.DictReader(io.StringIO((await read(found["csvPath"])).data.decode())))
    lines = [row for row in rows if row["section"] == "avoided"]
    [total] = [row for row in rows if row["section"] == "avoided_total"]
    for column in ("gross", "net"):
        assert sum(Decimal(row[column]) for row in lines) == Decimal(total[column])
    for column in ("units", "resold", "recycled", "lost"):
        assert sum(int(row[column]) for row in lines) == int(total[column])
    assert (total["net"], total["units"], total["resold"]) == ("433.966733", "17", "13")
    assert all("Not an offset, not a carbon credit" in row["statement"] for row in rows)

    told = json.loads((await read(found["jsonPath"])).data)
    assert (told["net"], told["gross"]) == ("433.966733", "614.116667")
    assert sum(Decimal(e["net"]) for e in told["categories"]) == Decimal(told["net"])
    assert told["range"]["p50"] == found["range"]["p50"]["value"]
    assert told["factor_set"]["sha256"] == found["factorSet"]["sha256"]
    assert "carbon credit" in told["statement"]

    printed: list[str] = []
    for name, words in (("en", "not a carbon credit"), ("fr", "ni crédit carbone")):
        made = await read(found[name])
        assert made.data.startswith(b"%PDF-")
        assert made.name == "impact-2026-01-01-2026-10-31.pdf"
        reporting.install(lambda report, lang: repr(report_paper(report, lang)).encode())
        printed.append(text := (await made_of(found[name])).data.decode())
        for each in ("433.966733", "390 (170 … 720)", "avoided-1", "be-v2", "Bar(", words):
            assert each in text, (name, each)
    assert printed[0] != printed[1]


async def test_what_was_bought_refurbished_is_inventory_and_apart(
    owner: Merchant, item: Item
) -> None:
    of = await left(owner, item, 1)
    sold = await orders.bought(
        owner, item, LineState.DELIVERED, lines=10, at=DISPOSED, category="smartphone"
    )
    laptops = await orders.bought(
        owner, item, LineState.DELIVERED, lines=2, at=DISPOSED, category="laptop"
    )
    watch = await orders.bought(
        owner, item, LineState.DELIVERED, lines=1, at=DISPOSED, category="smartwatch"
    )
    kept = [each.purchase_id for each in (sold, laptops, watch)]
    await orders.insert(
        "refresh_project", id=factories.some_id(), organisation_id=of.organisation.id,
        fleet_id=of.fleet_id, name="2026", planned=[], currency="EUR", purchases=kept,
    )  # fmt: skip
    found = await stated(of)
    lines = [e for e in found["scope3"] if e["scope3Category"] == 2]
    known = [e for e in lines if e["kg"]]
    assert sum(Decimal(e["asNew"]["value"]) for e in known) == Decimal("1165.34")
    assert sum(Decimal(e["kg"]["value"]) for e in known) == Decimal("131.008")
    assert [(e["category"], e["units"]) for e in lines if not e["kg"]] == [("smartwatch", 1)]
    assert found["net"]["value"] == "0.000000"
    rows = list(csv.DictReader(io.StringIO((await read(found["csvPath"])).data.decode())))
    [total] = [row for row in rows if row["section"] == "scope3_total"]
    assert (total["kg"], total["as_new"]) == ("131.008000", "1165.340000")


TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("period", "more", "said"),
    [
        ({"from": "2026-01-01", "to": str(TODAY)}, {},
         {"reason": "PERIOD_OPEN", "argument": "period", "endsOn": str(TODAY)}),
        ({"from": "2026-01-01", "to": str(TODAY + timedelta(days=40))}, {},
         {"reason": "PERIOD_OPEN", "endsOn": str(TODAY + timedelta(days=40))}),
        ({"from": "2026-02-02", "to": "2026-02-01"}, {},
         {"reason": "PERIOD_INVALID", "argument": "period"}),
        ({"from": "2015-01-01", "to": "2026-02-01"}, {}, {"reason": "PERIOD_TOO_LONG"}),
        (YEAR, {"s": "ademe-2022-interim"},
         {"reason": "FACTOR_SET_RETIRED", "argument": "factorSet", "replacedBy": "ademe-2022"}),
        (YEAR, {"s": "ours-2099"}, {"reason": "FACTOR_SET_UNKNOWN", "argument": "factorSet"}),
    ],
)  # fmt: skip
async def test_what_cannot_be_stated_is_refused_with_what_to_change(
    owner: Merchant, item: Item, period: dict[str, str], more: dict[str, str], said: dict[str, str]
) -> None:
    of = await contracted(owner, item)
    asked = {"o": str(global_id("Organisation", of.organisation.id)), "p": period, "i": "GWP"}
    told = await refusal(QUERY, company(of, READ), **asked, **more)
    assert told["code"] == "BAD_USER_INPUT"
    assert {name: told[name] for name in said} == said


async def test_a_statement_is_the_organisations_own(owner: Merchant, item: Item) -> None:
    of, other = await contracted(owner, item), await contracted(owner, item)
    asked = {"o": str(global_id("Organisation", of.organisation.id)), "p": YEAR, "i": "GWP"}
    assert (await data(QUERY, company(other, READ), **asked))["impactStatement"] is None
    assert (await refusal(QUERY, company(of, "lots:read"), **asked))["code"] == "FORBIDDEN"


async def test_a_large_fleet_costs_as_many_statements_as_a_small_one(
    owner: Merchant, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = await left(owner, item, 1), await left(owner, item, 40)
    costs = []
    for of in (small, large):
        with sent(monkeypatch) as asked:
            await stated(of)
        costs.append(dict(asked))
    assert costs[0] == costs[1]
    assert sum(costs[0].values()) == 4  # three of ours, and one that asks whose rows are seen
