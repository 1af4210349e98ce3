"""What a merchant and a customer ask of orders, for tests; and the money that was paid for them."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.orders import LineState
from models.base import fetch, fetchrow, fetchval
from models.merchants import Merchant
from resolvers.context import Caller
from schema.common import global_id
from tests import orders
from tests.factories import NOW, Item
from tests.orders import Bought
from tests.payments import captured
from tests.schema.asking import Json, data, key_of

SCOPES = ("orders:read", "orders:write")
IMEI, OTHER_IMEI = "490154203237518", "356938035643809"
P = "... on Problem{code message path}"
T = "... on InvalidTransition{from to allowed}"
LINE = "line{id state reason version}"
_keys = count(1)

ACCEPT = f"""mutation($i: AcceptOrderLinesInput!){{acceptOrderLines(input: $i){{results{{
  ... on OrderLineChanged{{line{{state dispatchBy}}}} {P} {T}
  ... on AcceptanceDeadlinePassed{{acceptBy}} ... on PartialAcceptanceDisabled{{missing}}}}}}}}"""
REFUSE = f"""mutation($i: RefuseOrderLineInput!){{refuseOrderLine(input: $i){{
  ... on OrderLineChanged{{{LINE}}} {P} {T}}}}}"""
CANCEL = f"""mutation($i: CancelOrderLineInput!){{cancelOrderLine(input: $i){{
  ... on OrderLineChanged{{{LINE}}} {P} {T}}}}}"""
REQUEST = f"""mutation($i: RequestCancellationInput!){{requestCancellation(input: $i){{
  ... on OrderLineChanged{{line{{state cancelRequestedAt}}}} {P} {T}}}}}"""
ANSWER = f"""mutation($i: AnswerCancelRequestInput!){{answerCancelRequest(input: $i){{
  ... on OrderLineChanged{{line{{state cancelRequestedAt}}}} {P} {T}}}}}"""
ATTACH = f"""mutation($i: AttachUnitInput!){{attachUnit(input: $i){{
  ... on OrderLineChanged{{line{{state unit{{imei imeiMasked serial tac deviceStatus batteryHealth}}
    acquisition{{price{{amount currency}} document supplier}}}}}} {P} {T}
  ... on ImeiInvalid{{reason field}} ... on ImeiAlreadySold{{field}}
  ... on DiagnosticMissing{{reason}} ... on ErasureProofMissing{{reason}}}}}}"""
SHIP = f"""mutation($i: ShipOrderInput!){{shipOrder(input: $i){{
  ... on OrderShipped{{shipmentId carrier trackingNumber warnings{{code}}
    order{{state lines{{state}}}}}} {P} {T}}}}}"""
ORDER = """query($id: ID!){order(id: $id){id number state nextDeadline total{amount}
  address{name postalCode} lines{state unit{imeiMasked} history{from to actor reason}}}}"""


def key() -> str:
    """An idempotency key that was not used before."""
    return f"key-{next(_keys)}"


def merchant_key(owner: Merchant) -> Caller:
    """A key of a merchant for its orders."""
    return key_of(owner, *SCOPES)


def buyer(customer_id: UUID) -> Caller:
    """A customer who signed in."""
    roles = frozenset({Role.CUSTOMER.value})
    return Caller(kind=CallerKind.CUSTOMER, user_id=customer_id, roles=roles)


def staff(*roles: Role, markets: frozenset[str] | None = None) -> Caller:
    """A member of staff who signed in."""
    return Caller(
        kind=CallerKind.STAFF, user_id=UUID(int=7), roles=frozenset(roles), markets=markets
    )


def line_id(line: UUID) -> str:
    """The id of a line as clients know it."""
    return str(global_id("OrderLine", line))


def order_id(of: Bought) -> str:
    """The id of an order as clients know it."""
    return str(global_id("Order", of.order_id))


async def paid(
    owner: Merchant, item: Item, state: LineState = LineState.PAID, **more: Any
) -> Bought:
    """An order whose money was captured, its lines in a state."""
    at = more.pop("at", None) or await fetchval("SELECT now()")
    of = await orders.bought(owner, item, state, at=at, **more)
    if state is not LineState.RESERVED:
        await captured(of, at)
    return of


def device(line: UUID, at: datetime = NOW, **more: Any) -> Json:
    """The input of `attachUnit` for a phone that may leave."""
    tested = (at - timedelta(hours=1)).isoformat()
    return {
        "orderLine": line_id(line),
        "idempotencyKey": key(),
        "imei": IMEI,
        "diagnostic": {"protocol": "phone 4", "passed": True, "at": tested, "batteryHealth": 91},
        "erasure": {
            "result": "VALIDATED", "at": tested, "standard": "NIST_800_88", "method": "PURGE",
            "technique": "CRYPTO_ERASE", "tool": "eraser 3", "certificateRef": "C-1",
        },
    } | more  # fmt: skip


async def ask(query: str, caller: Caller, **given: Any) -> Json:
    """The result of a mutation of one input."""
    (found,) = (await data(query, caller, i={"idempotencyKey": key()} | given)).values()
    result: Json = found
    return result


async def state(line: UUID) -> str:
    """The state of a line."""
    found: str = await fetchval("SELECT state FROM order_line WHERE id = $1", line)
    return found


async def row(line: UUID) -> dict[str, Any]:
    """A line as it is stored."""
    found = await fetchrow("SELECT * FROM order_line WHERE id = $1", line)
    assert found is not None
    return dict(found)


async def refunds(line: UUID) -> list[tuple[str, int]]:
    """What was promised back for a line: why, and how much."""
    rows = await fetch(
        "SELECT reason, amount_minor FROM refund WHERE line_id = $1 ORDER BY id", line
    )
    return [tuple(each) for each in rows]
