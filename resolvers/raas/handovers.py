"""A lot from its contract on: who sees it, and who acts on it.

Its organisation, the merchant that it was awarded to, and staff of its market see it.
Source: docs/fleets.md, "States".
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.raas import LOT_MOVES, LotState
from domain.raas.custody import Holder
from models.base import OPERATIONS, as_system
from models.offers.read import Position
from models.raas import handover
from models.raas.custody import By
from models.raas.handover import Lot, Terms
from models.units import attachments
from models.units.attachments import Owner
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, SignInFirst
from resolvers.effects import Outcome, audited, owner_once
from resolvers.orders.refusals import Refusal

__all__ = ["Lot"]

READ, WRITE = "lots:read", "lots:write"
ROLES = (Role.STAFF_SUPPORT, Role.STAFF_FINANCE, Role.COUNTRY_TEAM, Role.ACCOUNT_MANAGER)
MOST_ITEMS = 1_000
LONGEST_TEXT = 1_000
EVIDENCE_KEPT = timedelta(days=3_653)
UNKNOWN = Refusal("HANDOVER_UNKNOWN")


class Side(Enum):
    """Who may do something about a lot."""

    ORGANISATION = "ORGANISATION"
    MERCHANT = "MERCHANT"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class At:
    """A lot that is held, under which terms, and who acts: `raw` has the rights of a job."""

    raw: Any
    lot: Lot
    terms: Terms
    by: By


Work = Callable[[At], Awaitable[Outcome]]


@asynccontextmanager
async def sight(ctx: Context) -> AsyncGenerator[list[str] | None]:
    """A transaction in which the caller's lots are seen, and in which markets; None is all.

    Raises: SignInFirst for a visitor; Forbidden without the scope or the role.
    """
    caller = ctx.caller
    if caller.kind is CallerKind.STAFF:
        markets = markets_of_staff(ctx)
        async with ctx.private(OPERATIONS):
            yield markets
        return
    if caller.organisation_id is None and caller.merchant_id is None:
        raise SignInFirst("Send a merchant's or an organisation's API key or token.")
    limit = caller.markets_for(READ)
    markets = None if limit is None else sorted(limit)
    ask = ctx.merchant_id if caller.organisation_id is None else ctx.organisation_id
    ask(READ, markets[0] if markets else None)
    async with ctx.private():
        yield markets


def markets_of_staff(ctx: Context) -> list[str] | None:
    """The markets in which a member of staff looks after lots; None is all."""
    refusal: Forbidden | SignInFirst | None = None
    for role in ROLES:
        try:
            _, markets = ctx.staff_markets(role)
        except (Forbidden, SignInFirst) as error:
            refusal = error
        else:
            return None if markets is None else sorted(markets)
    raise refusal or SignInFirst("Sign in as a member of staff.")


def owner(ctx: Context) -> UUID | None:
    """For whom the caller acts; None for staff."""
    return ctx.caller.merchant_id or ctx.caller.organisation_id


def is_own(lot: Lot, ctx: Context, side: Side = Side.BOTH) -> bool:
    """Whether the caller acts for a side of a lot."""
    mine = owner(ctx)
    organisation = mine == lot.organisation_id and side is not Side.MERCHANT
    return mine is not None and (organisation or _sold_to(lot, mine, side))


def _sold_to(lot: Lot, mine: UUID, side: Side) -> bool:
    return mine == lot.merchant_id and side is not Side.ORGANISATION


async def lot(ctx: Context, lot_id: UUID) -> Lot | None:
    """A lot of the caller from its contract on; None for any other.

    Raises: SignInFirst, Forbidden.
    """
    async with sight(ctx) as markets:
        found = (await handover.lots([lot_id])).get(lot_id)
    if found is None or (markets is not None and found.market not in markets):
        return None
    return found if owner(ctx) is None or is_own(found, ctx) else None


async def page(
    ctx: Context, states: Sequence[LotState], first: int, after: str | None
) -> paging.Page[Lot]:
    """The caller's lots from their contract on, the newest first.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    size = paging.size(first)
    async with sight(ctx) as markets:
        of = paging.fingerprint("handovers", owner(ctx), markets, sorted(states))
        at = paging.opened(after, of, ctx.seal)
        before = at.id if at else None
        rows = await handover.page(states, markets, before, size + 1, owner(ctx))
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def on_lot(
    ctx: Context,
    name: str,
    lot_id: UUID,
    key: str,
    given: Mapping[str, Any],
    side: Side,
    work: Work,
) -> Outcome:
    """Act on a lot for one of its sides, once for its key, while nobody else does.

    Refuses: a lot that is not the caller's, or not its side's to act on.
    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(owner_id: UUID) -> Outcome:
        seen = (await handover.lots([lot_id])).get(lot_id)
        if seen is None or not is_own(seen, ctx, side):
            return UNKNOWN.outcome()
        terms = await handover.terms(seen.country, ctx.now.date())
        holder = Holder.MERCHANT if owner_id == seen.merchant_id else Holder.ORGANISATION
        async with as_system() as raw:
            held = await handover.held(raw, lot_id)
            by = By(holder, ctx.caller.user_id, ctx.now)
            outcome = await work(At(raw, held or seen, terms, by))
        if "refused" not in outcome:
            await audited(ctx, name, "Lot", lot_id, after=_short(outcome))
        return outcome

    return await owner_once(ctx, WRITE, name, key, {"lot": lot_id, **given}, act)


def _short(outcome: Outcome) -> Mapping[str, Any]:
    """What the log keeps of an outcome: of a list only how long it is."""
    return {k: len(v) if isinstance(v, list) else v for k, v in outcome.items() if k != "secret"}


def wrong_state(found: Lot, to: LotState) -> Refusal:
    """A lot stands where this cannot be done; what can follow is told."""
    allowed = sorted(state.value for state in LOT_MOVES.get(found.state, ()))
    return Refusal(
        "INVALID_TRANSITION", {"from": found.state.value, "to": to.value, "allowed": allowed}
    )


def text(given: str | None, argument: str, *, needed: bool = False) -> str | None:
    """A text as given, without outer spaces. Raises: BadInput for one too long, or none."""
    said = (given or "").strip()
    if len(said) > LONGEST_TEXT or "\0" in said:
        raise BadInput(f"`{argument}` is longer than {LONGEST_TEXT}.", argument=argument)
    if needed and not said:
        raise BadInput(f"`{argument}` is empty.", argument=argument)
    return said or None


def some(items: Sequence[Any], argument: str = "items") -> None:
    """Raises: BadInput for none, or more than 1,000."""
    if not 0 < len(items) <= MOST_ITEMS:
        raise BadInput(f"`{argument}` are 1 to {MOST_ITEMS}.", argument=argument)


async def evidence(ctx: Context, at: At, ids: Iterable[UUID]) -> Refusal | None:
    """Keep attachments that the caller names for a lot, and let both sides read them.

    Refuses: one that is not the caller's.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return None
    mine = Owner(organisation_id=ctx.caller.organisation_id, merchant_id=ctx.caller.merchant_id)
    found = await attachments.of_owner(wanted, mine)
    if len(found) < len(wanted):
        missing = sorted(map(str, {*wanted} - {each.id for each in found}))
        return Refusal("ATTACHMENT_UNKNOWN", {"attachments": missing[:10]})
    await attachments.claim(wanted, ctx.now + EVIDENCE_KEPT)
    lot = at.lot
    other = (
        Owner(merchant_id=lot.merchant_id)
        if mine.organisation_id
        else Owner(organisation_id=lot.organisation_id)
    )
    await attachments.share(wanted, other, "Lot", lot.id)
    return None
