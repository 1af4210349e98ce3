"""A merchant says which device a line is: what it is known by, that it works, that it is wiped."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.orders import LineState
from domain.orders.sale import TaxRefused
from domain.orders.vat import Acquisition as Bought
from domain.orders.vat import LineTax, Supplier
from domain.units import DeviceStatus, Identifier, IdentifierKind, Imei, UnitEventKind
from domain.units.claiming import Party
from domain.units.proofs import (
    Diagnostic,
    Erasure,
    ProofFault,
    diagnostic_fault,
    erasure_fault,
)
from domain.units.status import Checked as Answered
from domain.units.status import CheckMoment
from models import clock, units
from models.orders import read, tax
from models.orders.read import LineRow
from models.units import (
    Acquisition,
    AlreadySold,
    Checked,
    Device,
    Sale,
    erasures,
    passports,
    status,
)
from models.units.status import install
from resolvers.context import Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.orders.acceptance import WRITE, line_of
from resolvers.orders.refusals import LINE_UNKNOWN, Refusal, own, refusal_of, wrong_state
from resolvers.units.identity import Numbers, boards, field_of, whole

__all__ = ["Given", "attach", "install"]


@dataclass(frozen=True, slots=True)
class Given:
    """A device as its merchant describes it."""

    imei: str | None
    imei2: str | None
    serial: str | None
    diagnostic: Diagnostic | None
    erasure: Erasure | None
    acquisition: Acquisition | None
    replace: bool = False

    @property
    def numbers(self) -> Numbers:
        """What it is known by."""
        return Numbers(self.imei, self.imei2, self.serial)


async def attach(ctx: Context, line_id: UUID, given: Given, key: str) -> LineRow | Refusal:
    """Give an accepted line its device; the line holds its facts, and nobody else can sell it.

    Refuses: a line that is not the caller's; another state; a device that is there already, unless
    it is to be replaced; a number that is none; a device that another sale has; a device on a list
    of stolen ones; no good diagnostic; no validated erasure, where devices hold data; on a margin
    line, a device that may not be sold so.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.merchant_id(WRITE)
    named = boards(given.numbers)
    checked = await status.check([] if isinstance(named, Refusal) else named)

    async def act(merchant_id: UUID) -> Outcome:
        now = await clock.now_of(merchant_id)
        line = (await read.hold([line_id])).get(line_id)
        refusal = _not_attachable(line, merchant_id, replace=given.replace)
        if refusal or line is None:
            return (refusal or Refusal(LINE_UNKNOWN)).outcome()
        if isinstance(named, Refusal):
            return named.outcome()
        fitting = await _fitting(line, given, named, now)
        if isinstance(fitting, Refusal):
            return fitting.outcome()
        if checked.status is DeviceStatus.FLAGGED:
            return Refusal("IMEI_BLACKLISTED").outcome()
        return await _attached(ctx, line, given, fitting, checked, now)

    outcome = await once_only(ctx, WRITE, "attachUnit", key, _facts(line_id, given), act)
    return refusal_of(outcome) or await line_of(ctx, line_id)


def _facts(line_id: UUID, given: Given) -> dict[str, Any]:
    return {"line": line_id, **asdict(given)}


def _not_attachable(line: LineRow | None, merchant_id: UUID, *, replace: bool) -> Refusal | None:
    if line is None or not own(line, merchant=merchant_id):
        return Refusal(LINE_UNKNOWN)
    if line.state is not LineState.ACCEPTED:
        return wrong_state(line, LineState.SHIPPED)
    if line.unit_id is not None and not replace:
        return Refusal("UNIT_ALREADY_ATTACHED")
    return None


async def _fitting(
    line: LineRow, given: Given, of_board: Sequence[Identifier], now: datetime
) -> list[Identifier] | Refusal:
    """What the device is known by. Refuses: too little of it; what may not leave.

    What is not sent along may have been recorded since the device was last with a user.
    """
    terms = await units.terms(line.variant_id, line.category)
    if terms is None:
        return Refusal(LINE_UNKNOWN)
    found = whole(given.numbers, of_board, terms)
    if isinstance(found, Refusal):
        return found
    missing = {each.code: each for each in await _recorded(line.merchant_id, found, now)}
    untested = given.diagnostic or erasures.DIAGNOSTIC_MISSING in missing
    if untested and (fault := diagnostic_fault(given.diagnostic, now)):
        return Refusal("DIAGNOSTIC_MISSING", {"reason": fault.value})
    unproven = missing.get(erasures.ERASURE_PROOF_MISSING)
    if unproven and unproven.medium:
        return Refusal("ERASURE_PROOF_MISSING", {"reason": unproven.reason.value})
    fault = erasure_fault(given.erasure, now, storage=terms.storage)
    if fault and (given.erasure or unproven):
        return Refusal("ERASURE_PROOF_MISSING", {"reason": fault.value})
    return found


async def _recorded(
    merchant_id: UUID, named: Sequence[Identifier], now: datetime
) -> Sequence[erasures.Missing]:
    """What still lacks of the proofs of the merchant's own unit, if it has one by these numbers."""
    mine = await passports.own([each.key for each in named], merchant_id)
    if len(mine) != 1:
        return _NOTHING
    return (await erasures.released(mine, now))[mine[0]]


_NOTHING = (
    erasures.Missing(erasures.DIAGNOSTIC_MISSING, ProofFault.NONE_GIVEN),
    erasures.Missing(erasures.ERASURE_PROOF_MISSING, ProofFault.NONE_GIVEN),
)


async def _attached(
    ctx: Context,
    line: LineRow,
    given: Given,
    named: Sequence[Identifier],
    checked: Answered,
    now: datetime,
) -> Outcome:
    tac = next((Imei(e.value).tac for e in named if e.kind is IdentifierKind.IMEI), None)
    battery = given.diagnostic.battery_health if given.diagnostic else None
    told = Checked(checked.status, checked.source, checked.checked_at)
    device = Device(named, tac, told, battery, given.acquisition)
    sale = Sale(line.id, line.merchant_id, line.customer_id, line.variant_id, line.category)
    margin = await _margin(line, given.acquisition)
    if isinstance(margin, Refusal):
        return margin.outcome()
    made = await units.attach(sale, device)
    if isinstance(made, AlreadySold):
        return Refusal("IMEI_ALREADY_SOLD", {"field": field_of(named, made.key)}).outcome()
    of = Party(merchant_id=line.merchant_id, customer_id=line.customer_id)
    await status.keep(checked, named, CheckMoment.RESALE, of, made)
    if margin is not None:
        await tax.keep(line.id, margin)
    if given.diagnostic:
        tested = given.diagnostic.facts()
        await units.note([made], UnitEventKind.DIAGNOSED, given.diagnostic.at, tested)
    if given.erasure:
        await units.note([made], UnitEventKind.ERASED, given.erasure.at, given.erasure.facts())
        await erasures.ask_certificates([made])
    sold = {"orderLineId": str(line.id), "deviceStatus": checked.status.value}
    await units.note([made], UnitEventKind.SOLD, now, sold)
    await audited(ctx, "attachUnit", "OrderLine", line.id, after={"unitId": str(made)})
    return {"unit": str(made)}


async def _margin(line: LineRow, said: Acquisition | None) -> LineTax | Refusal | None:
    """The tax of a margin line with what is known of its device; None for any other line."""
    missing = [] if said is None else _missing(line, said)
    unit = None
    if said is not None and said.bought_on is not None and said.country is not None:
        supplier = _SUPPLIERS[said.supplier]
        unit = Bought(
            bought_on=said.bought_on,
            supplier=supplier,
            country=said.country,
            price_minor=said.price_minor,
            document_no=said.document,
            vat_invoice=supplier is Supplier.TAXABLE,
            imported=said.imported,
        )
    found = await tax.with_unit(line.id, unit, missing)
    if isinstance(found, TaxRefused):
        reason = found.facts.get("reason") or found.code.value
        return Refusal("NOT_ELIGIBLE", {"reason": reason})
    return found


def _missing(line: LineRow, said: Acquisition) -> list[str]:
    """What the margin scheme wants to know and was not said, as names of the API."""
    known = {
        "boughtOn": said.bought_on is not None,
        "country": said.country is not None,
        "currency": said.currency == line.currency,
    }
    return [name for name, there in known.items() if not there]


_SUPPLIERS: Mapping[str, Supplier] = {
    "PERSON": Supplier.PERSON,
    "MARGIN_DEALER": Supplier.MARGIN_DEALER,
    "EXEMPT_BUSINESS": Supplier.EXEMPT_SUPPLIER,
    "VAT_BUSINESS": Supplier.TAXABLE,
}
