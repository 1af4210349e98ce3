"""Reports of periods: margins, levies, sellers; their sums are those of their lines."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from lxml import etree

from domain.accounts.roles import Role
from domain.money import Currency
from domain.orders import Actor, LineState
from domain.orders.payments import RefundReason
from domain.orders.vat import LineTax, VatScheme
from models.base import execute, fetch, fetchval
from models.jobs import Job
from models.merchants import Merchant
from models.orders import By, refunds
from resolvers.context import Caller
from tests import factories, jobs, orders, payments
from tests.factories import Item
from tests.identity import at_home, person
from tests.rules import lawful
from tests.schema.asking import Json, data, key_of, refusal
from tests.tenants import serving

SHAPE = """id kind state scope period message messageRef lineCount heldCount activities faults
  totals{name amount{amount currency}} lines(first: 50){edges{node{n merchantId document faults
  facts}}}"""
MAKE = f"""mutation($input: MakeReportInput!){{makeReport(input: $input){{__typename
  ... on PeriodReport{{{SHAPE}}} ... on Problem{{code path}} ... on PeriodOpen{{endsOn}}}}}}"""
READ = f"query($id: ID!){{report(id: $id){{{SHAPE}}}}}"
OWN = "query($year: Int!){sellerYear(year: $year){document faults facts}}"
OPERATOR = {
    "number": "303265045", "name": "Boucle SAS", "businessName": "Boucle",
    "street": "1 rue des Essais", "postalCode": "75001", "city": "Paris", "country": "FR",
}  # fmt: skip
JANUARY, MARCH = datetime(2025, 1, 15, 12, tzinfo=UTC), datetime(2025, 3, 31, 21, 30, tzinfo=UTC)
APRIL = datetime(2025, 3, 31, 22, 30, tzinfo=UTC)  # in Paris
WHOLE = {
    "NAME": "Atelier & Fils", "STREET": "1 rue des Essais", "CITY": "Lyon", "COUNTRY": "FR",
    "TAX_NUMBER": "303265045", "TAX_COUNTRY": "FR", "REGISTER_NUMBER": "303 265 045",
    "POSTAL_CODE": "69003", "PAYMENT_ACCOUNT": "DE89370400440532013000",
}  # fmt: skip
D = "{urn:oecd:ties:dpi}"


@pytest.fixture(autouse=True)
def _home():
    with at_home():
        yield


@pytest.fixture
async def item(db: None) -> Item:
    await lawful()
    [made] = await factories.world(1, 1)
    return made


async def staff() -> Caller:
    return await person(Role.STAFF_FINANCE)


async def made(by: Caller, **given: Any) -> Json:
    """What asking for a report answers, and then what the job made of it."""
    asked = {"idempotencyKey": str(factories.some_id())} | given
    answer = (await data(MAKE, by, input=asked))["makeReport"]
    if "id" not in answer:
        return dict(answer)
    await jobs.work(Job.MAKE_REPORT)
    found: Json = (await data(READ, by, id=answer["id"]))["report"]
    return found


async def sellers(by: Caller, message: str, year: str = "2026") -> Json:
    return await made(
        by, kind="SELLERS", period=year, country="FR", message=message, operator=OPERATOR
    )


async def sold(owner: Merchant, item: Item, at: datetime, price: int, lines: int = 1) -> Any:
    of = await orders.bought(owner, item, LineState.SHIPPED, at=at, price=price, lines=lines)
    await payments.captured(of, at)
    return of


async def says(owner: Merchant, **facts: str) -> None:
    for name, value in (WHOLE | facts).items():
        await execute(
            "INSERT INTO trader_fact (merchant_id, field, value, given_at) VALUES ($1, $2, $3, "
            "now()) ON CONFLICT (merchant_id, field) DO UPDATE SET value = excluded.value",
            owner.id,
            name,
            value,
        )


def nodes(found: Json) -> list[Json]:
    return [edge["node"] for edge in found["lines"]["edges"]]


async def xml(found: Json) -> Any:
    bare = await fetchval(
        "SELECT document FROM period_report WHERE message_ref = $1", found["messageRef"]
    )
    return etree.fromstring(bare.encode())


async def test_a_seller_is_reported_by_quarter_of_the_authority_in_a_message_that_its_schema_takes(
    item: Item,
) -> None:
    owner = await factories.merchant()
    await says(owner)
    await sold(owner, item, JANUARY, 150_000)
    await sold(owner, item, MARCH, 60_049)
    of = await sold(owner, item, APRIL, 10_050, lines=2)
    by = By(Actor.MERCHANT, APRIL)
    await refunds.ask({of.lines[0]: 5_000}, RefundReason.GOODWILL, by, APRIL)
    await refunds.ask({of.lines[1]: 10_050 + orders.FEE}, RefundReason.GOODWILL, by, APRIL)
    found = await sellers(await staff(), "INITIAL", "2026")
    assert found["code"] == "PERIOD_OPEN"

    found = await sellers(await staff(), "INITIAL", "2025")

    assert (found["state"], found["faults"], found["heldCount"]) == ("READY", [], 0)
    [line] = nodes(found)
    assert line["document"] == "NEW"
    assert line["facts"]["quarters"] == [
        {"paidMinor": 210_049, "sales": 2, "feesMinor": 298, "taxesMinor": 0},
        {"paidMinor": 5_050, "sales": 1, "feesMinor": 149, "taxesMinor": 0},
        {"paidMinor": 0, "sales": 0, "feesMinor": 0, "taxesMinor": 0},
        {"paidMinor": 0, "sales": 0, "feesMinor": 0, "taxesMinor": 0},
    ]
    assert found["activities"] == 3
    assert {t["name"]: t["amount"]["amount"] for t in found["totals"]} == {
        "paid": "2150.99", "fees": "4.47", "taxes": "0.00",
    }  # fmt: skip
    root = await xml(found)
    assert root.findtext(f".//{D}ConsQ1") == "2100"
    assert root.findtext(f".//{D}ConsQ2") == "51"
    assert root.findtext(f".//{D}NumbQ1") == "2"
    assert root.findtext(f".//{D}MessageTypeIndic") == "DPI401"
    assert root.findtext(f".//{D}EntSellerID/{D}Name") == "Atelier & Fils"
    own = (await data(OWN, key_of(owner, "finance:read"), year=2025))["sellerYear"]
    assert own["facts"]["quarters"][0]["paidMinor"] == 210_049


async def test_few_sales_of_a_small_amount_are_not_reported_and_one_cent_more_is(
    item: Item,
) -> None:
    small, more = await factories.merchant("small"), await factories.merchant("more")
    await says(small)
    await says(more)
    await sold(small, item, JANUARY, 200_000)
    await sold(more, item, JANUARY, 200_001)

    found = await sellers(await staff(), "INITIAL", "2025")

    assert [line["merchantId"] for line in nodes(found)] == [str(more.id)]


async def test_who_lacks_what_the_law_wants_is_held_with_codes_and_added_once_it_is_said(
    item: Item,
) -> None:
    owner = await factories.merchant()
    await sold(owner, item, JANUARY, 250_000)
    by = await staff()

    first = await sellers(by, "INITIAL", "2025")

    assert (first["lineCount"], first["heldCount"]) == (1, 1)
    [line] = nodes(first)
    assert line["document"] is None
    assert line["faults"] == [
        "NAME_MISSING", "STREET_MISSING", "CITY_MISSING", "COUNTRY_MISSING",
        "TAX_NUMBER_MISSING", "TAX_COUNTRY_MISSING", "REGISTER_NUMBER_MISSING",
    ]  # fmt: skip
    assert (await xml(first)).findtext(f".//{D}MessageTypeIndic") == "DPI403"
    await says(owner)
    again = await sellers(by, "INITIAL", "2025")
    assert (again["code"], again["path"]) == ("INITIAL_MADE", ["input", "message"])
    added = await sellers(by, "ADDITIONAL", "2025")
    assert [line["document"] for line in nodes(added)] == ["NEW"]
    root = await xml(added)
    kinds = [each.text for each in root.iter("{urn:oecd:ties:dpistf}DocTypeIndic")]
    assert kinds == ["OECD0", "OECD1"]


async def test_a_correction_tells_what_differs_and_deletes_who_is_reported_no_more(
    item: Item,
) -> None:
    same, moved, gone = [await factories.merchant(name) for name in ("same", "moved", "gone")]
    for owner in (same, moved):
        await says(owner)
        await sold(owner, item, JANUARY, 250_000)
    await says(gone)
    of = await sold(gone, item, JANUARY, 250_000)
    by = await staff()
    first = await sellers(by, "INITIAL", "2025")
    references = {n["merchantId"]: n["facts"]["reference"] for n in nodes(first)}
    await says(moved, STREET="2 rue des Essais")
    whole = {of.lines[0]: 250_000 + orders.FEE}
    await refunds.ask(whole, RefundReason.GOODWILL, By(Actor.MERCHANT, JANUARY), JANUARY)

    found = await sellers(by, "CORRECTIVE", "2025")

    assert found["faults"] == []
    told = {n["merchantId"]: n for n in nodes(found)}
    assert {m: n["document"] for m, n in told.items()} == {
        str(moved.id): "CORRECTED", str(gone.id): "DELETED",
    }  # fmt: skip
    for owner in (moved, gone):
        facts = told[str(owner.id)]["facts"]
        assert facts["corrects"] == references[str(owner.id)]
        assert facts["reference"] == f"OP_2025_303265045_0002_{owner.id.hex}"
    root = await xml(found)
    assert root.findtext(f".//{D}MessageTypeIndic") == "DPI402"
    assert root.findtext(f".//{D}MessageRefId") == "OP_2025_303265045_0002"
    nothing = await sellers(by, "CORRECTIVE", "2025")
    assert (nothing["lineCount"], nothing["faults"]) == (0, [])


async def test_a_correction_before_the_first_message_is_refused(item: Item) -> None:
    found = await sellers(await staff(), "CORRECTIVE", "2025")

    assert found["code"] == "INITIAL_MISSING"
    other = await made(
        await staff(), kind="SELLERS", period="2025", country="DE", message="INITIAL",
        operator=OPERATOR,
    )  # fmt: skip
    assert other["code"] == "AUTHORITY_UNKNOWN"
    assert await fetchval("SELECT count(*) FROM period_report") == 0


def margin(s: int, bought: int | None, vat: int | None) -> Json:
    return LineTax(
        VatScheme.MARGIN, 8, Currency.EUR, s, None if vat is None else s - vat, vat, "FR", "20",
        purchase_minor=bought, margin_minor=None if bought is None else max(0, s - bought),
    ).facts()  # fmt: skip


async def test_the_margins_of_a_month_add_up_to_the_cent_and_what_lacks_evidence_is_held(
    item: Item,
) -> None:
    owner, other = await factories.merchant("one"), await factories.merchant("two")
    for s, bought, vat in ((29_900, 18_000, 1_983), (15_000, 18_000, 0), (18_003, 18_000, 1)):
        await sent(owner, item, s, margin(s, bought, vat))
    await sent(owner, item, 29_900, margin(29_900, None, None))
    refunded = await sent(owner, item, 29_900, margin(29_900, 18_000, 1_983))
    await execute("UPDATE order_line SET refunded_minor = 5000 WHERE id = $1", refunded)
    await sent(other, item, 10_000, margin(10_000, 4_000, 1_000))
    by = await staff()

    found = await made(by, kind="MARGIN", period="2025-01", merchant=str(owner.id))

    assert (found["scope"], found["lineCount"], found["heldCount"]) == ("FR", 5, 1)
    assert {t["name"]: t["amount"]["amount"] for t in found["totals"]} == {
        "s": "1227.03", "purchase": "720.00", "margin": "188.03", "vat": "31.34",
        "refunded": "50.00",
    }  # fmt: skip
    held = [line["faults"] for line in nodes(found) if line["faults"]]
    assert held == [["MARGIN_EVIDENCE_MISSING"]]
    facts = [line["facts"] for line in nodes(found)]
    vat = sum(each["vatMinor"] or 0 for each in facts)
    assert Decimal(vat) / 100 == Decimal("31.34")
    assert vat == 1_983 + 0 + 1 + 1_150
    everybody = await made(by, kind="MARGIN", period="2025-01")
    assert (everybody["scope"], everybody["lineCount"]) == ("ALL", 6)
    own = key_of(owner, "finance:read")
    assert (await data(READ, own, id=found["id"]))["report"]["lineCount"] == 5
    assert await data(READ, own, id=everybody["id"]) == {"report": None}
    theirs = key_of(other, "finance:read")
    assert await data(READ, theirs, id=found["id"]) == {"report": None}


async def sent(owner: Merchant, item: Item, price: int, vat: Json) -> Any:
    of = await orders.bought(owner, item, LineState.SHIPPED, at=JANUARY, price=price, vat=vat)
    return of.lines[0]


async def test_the_levies_of_a_quarter_are_those_of_the_bands_and_capacities_must_be_known(
    item: Item,
) -> None:
    owner = await factories.merchant()
    await execute("UPDATE variant SET attributes = '{\"storage_gb\": 64}'")
    await sent(owner, item, 20_000, {})
    await sent(owner, item, 20_000, {})
    abroad = await sent(owner, item, 20_000, {})
    await execute("UPDATE order_line SET country = 'BE' WHERE id = $1", abroad)
    by = await staff()

    found = await made(by, kind="LEVY", period="2025-Q1", country="FR")

    assert (found["lineCount"], found["heldCount"]) == (2, 0)
    assert {t["name"]: t["amount"]["amount"] for t in found["totals"]} == {
        "net": "14.40", "gross": "17.28", "charged": "0.00",
    }  # fmt: skip
    await execute("UPDATE variant SET attributes = '{}'")
    lost = await made(by, kind="LEVY", period="2025-Q1", country="FR")
    assert [line["faults"] for line in nodes(lost)] == [["CAPACITY_REQUIRED"]] * 2
    none = await made(by, kind="LEVY", period="2025-Q1", country="DE")
    assert none["lineCount"] == 0


async def test_a_period_that_has_not_ended_is_refused_and_nothing_is_asked_for(item: Item) -> None:
    year = datetime.now(UTC).year
    found = await made(await staff(), kind="LEVY", period=str(year), country="FR")

    assert (found["code"], found["endsOn"]) == ("PERIOD_OPEN", f"{year}-12-31")
    assert await fetch("SELECT * FROM period_report") == []


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"kind": "MARGIN", "period": "2026-13"}, "period"),
        ({"kind": "LEVY", "period": "2025-01"}, "country"),
        ({"kind": "LEVY", "period": "2025-01", "country": "XX"}, "country"),
        ({"kind": "MARGIN", "period": "2025-01", "country": "FR"}, "country"),
        ({"kind": "SELLERS", "period": "2025-01", "country": "FR"}, "period"),
        ({"kind": "SELLERS", "period": "2025", "country": "FR"}, "message"),
        ({"kind": "SELLERS", "period": "2025", "country": "FR", "message": "INITIAL"}, "operator"),
        ({"kind": "SELLERS", "period": "2025", "country": "FR", "message": "INITIAL",
          "operator": OPERATOR | {"number": "303265046"}}, "operator"),
    ],
)  # fmt: skip
async def test_what_a_report_needs_is_named(item: Item, given: Json, argument: str) -> None:
    asked = {"idempotencyKey": "one"} | given
    found = await refusal(MAKE, await staff(), input=asked)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", argument)


async def test_a_report_is_kept_as_it_was_made(item: Item) -> None:
    owner = await factories.merchant()
    await sent(owner, item, 29_900, margin(29_900, 18_000, 1_983))
    by = await staff()
    found = await made(by, kind="MARGIN", period="2025-01")
    await sent(owner, item, 29_900, margin(29_900, 18_000, 1_983))
    await jobs.work(Job.MAKE_REPORT)

    assert (await data(READ, by, id=found["id"]))["report"] == found
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE period_report_line SET facts = '{}'")


async def test_with_the_rights_of_a_server_staff_makes_and_merchants_read_their_own(
    item: Item,
) -> None:
    owner, other = await factories.merchant("one"), await factories.merchant("two")
    await says(owner)
    await sold(owner, item, JANUARY, 250_000)
    await sent(owner, item, 29_900, margin(29_900, 18_000, 1_983))
    by = await staff()
    report = await made(by, kind="MARGIN", period="2025-01", merchant=str(owner.id))
    await sellers(by, "INITIAL", "2025")
    asked = {"kind": "LEVY", "period": "2025-01", "country": "FR", "idempotencyKey": "k"}
    async with serving():
        assert (await data(MAKE, by, input=asked))["makeReport"]["state"] == "REQUESTED"
        own, theirs = key_of(owner, "finance:read"), key_of(other, "finance:read")
        assert len(nodes((await data(READ, own, id=report["id"]))["report"])) == 1
        assert await data(READ, theirs, id=report["id"]) == {"report": None}
        assert (await data(OWN, own, year=2025))["sellerYear"]["document"] == "NEW"
        assert await data(OWN, theirs, year=2025) == {"sellerYear": None}
        assert len((await data("{reports{edges{node{id}}}}", own))["reports"]["edges"]) == 1
        assert (await data("{reports{edges{node{id}}}}", theirs))["reports"]["edges"] == []
        assert len((await data("{reports{edges{node{id}}}}", by))["reports"]["edges"]) == 3
