"""Who merchants are: they say it, staff compares it with sources, buyers read the public part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.merchants.traders import (
    Checked,
    Deadline,
    Fact,
    FactState,
    Lack,
    Said,
    TraderField,
    fault,
    lacking,
    tidy,
)
from models.base import OPERATIONS, Tenant, as_system
from models.quality import traders as stored
from models.quality.traders import Facts
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, Refusal, audited, once_only, refusal_of, staff_once

READ, WRITE = "quality:read", "offers:write"
ROLE = Role.STAFF_DECISIONS
MOST = len(TraderField)
UNKNOWN = Refusal("MERCHANT_UNKNOWN")


@dataclass(frozen=True, slots=True)
class TraderRecord:
    """All that is known of who a merchant is. `deadline` None: it lacks nothing, or was not asked.

    Shapes: `day` is the one on which `lacks` holds.
    """

    merchant_id: UUID
    facts: Sequence[Fact]
    lacks: Sequence[Lack]
    deadline: Deadline | None
    day: date


async def record(ctx: Context, merchant_id: UUID | None) -> TraderRecord | None:
    """The caller's own record, or for staff that of a merchant; None where there is none.

    Raises: SignInFirst, Forbidden.
    """
    if ctx.caller.kind is CallerKind.STAFF:
        ctx.staff_markets(ROLE)
        return None if merchant_id is None else await _seen(ctx, merchant_id)
    async with ctx.acting(READ) as own:
        return await _record(ctx, own) if merchant_id in {None, own} else None


async def give(ctx: Context, said: Sequence[Said], key: str) -> TraderRecord:
    """Note what the caller's merchant says of itself; what is new waits to be checked.

    Raises: SignInFirst, Forbidden; BadInput for a value that cannot be right.
    """
    facts = [_tidied(each) for each in said]
    if not 1 <= len(facts) <= MOST or len({each.field for each in facts}) < len(facts):
        raise BadInput(f"Say 1 to {MOST} facts, each once.", argument="facts")

    async def act(merchant_id: UUID) -> Outcome:
        async with as_system() as raw:
            changed = await stored.give(raw, merchant_id, facts, ctx.now)
            await stored.settle(raw, [merchant_id], ctx.now)
        names = [field.value for field in changed]
        await audited(ctx, "setTraderFacts", "TraderRecord", merchant_id, after={"fields": names})
        return {}

    given = {each.field.value: [each.value, each.evidence] for each in facts}
    await once_only(ctx, WRITE, "setTraderFacts", key, given, act)
    async with ctx.acting(WRITE) as own:
        return await _record(ctx, own)


async def check(
    ctx: Context, merchant_id: UUID, found: Checked, key: str
) -> TraderRecord | Refusal:
    """Note that staff compared a fact with a source: it holds, or it does not.

    Refuses: an unknown merchant; TRADER_FACT_CHANGED where the fact is not what was checked.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    found = replace(found, against=_text(found.against, "checkedAgainst"))
    if found.state is FactState.DISPUTED and not (found.note or "").strip():
        raise BadInput("Say in `note` what is to be corrected.", argument="note")
    if found.note is not None:
        _text(found.note, "note")
    if found.valid_until is not None and found.valid_until < ctx.now.date():
        raise BadInput("`validUntil` is over.", argument="validUntil")

    async def act(user_id: UUID) -> Outcome:
        async with as_system() as raw:
            if not await stored.exists(raw, merchant_id):
                return UNKNOWN.outcome()
            if not await stored.check(raw, merchant_id, found, user_id, ctx.now):
                return Refusal("TRADER_FACT_CHANGED").outcome()
            await stored.settle(raw, [merchant_id], ctx.now)
        after = {"field": found.field.value, "state": found.state.value, "against": found.against}
        of = Tenant(merchant_id=merchant_id)
        await audited(ctx, "checkTraderFact", "TraderRecord", merchant_id, after=after, of=of)
        return {}

    asked = {
        "merchant": merchant_id, "field": found.field, "state": found.state,
        "givenAt": found.given_at.isoformat(), "against": found.against, "note": found.note or "",
        "until": found.valid_until.isoformat() if found.valid_until else "",
    }  # fmt: skip
    outcome = await staff_once(ctx, ROLE, "checkTraderFact", key, asked, act)
    return refusal_of(outcome) or await _seen(ctx, merchant_id)


async def shown(ctx: Context, merchant_id: UUID) -> Facts:
    """What anybody may read of who a merchant is."""

    async def batch(ids: list[UUID]) -> list[Facts]:
        found = await stored.shown(ids)
        return [found[each] for each in ids]

    return await ctx.loader(batch, "traders.shown").load(merchant_id)


def _tidied(said: Said) -> Said:
    value = tidy(said.field, stored_text(said.value, said.field.value))
    if (hint := fault(said.field, value)) is not None:
        message = f"{said.field.value} cannot be {value[:40]!r}. {hint}"
        raise BadInput(message, argument="facts", field=said.field.value, value=value[:80])
    evidence = None if said.evidence is None else _text(said.evidence, "evidence")
    return Said(said.field, value, evidence)


def _text(text: str, name: str) -> str:
    if not 0 < len(stored_text(text, name).strip()) <= 1_000:
        raise BadInput(f"Say `{name}` in 1 to 1,000 characters.", argument=name)
    return text.strip()


async def _seen(ctx: Context, merchant_id: UUID) -> TraderRecord:
    async with ctx.private(OPERATIONS):
        return await _record(ctx, merchant_id)


async def _record(ctx: Context, merchant_id: UUID) -> TraderRecord:
    facts = (await stored.facts([merchant_id]))[merchant_id]
    deadline = (await stored.deadlines([merchant_id])).get(merchant_id)
    day = ctx.now.date()
    order = list(TraderField)
    rows = sorted(facts.values(), key=lambda fact: order.index(fact.field))
    return TraderRecord(merchant_id, rows, lacking(facts, day), deadline, day)


def given_at(at: datetime) -> datetime:
    """The time that names a value. Raises: BadInput without an offset."""
    if at.tzinfo is None:
        raise BadInput("`givenAt` needs an offset.", argument="givenAt")
    return at
