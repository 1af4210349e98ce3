"""Each holder of a device reads its own time; anybody with its code reads no name."""

from uuid import UUID

import pytest

from domain.accounts.roles import CallerKind
from domain.orders import LineState
from domain.units import Place, SupplyChannel, UnitEventKind, tag_identifier
from domain.units.claiming import Claim, Party
from models.base import execute, fetchval
from models.merchants import Merchant
from models.units.claims import claim, hand_over, note_many, release
from models.units.passports import verify_chain
from resolvers.context import Caller
from tests import factories
from tests.devices import fresh, number
from tests.factories import Item, some_id
from tests.fulfilment import ATTACH, ask, buyer, device, merchant_key, paid
from tests.orders import Bought
from tests.passports import (
    DIAGNOSE,
    ERASE,
    GRADE,
    MINE,
    PART,
    READ,
    REPAIR,
    VERIFY,
    a_test,
    ago,
    as_owner,
    at_now,
    delivered,
    erased,
    registered,
)
from tests.schema.asking import Json, answer, data

K = UnitEventKind


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    await execute("INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test')")
    return await factories.merchant()


async def _two_lives(
    owner: Merchant, birch: Merchant, item: Item, imei: str
) -> tuple[UUID, UUID, Bought, Bought]:
    """A phone of an organisation, sold by one merchant, traded in, and sold by another."""
    acme, now = some_id(), await at_now()
    await execute(
        "INSERT INTO organisation (id, created_at, updated_at, slug, name)"
        " VALUES ($1, now(), now(), 'acme', 'Acme')", acme,
    )  # fmt: skip
    fleet = Claim(
        Place.FLEET, some_id(), Party(organisation_id=acme), "smartphone", item.variant_id,
        SupplyChannel.FLEET,
    )  # fmt: skip
    unit = await claim(fleet, [number(imei), tag_identifier("Desk 7", acme)])
    assert isinstance(unit, UUID)
    await note_many([(unit, K.DECLARED, now, {"condition": "FAIR", "fleet": "acme-only"})])
    await hand_over([unit], Party(owner.id), now)
    await release(Place.FLEET, [fleet.place_id])
    first = await delivered(owner, item, imei, now, "1Z999AA10123456784")
    await execute("UPDATE order_line SET state = 'COMPLETED' WHERE id = $1", first.lines[0])
    of = Party(birch.id, first.customer_id)
    trade = Claim(Place.TRADE_IN, some_id(), of, "smartphone", item.variant_id)
    assert await claim(trade, [number(imei)]) == unit
    await note_many(
        [(unit, K.TRADED_IN, now, {"tradeIn": "birch-only"}), (unit, K.RECEIVED, now, {})]
    )
    await hand_over([unit], Party(birch.id), now)
    await release(Place.TRADE_IN, [trade.place_id])
    second = await delivered(birch, item, imei, now, "1Z12345E0205271688")
    return acme, unit, first, second


async def test_each_holder_reads_its_own_time_and_public_facts_of_others(
    owner: Merchant, item: Item
) -> None:
    """Two lives, with an organisation, two merchants and two customers."""
    birch, imei = await factories.merchant("birch"), fresh()
    acme, unit, first, second = await _two_lives(owner, birch, item, imei)

    organisation = Caller(
        kind=CallerKind.ORGANISATION, organisation_id=acme, scopes=frozenset({"fleets:read"})
    )
    seen = {
        name: (await data(READ, who, id=str(unit)))["unit"]
        for name, who in {
            "acme": organisation, "amber": merchant_key(owner), "birch": merchant_key(birch),
            "first": buyer(first.customer_id), "second": buyer(second.customer_id),
        }.items()
    }  # fmt: skip
    kinds = {name: [e["kind"] for e in reversed(each["events"])] for name, each in seen.items()}

    sale = ["DIAGNOSED", "ERASED", "SOLD", "SHIPPED", "DELIVERED"]
    assert kinds == {
        "acme": ["DECLARED"],
        "amber": sale,
        "first": [*sale, "TRADED_IN", "RECEIVED"],
        "birch": ["TRADED_IN", "RECEIVED", *sale],
        "second": sale,
    }
    assert all(len(each["passport"]["diagnostics"]) == 2 for each in seen.values())
    assert {each["passport"]["lives"] for each in seen.values()} == {3}
    assert all(each["passport"]["chainIntact"] for each in seen.values())
    told = {name: str(each) for name, each in seen.items()}
    assert "birch-only" not in told["amber"] + told["second"] + told["acme"]
    assert str(first.lines[0]) not in told["birch"] + told["second"] + told["acme"]
    assert str(second.lines[0]) not in told["first"] + told["amber"] + told["acme"]
    mine = (await data(MINE, buyer(first.customer_id)))["me"]["devices"]["edges"]
    assert [each["node"]["imeiMasked"][-4:] for each in mine] == [imei[-4:]]
    none = await data(READ, buyer(some_id()), id=str(unit))
    assert none["unit"] is None


async def test_a_stranger_who_registers_a_number_reads_nothing_of_the_device(
    owner: Merchant, item: Item
) -> None:
    birch, now, imei = await factories.merchant("birch"), await at_now(), fresh()
    of = await delivered(owner, item, imei, now, "1Z999AA10123456784")
    await execute("UPDATE order_line SET state = 'COMPLETED' WHERE id = $1", of.lines[0])
    code = (await data(MINE, buyer(of.customer_id)))["me"]["devices"]["edges"][0]["node"]
    code = code["passport"]["code"]

    made = await registered(birch, item, imei)
    seen = (await data(READ, merchant_key(birch), id=made["unit"]["id"]))["unit"]
    await ask(GRADE, merchant_key(birch), unit=made["unit"]["id"], grade="FAIR", at=ago(now))
    public = (await data(VERIFY, None, c=code))["verifyDevice"]["passport"]

    assert (seen["events"], seen["passport"]["diagnostics"]) == ([], [])
    assert seen["passport"]["lives"] == 0
    assert seen["passport"]["code"] != code
    assert (public["grades"], len(public["diagnostics"]), public["lives"]) == ([], 1, 1)
    shown = await registered(birch, item, imei, passportCode=code)
    again = (await data(READ, merchant_key(birch), id=shown["unit"]["id"]))["unit"]
    assert again["passport"]["code"] == code
    assert len(again["passport"]["diagnostics"]) == 1


SECRETS = ["Camille", "Durand", "camille@example.org", "secret-sku", "INV-2026-7", "eraser-licence"]


FIXED = {"fault": "BATTERY", "action": "PART_REPLACED", "by": "REPAIRER"}


async def _with_names(owner: Merchant, item: Item, imei: str) -> tuple[Json, Bought]:
    """A phone about which names are written wherever a text can be."""
    caller, now = merchant_key(owner), await at_now()
    bought = {"price": "180.00", "currency": "EUR", "document": "INV-2026-7", "supplier": "PERSON"}
    made = await registered(owner, item, imei, sku="secret-sku", acquisition=bought)
    unit = made["unit"]["id"]
    names = [{"name": "Camille's screen", "passed": True}]
    said = a_test(now, protocol="Camille Durand", tests=names)
    await ask(DIAGNOSE, caller, unit=unit, diagnostic=said)
    texts = {
        "operator": "Camille", "validator": "Durand", "tool": "eraser-licence",
        "place": "at Camille's", "certificate": "camille@example.org", "verification": "Durand",
    }  # fmt: skip
    await ask(ERASE, caller, **erased(unit, now, "Camille-disk", **texts))
    part = {"part": "BATTERY", "origin": "NEW_GENUINE", "supplierReference": "Durand"}
    await ask(PART, caller, unit=unit, part=part, at=ago(now))
    await ask(REPAIR, caller, unit=unit, at=ago(now), **FIXED)
    await ask(GRADE, caller, unit=unit, grade="VERY_GOOD", at=ago(now))
    of = await paid(owner, item, LineState.ACCEPTED)
    wiped = device(of.lines[0], now)["erasure"] | {"tool": "Camille", "standard": "Durand's own"}
    await ask(ATTACH, caller, **device(of.lines[0], now, imei=imei, erasure=wiped))
    return made, of


async def test_what_anybody_verifies_holds_no_name_whatever_was_written(
    owner: Merchant, item: Item
) -> None:
    imei = fresh()
    made, of = await _with_names(owner, item, imei)

    code = made["unit"]["passport"]["code"]
    body = await answer(VERIFY, None, c=code.replace("-", "").lower())
    found = body["data"]["verifyDevice"]

    text = str(body)
    hidden = [*SECRETS, imei, "UFS-1", str(owner.id), owner.name, str(of.customer_id)]
    assert [each for each in hidden if each in text] == []
    assert (found["brand"], found["category"]) == ("Calder", "smartphone")
    passport = found["passport"]
    assert passport["parts"] == [{"part": "BATTERY", "origin": "NEW_GENUINE"}]
    assert passport["repairs"] == [FIXED]
    assert passport["grades"][0]["grade"] == "VERY_GOOD"
    assert [(e["validated"], e["independent"], e["medium"]) for e in passport["erasures"]] == [
        (True, None, None), (True, True, "UFS"),
    ]  # fmt: skip
    assert (passport["erasures"][0]["standard"], passport["chainIntact"]) == (None, True)
    assert len(passport["chainHead"]) == 64


async def test_an_unknown_code_is_nothing_and_a_broken_chain_is_told(
    owner: Merchant, item: Item
) -> None:
    made = await registered(owner, item, fresh(), diagnostic=a_test(await at_now()))
    code = made["unit"]["passport"]["code"]
    other = code[:-1] + ("0" if code[-1] != "0" else "1")

    unknown = [(await data(VERIFY, None, c=c))["verifyDevice"] for c in (other, "", "é", "A" * 99)]
    await as_owner("ALTER TABLE unit_event DISABLE TRIGGER unit_event_append_only")
    await execute("UPDATE unit_event SET data = data || '{\"battery_health\": 100}'")
    broken = (await data(VERIFY, None, c=code))["verifyDevice"]["passport"]["chainIntact"]
    unit = await fetchval("SELECT id FROM unit")

    assert unknown == [None] * 4
    assert broken is False
    found = await verify_chain(unit)
    assert (found.broken, found.because) == (1, "HASH")
