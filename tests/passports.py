"""What a merchant records about devices, for tests: documents, inputs, a phone that was sold."""

from datetime import datetime, timedelta
from typing import Any

from boucle.roles import SYSTEM
from domain.orders import LineState
from domain.shipments import ShipmentStatus
from models.base import execute, fetchval
from models.merchants import Merchant
from models.shipments.effects import apply as carrier_tells
from tests import orders
from tests.factories import Item
from tests.fulfilment import ATTACH, SHIP, ask, device, line_id, merchant_key, order_id, paid
from tests.orders import Bought
from tests.schema.asking import Json

P = "... on Problem{code message path}"
R = "... on DiagnosticMissing{reason} ... on ErasureProofMissing{reason}"
UNIT = """unit{id category imei channel sku missing{code reason medium} locks{lock state}
  media{serial type erasures{state method tries facts}} deviceStatus
  acquisition{price{amount} document} passport{code}}"""
REGISTER = f"""mutation($i: RegisterUnitInput!){{registerUnit(input: $i){{
  ... on UnitChanged{{{UNIT}}} {P} ... on ImeiAlreadySold{{field}}}}}}"""
DIAGNOSE = f"""mutation($i: RecordDiagnosticInput!){{recordDiagnostic(input: $i){{
  ... on UnitChanged{{{UNIT}}} {P}}}}}"""
ERASE = f"""mutation($i: RecordErasureInput!){{recordErasure(input: $i){{
  ... on UnitChanged{{{UNIT}}} {P} ... on InvalidTransition{{from to allowed}}
  ... on ErasureRefused{{reason}}}}}}"""
PART = (
    f"mutation($i: RecordPartInput!){{recordPart(input: $i){{... on UnitChanged{{{UNIT}}} {P}}}}}"
)
REPAIR = f"""mutation($i: RecordRepairInput!){{recordRepair(input: $i){{
  ... on UnitChanged{{{UNIT}}} {P}}}}}"""
GRADE = f"mutation($i: GradeUnitInput!){{gradeUnit(input: $i){{... on UnitChanged{{{UNIT}}} {P}}}}}"
OFFER = f"""mutation($i: OfferUnitInput!){{offerUnit(input: $i){{
  ... on UnitChanged{{{UNIT}}} {P} {R}}}}}"""
FACTS = """code lives chainIntact chainLength chainHead diagnostics{at passed batteryHealth}
  erasures{at result validated independent method technique standard revision medium}
  parts{part origin} repairs{fault action by} grades{scheme version grade by}"""
VERIFY = f"query($c: String!){{verifyDevice(code: $c){{brand model category passport{{{FACTS}}}}}}}"
READ = f"""query($id: ID!){{unit(id: $id){{id imeiMasked heldUntil events{{n kind facts}}
  passport{{{FACTS}}}}}}}"""
MINE = """{me{devices{edges{node{id imeiMasked warranty{legalGuaranteeMonths}
  passport{code diagnostics{passed} erasures{validated} parts{part} chainIntact}
  events{kind}}}}}}"""


async def at_now() -> datetime:
    found: datetime = await fetchval("SELECT now()")
    return found


def ago(now: datetime, minutes: int = 60) -> str:
    return (now - timedelta(minutes=minutes)).isoformat()


def a_test(now: datetime, **more: Any) -> Json:
    return {"protocol": "phone 4", "passed": True, "at": ago(now), "batteryHealth": 91} | more


def erased(unit: str, now: datetime, serial: str = "UFS-1", **more: Any) -> Json:
    return {
        "unit": unit, "medium": {"type": "UFS", "serial": serial}, "state": "VALIDATED",
        "at": ago(now), "method": "PURGE", "technique": "CRYPTO_ERASE", "standard": "NIST_800_88",
        "revision": "2", "tool": "eraser", "operator": "Camille", "validator": "Dominique",
        "verification": "full read",
    } | more  # fmt: skip


async def as_owner(sql: str) -> None:
    """What only the owner of the tables may do."""
    await execute("SET LOCAL ROLE NONE")
    await execute(sql)
    await execute(f"SET LOCAL ROLE {SYSTEM}")


async def registered(owner: Merchant, item: Item, imei: str, **more: Any) -> Json:
    given = {"variant": str(item.variant_id), "imei": imei} | more
    return await ask(REGISTER, merchant_key(owner), **given)


async def delivered(owner: Merchant, item: Item, imei: str, now: datetime, tracking: str) -> Bought:
    """A phone that was sold, shipped and delivered."""
    caller = merchant_key(owner)
    email = f"{tracking.lower()}@example.org"

    of = await paid(owner, item, LineState.ACCEPTED, by=await orders.customer(email))
    await ask(ATTACH, caller, **device(of.lines[0], now, imei=imei))
    parcel = {"order": order_id(of), "lines": [line_id(of.lines[0])], "carrier": "UPS"}
    sent = await ask(SHIP, caller, **parcel, trackingNumber=tracking)
    shipment = await fetchval("SELECT id FROM shipment ORDER BY id DESC LIMIT 1")
    await carrier_tells(shipment, ShipmentStatus.DELIVERED, now)
    assert sent["order"]["state"] == "SHIPPED"
    return of
