"""What a merchant records about a device that is on its table: each is an event of the device."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.units import (
    DeviceStatus,
    Identifier,
    IdentifierKind,
    Imei,
    Place,
    SupplyChannel,
    UnitEventKind,
    imei_identifier,
)
from domain.units.claiming import Claim, Elsewhere, Party
from domain.units.codes import read_code
from domain.units.erasure import ErasureFault, NotAllowed
from domain.units.facts import GRADE, VERSION, Graded, Part, PartReplaced, Repaired
from domain.units.proofs import Diagnostic, diagnostic_fault
from domain.units.status import CheckMoment
from models import clock, units
from models.base import new_id
from models.units import Acquisition, erasures, passports, status
from models.units.claims import claim, note_many
from models.units.erasures import Medium, Recorded, Report
from models.units.passports import Stock
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, Refusal, audited, once_only, refusal_of
from resolvers.units.identity import Numbers, boards, field_of, whole

__all__ = ["Medium", "Report"]

WRITE: Final = "orders:write"
UNKNOWN: Final = Refusal("UNIT_UNKNOWN")
MOST_PARTS: Final = 20
MOST_MEDIA: Final = 20

Note = tuple[UnitEventKind, datetime, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Registered:
    """A device as its merchant takes it into its stock. `code`: of the passport it came with."""

    numbers: Numbers
    variant_id: UUID
    channel: SupplyChannel | None
    sku: str | None
    acquisition: Acquisition | None
    media: Sequence[Medium]
    diagnostic: Diagnostic | None
    code: str | None


async def register(ctx: Context, given: Registered, key: str) -> UUID | Refusal:
    """Take a device into the caller's stock; the unit's id. The same device again is the same unit.

    Refuses: a variant that is not there; a number that is none; a device that is spoken for
    elsewhere; one on a list of stolen ones.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    if len(given.media) > MOST_MEDIA:
        raise BadInput(f"`media` are {MOST_MEDIA} at most.", argument="media")
    ctx.merchant_id(WRITE)
    of_board = boards(given.numbers)
    checked = await status.check([] if isinstance(of_board, Refusal) else of_board)

    async def act(merchant_id: UUID) -> Outcome:
        terms = await units.terms(given.variant_id, None)
        if terms is None:
            return Refusal("VARIANT_UNKNOWN").outcome()
        if isinstance(of_board, Refusal):
            return of_board.outcome()
        named = whole(given.numbers, of_board, terms)
        if isinstance(named, Refusal):
            return named.outcome()
        if checked.status is DeviceStatus.FLAGGED:
            return Refusal("IMEI_BLACKLISTED").outcome()
        code = read_code(given.code) if given.code else None
        of = Party(merchant_id=merchant_id)
        mine = await passports.own([each.key for each in named], merchant_id)
        place_id = await _place(mine) or new_id()
        about = (terms.category, given.variant_id, given.channel, code)
        made = await claim(Claim(Place.STOCK, place_id, of, *about), named)
        if isinstance(made, Elsewhere):
            return Refusal("IMEI_ALREADY_SOLD", {"field": field_of(named, made.key)}).outcome()
        await status.keep(checked, named, CheckMoment.RESALE, of, made)
        await _described(made, merchant_id, given)
        await audited(ctx, "registerUnit", "Unit", made, after={"channel": given.channel})
        return {"unit": str(made)}

    return _made(await once_only(ctx, WRITE, "registerUnit", key, asdict(given), act))


async def _place(mine: Sequence[UUID]) -> UUID | None:
    """The place in the stock that the device has already."""
    found = await passports.held(mine)
    return next((h.place_id for h in found.values() if h.place is Place.STOCK), None)


async def _described(unit_id: UUID, merchant_id: UUID, given: Registered) -> None:
    if given.numbers.imei:
        found = boards(given.numbers)
        if not isinstance(found, Refusal):
            await units.keep_tac(unit_id, Imei(found[0].value).tac)
    if given.sku or given.acquisition:
        await passports.keep_stock(unit_id, merchant_id, Stock(given.sku, given.acquisition))
    for medium in given.media:
        await erasures.add_medium(unit_id, medium)
    if tested := given.diagnostic:
        await note_many([(unit_id, UnitEventKind.DIAGNOSED, tested.at, tested.facts())])
        await units.keep_battery(unit_id, tested.battery_health)


def _made(outcome: Outcome) -> UUID | Refusal:
    return refusal_of(outcome) or UUID(outcome["unit"])


async def on_own(
    ctx: Context,
    name: str,
    unit_id: UUID,
    given: Mapping[str, Any],
    key: str,
    act: Callable[[UUID, datetime], Awaitable[Refusal | None]],
) -> UUID | Refusal:
    """Do something to a device on the caller's table. Refuses: one that is not its own, or away."""

    async def inside(merchant_id: UUID) -> Outcome:
        there = await passports.in_hand(unit_id, merchant_id)
        if not there:
            return (UNKNOWN if there is None else Refusal("UNIT_NOT_IN_HAND")).outcome()
        refused = await act(merchant_id, await clock.now_of(merchant_id))
        if refused is not None:
            return refused.outcome()
        await audited(ctx, name, "Unit", unit_id)
        return {"unit": str(unit_id)}

    asked = {"unit": unit_id, **given}
    return _made(await once_only(ctx, WRITE, name, key, asked, inside))


async def diagnose(ctx: Context, unit_id: UUID, tested: Diagnostic, key: str) -> UUID | Refusal:
    """Record a test of a device, passed or not.

    Refuses: a device that is not the caller's, or not there; a time to come.
    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(_merchant_id: UUID, now: datetime) -> Refusal | None:
        if tested.at > now:
            fault = diagnostic_fault(tested, now)
            return Refusal("DIAGNOSTIC_MISSING", {"reason": fault.value if fault else ""})
        await note_many([(unit_id, UnitEventKind.DIAGNOSED, tested.at, tested.facts())])
        await units.keep_battery(unit_id, tested.battery_health)
        return None

    return await on_own(ctx, "recordDiagnostic", unit_id, asdict(tested), key, act)


async def erase(ctx: Context, unit_id: UUID, report: Report, key: str) -> UUID | Refusal:
    """Record how far the erasure of a medium came.

    Refuses: a device that is not the caller's, or not there; a step that cannot follow; what an
    erasure lacks, or cannot be.
    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(_merchant_id: UUID, now: datetime) -> Refusal | None:
        if report.at > now:
            return Refusal("ERASURE_REFUSED", {"reason": ErasureFault.FROM_THE_FUTURE.value})
        made = await erasures.record(unit_id, report)
        if isinstance(made, Recorded):
            return None
        if isinstance(made, NotAllowed):
            facts = {"from": made.state, "to": made.to, "allowed": list(made.allowed)}
            return Refusal("INVALID_TRANSITION", facts)
        return Refusal("ERASURE_REFUSED", {"reason": made.value})

    return await on_own(ctx, "recordErasure", unit_id, asdict(report), key, act)


async def replace_part(
    ctx: Context, unit_id: UUID, part: PartReplaced, at: datetime, medium: Medium | None, key: str
) -> UUID | Refusal:
    """Record a part that was replaced. New storage is a medium of the device from now on.

    Shapes: `part.medium` is the serial number of storage that was taken out.
    Refuses: a device that is not the caller's, or not there. Raises: SignInFirst, Forbidden,
    BadInput.
    """

    async def act(_merchant_id: UUID, _now: datetime) -> Refusal | None:
        await _replaced(unit_id, part, at, medium)
        return None

    given = {"part": asdict(part), "at": at, "medium": medium and asdict(medium)}
    return await on_own(ctx, "recordPart", unit_id, given, key, act)


async def _replaced(unit_id: UUID, part: PartReplaced, at: datetime, medium: Medium | None) -> None:
    if part.part is Part.STORAGE and part.medium:
        await erasures.remove_medium(unit_id, part.medium)
    if medium is not None:
        await erasures.add_medium(unit_id, medium)
    await note_many([(unit_id, UnitEventKind.PART_REPLACED, at, part.facts())])


async def repair(
    ctx: Context,
    unit_id: UUID,
    done: Repaired,
    parts: Sequence[PartReplaced],
    at: datetime,
    key: str,
) -> UUID | Refusal:
    """Record a repair, with the parts that it took: 20 at most.

    Refuses: a device that is not the caller's, or not there. Raises: SignInFirst, Forbidden,
    BadInput.
    """
    if len(parts) > MOST_PARTS:
        raise BadInput(f"`parts` are {MOST_PARTS} at most.", argument="parts")

    async def act(_merchant_id: UUID, _now: datetime) -> Refusal | None:
        for part in parts:
            await _replaced(unit_id, part, at, None)
        await note_many([(unit_id, UnitEventKind.REPAIRED, at, done.facts())])
        return None

    given = {"repair": asdict(done), "parts": [asdict(part) for part in parts], "at": at}
    return await on_own(ctx, "recordRepair", unit_id, given, key, act)


async def grade(
    ctx: Context, unit_id: UUID, graded: Graded, at: datetime, key: str
) -> UUID | Refusal:
    """Record how a device looks.

    Refuses: a device that is not the caller's, or not there. Raises: SignInFirst, Forbidden;
    BadInput for what is no version or no grade.
    """
    if not VERSION.fullmatch(graded.version):
        raise BadInput("`version` is one to three numbers, as `1.2`.", argument="version")
    if not GRADE.fullmatch(graded.grade):
        raise BadInput("`grade` is one of ours, of CTIA or of R2.", argument="grade")

    async def act(_merchant_id: UUID, _now: datetime) -> Refusal | None:
        await note_many([(unit_id, UnitEventKind.GRADED, at, graded.facts())])
        return None

    return await on_own(ctx, "gradeUnit", unit_id, {**asdict(graded), "at": at}, key, act)


def _numbers(held: Mapping[str, str]) -> list[Identifier]:
    """The numbers that lists are asked about, of a device as its holder knows it."""
    kinds = (IdentifierKind.IMEI, IdentifierKind.IMEI2)
    return [imei_identifier(Imei(held[kind]), kind) for kind in kinds if kind in held]


async def offer(ctx: Context, unit_id: UUID, key: str) -> UUID | Refusal:
    """Put a device among what the caller offers: the same rule as for what leaves.

    Refuses: a device that is not the caller's, or not there; one on a list of stolen ones; no good
    diagnostic; an erasure that was not validated.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.merchant_id(WRITE)
    async with ctx.private():
        held = (await passports.held([unit_id])).get(unit_id)
    named = [] if held is None else _numbers(held.identifiers)
    checked = await status.check(named)

    async def act(merchant_id: UUID, now: datetime) -> Refusal | None:
        if checked.status is DeviceStatus.FLAGGED:
            return Refusal("IMEI_BLACKLISTED")
        missing = (await erasures.released([unit_id], now))[unit_id]
        if missing:
            return Refusal(missing[0].code, {"reason": missing[0].reason.value})
        await status.keep(checked, named, CheckMoment.RESALE, Party(merchant_id), unit_id)
        await note_many([(unit_id, UnitEventKind.OFFERED, now, {})])
        return None

    return await on_own(ctx, "offerUnit", unit_id, {}, key, act)
