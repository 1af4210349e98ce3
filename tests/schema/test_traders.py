"""Who merchants are: said, checked with evidence, shown to buyers, and without it no selling."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.accounts.roles import Role
from models.base import fetchval, transaction
from models.merchants import Merchant
from models.quality import traders
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.identity import at_home, person
from tests.schema.asking import Json, data, key_of, refusal
from tests.schema.offers import seen, seller
from tests.tenants import serving

RECORD = """merchantId dueAt stoppedAt lacks{field code}
  facts{field value state evidence givenAt checkedAgainst validUntil note}"""
SET = f"mutation($input: SetTraderFactsInput!){{setTraderFacts(input: $input){{{RECORD}}}}}"
CHECK = f"""mutation($input: CheckTraderFactInput!){{checkTraderFact(input: $input){{
  __typename ... on TraderRecord{{{RECORD}}} ... on Problem{{code path hint}}}}}}"""
READ = f"query($merchant: ID){{traderRecord(merchant: $merchant){{{RECORD}}}}}"
CARD = """query($id: ID!){node(id: $id){... on Offer{merchant{trader{name street postalCode city
  country phone email register registerNumber selfCertification unchecked}}}}}"""
WHOLE = {
    "NAME": "Atelier Ambre SARL", "STREET": "1 rue des Essais", "POSTAL_CODE": "69003",
    "CITY": "Lyon", "COUNTRY": "FR", "PHONE": "+33 6 00 00 00 00",
    "EMAIL": "bonjour@ambre.example", "REGISTER": "RCS Lyon", "REGISTER_NUMBER": "303 265 045",
    "SELF_CERTIFICATION": "COMPLIANT_GOODS_ONLY", "IDENTIFICATION": "extract of 2026-10-01",
    "PAYMENT_ACCOUNT": "DE89 3704 0044 0532 0130 00", "PAYMENT_HOLDER": "Atelier Ambre SARL",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _home():
    with at_home():
        yield


def key() -> str:
    return str(factories.some_id())


def caller(of: Merchant) -> Caller:
    return key_of(of, "quality:read", "offers:write")


async def said(of: Merchant, **facts: str) -> Json:
    rows = [{"field": field, "value": value} for field, value in facts.items()]
    found = await data(SET, caller(of), input={"facts": rows, "idempotencyKey": key()})
    answer: Json = found["setTraderFacts"]
    return answer


async def checked(by: Caller, of: Merchant, found: Json, field: str, **more: Any) -> Json:
    [fact] = [each for each in found["facts"] if each["field"] == field]
    given = {
        "merchant": str(of.id), "field": field, "givenAt": fact["givenAt"], "holds": True,
        "checkedAgainst": "register of companies, extract 7", "idempotencyKey": key(),
    }  # fmt: skip
    answer: Json = (await data(CHECK, by, input=given | more))["checkTraderFact"]
    return answer


async def settled(at: datetime) -> None:
    async with transaction() as raw:
        await traders.settle_all(raw, None, at)


async def test_who_says_nothing_is_asked_and_after_thirty_days_sells_no_more_in_the_union(
    db: None,
) -> None:
    owner, _ = await seller()
    now = datetime.now(UTC)
    await settled(now)
    found = (await data(READ, caller(owner)))["traderRecord"]
    assert len(found["lacks"]) == 13
    assert {each["code"] for each in found["lacks"]} == {"MISSING"}
    assert datetime.fromisoformat(found["dueAt"]) == now + timedelta(days=30)
    assert found["stoppedAt"] is None
    await settled(now + timedelta(days=29, hours=23))
    assert {row[0] for row in await seen()} == {2}

    await settled(now + timedelta(days=30))
    await settled(now + timedelta(days=31))

    assert {row[0] for row in await seen()} == {0}
    assert await fetchval("SELECT reasons[1] FROM offer_market LIMIT 1") == "MERCHANT_NOT_SELLING"
    told = "SELECT count(*) FROM event WHERE topic = 'trader.facts_due'"
    assert await fetchval(told) == 2

    back = await said(owner, **WHOLE)
    assert (back["lacks"], back["dueAt"], back["stoppedAt"]) == ([], None, None)
    assert {row[0] for row in await seen()} == {2}


async def test_a_fact_is_checked_with_its_source_and_shown_without_what_is_private(
    db: None,
) -> None:
    owner, _ = await seller()
    found = await said(owner, **WHOLE)
    staff = await person(Role.STAFF_DECISIONS)
    await checked(staff, owner, found, "NAME")
    last = await checked(staff, owner, found, "REGISTER_NUMBER", validUntil="2027-12-31")

    states = {each["field"]: each["state"] for each in last["facts"]}
    assert (states["NAME"], states["REGISTER_NUMBER"], states["CITY"]) == (
        "VERIFIED", "VERIFIED", "GIVEN",
    )  # fmt: skip
    [fact] = [each for each in last["facts"] if each["field"] == "REGISTER_NUMBER"]
    assert fact["checkedAgainst"] == "register of companies, extract 7"
    assert fact["validUntil"] == "2027-12-31"
    shown = (await data(CARD, id=await _offer()))["node"]["merchant"]["trader"]
    assert shown == {
        "name": "Atelier Ambre SARL", "street": "1 rue des Essais", "postalCode": "69003",
        "city": "Lyon", "country": "FR", "phone": "+33600000000", "email": "bonjour@ambre.example",
        "register": "RCS Lyon", "registerNumber": "303 265 045",
        "selfCertification": "COMPLIANT_GOODS_ONLY",
        "unchecked": ["CITY", "COUNTRY", "EMAIL", "PHONE", "POSTAL_CODE", "REGISTER",
                      "SELF_CERTIFICATION", "STREET"],
    }  # fmt: skip
    log = "SELECT count(*) FROM audit_log WHERE action = 'checkTraderFact'"
    assert await fetchval(log) == 2


async def _offer() -> str:
    row = await fetchval("SELECT offer_id FROM offer_market WHERE market = 'FR' LIMIT 1")
    return str(global_id("Offer", row))


async def test_what_does_not_hold_is_to_be_corrected_in_time_and_then_waits_to_be_checked(
    db: None,
) -> None:
    owner, _ = await seller()
    found = await said(owner, **WHOLE)
    staff = await person(Role.STAFF_DECISIONS)
    wrong = await checked(
        staff, owner, found, "STREET", holds=False, note="The register has another street."
    )
    assert wrong["lacks"] == [{"field": "STREET", "code": "DISPUTED"}]
    assert wrong["dueAt"] is not None

    mended = await said(owner, STREET="2 rue des Essais")

    assert (mended["lacks"], mended["dueAt"]) == ([], None)
    assert {f["field"]: f["state"] for f in mended["facts"]}["STREET"] == "GIVEN"
    late = await checked(staff, owner, found, "STREET")
    assert (late["code"], late["path"]) == ("TRADER_FACT_CHANGED", ["input", "givenAt"])


async def test_what_was_verified_until_a_day_is_lacking_after_it(db: None) -> None:
    owner, _ = await seller()
    found = await said(owner, **WHOLE)
    staff, today = await person(Role.STAFF_DECISIONS), datetime.now(UTC).date()
    until = today + timedelta(days=1)
    await checked(staff, owner, found, "IDENTIFICATION", validUntil=until.isoformat())
    await settled(datetime.now(UTC))
    assert await fetchval("SELECT count(*) FROM trader_deadline") == 0

    await settled(datetime.now(UTC) + timedelta(days=2))

    assert await fetchval("SELECT count(*) FROM trader_deadline") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("PAYMENT_ACCOUNT", "DE89370400440532013001"), ("VAT_NUMBER", "FR41303265045"),
        ("EMAIL", "nobody"), ("PHONE", "0612345678"), ("COUNTRY", "FRANCE"),
        ("SELF_CERTIFICATION", "yes"), ("BIRTH_DATE", "17/05/1980"), ("NAME", "x" * 401),
    ],
)  # fmt: skip
async def test_a_value_that_cannot_be_right_is_refused_by_field_and_nothing_is_written(
    db: None, field: str, value: str
) -> None:
    owner, _ = await seller()
    rows = [{"field": "CITY", "value": "Lyon"}, {"field": field, "value": value}]
    given = {"facts": rows, "idempotencyKey": key()}
    found = await refusal(SET, caller(owner), input=given)

    assert (found["code"], found["field"], found["value"]) == ("BAD_USER_INPUT", field, value[:80])
    assert await fetchval("SELECT count(*) FROM trader_fact") == 0


async def test_the_same_said_again_stays_checked(db: None) -> None:
    owner, _ = await seller()
    found = await said(owner, **WHOLE)
    await checked(await person(Role.STAFF_DECISIONS), owner, found, "NAME")

    again = await said(owner, **WHOLE)

    assert {f["field"]: f["state"] for f in again["facts"]}["NAME"] == "VERIFIED"


async def test_facts_of_those_long_gone_are_forgotten(db: None) -> None:
    owner, _ = await seller()
    await said(owner, **WHOLE)
    await Merchant.filter(id=owner.id).update(state="CLOSED")
    async with transaction() as raw:
        await traders.forget(raw, datetime.now(UTC) + timedelta(days=100))
        assert await fetchval("SELECT count(*) FROM trader_fact") == 13
        await traders.forget(raw, datetime.now(UTC) + timedelta(days=200))

    assert await fetchval("SELECT count(*) FROM trader_fact") == 0


async def test_with_the_rights_of_a_server_a_merchant_writes_and_reads_its_own_alone(
    db: None,
) -> None:
    owner, _ = await seller()
    other = await factories.merchant("other")
    staff = await person(Role.STAFF_DECISIONS)
    offer = await _offer()
    async with serving():
        found = await said(owner, **WHOLE)
        assert len(found["facts"]) == 13
        assert (await data(READ, caller(other)))["traderRecord"]["facts"] == []
        assert await data(READ, caller(other), merchant=str(owner.id)) == {"traderRecord": None}
        assert (await checked(staff, owner, found, "NAME"))["__typename"] == "TraderRecord"
        shown = await data(CARD, id=offer)
        assert shown["node"]["merchant"]["trader"]["name"] == "Atelier Ambre SARL"
