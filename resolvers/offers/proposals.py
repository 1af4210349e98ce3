"""Proposals of products: by merchants who miss one, and by staff who decide about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import InvalidTransition, move
from domain.accounts.roles import CallerKind, Role
from domain.catalog import GtinProblem, gtin14
from domain.catalog.proposals import (
    PROPOSAL_MOVES,
    ProposalState,
    RejectionReason,
    due_at,
    working_time,
)
from models import catalog
from models.base import CATALOGUE, Tenant, acting
from models.catalog import VariantRow
from models.jobs import Job
from models.markets import Market
from models.merchants import Merchant
from models.offers import proposals as stored
from models.offers import sandbox
from models.offers.proposals import MOST_OPEN, Proposal, Proposed, Supporter
from models.offers.read import Position
from models.outbox import enqueue
from resolvers import paging
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, once_only, staff_once
from resolvers.offers.decisions import Decision, Fault, decided

READ, WRITE = "offers:read", "offers:write"
ROLE = Role.STAFF_MODERATION
MOST_MERCHANTS = 100
_LONGEST = 255
_MOST_ATTRIBUTES = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product that a merchant misses, as it was sent."""

    gtin: str | None
    mpn: str | None
    brand: str
    model: str
    title: str | None = None
    category: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """The catalogue has this number already."""

    variant_id: UUID


@dataclass(frozen=True, slots=True)
class TooMany:
    """As many proposals of the merchant are open as may be."""

    limit: int


@dataclass(frozen=True, slots=True)
class Faulty:
    """A decision that the catalogue cannot hold, with every reason."""

    faults: tuple[Fault, ...]


def working_left(row: Proposal, now: datetime) -> timedelta:
    """Working time until an answer is due; negative where it is overdue."""
    zone = ZoneInfo(row.time_zone)
    return working_time(now.astimezone(zone), row.due_at.astimezone(zone))


async def proposals(
    ctx: Context, state: ProposalState | None, first: int, after: str | None
) -> paging.Page[Proposal]:
    """To staff what their markets wait for, due first; to a merchant its own, newest first.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    size = paging.size(first)
    of = paging.fingerprint("proposals", ctx.caller.merchant_id, ctx.caller.user_id, state)
    at = paging.opened(after, of, ctx.seal)
    if ctx.caller.kind is CallerKind.STAFF:
        _, markets = ctx.staff_markets(ROLE)
        from_ = (datetime.fromtimestamp(at.key1 / 1e6, UTC), at.id) if at else None
        async with ctx.private(CATALOGUE):
            rows = await stored.to_moderate(state, _listed(markets), from_, size + 1)
    else:
        async with ctx.acting(READ) as merchant_id:
            rows = await stored.of_merchant(merchant_id, state, at.id if at else None, size + 1)
    return paging.page(
        [(row, Position(_micro(row.due_at), 0, row.id)) for row in rows], size, of, ctx.seal
    )


async def proposal(ctx: Context, proposal_id: UUID) -> Proposal | None:
    """One that the caller may see; None for any other. Raises: SignInFirst, Forbidden."""
    if ctx.caller.kind is CallerKind.STAFF:
        _, markets = ctx.staff_markets(ROLE)
        async with ctx.private(CATALOGUE):
            return await stored.one(proposal_id, _listed(markets))
    async with ctx.acting(READ) as merchant_id:
        return await stored.one_of(merchant_id, proposal_id)


async def supporters(ctx: Context, proposal_id: UUID) -> list[Supporter]:
    """Who waits for it, for staff. Raises: SignInFirst, Forbidden."""
    ctx.staff_markets(ROLE)
    async with ctx.private(CATALOGUE):
        return await stored.supporters(proposal_id, MOST_MERCHANTS)


async def likely(ctx: Context, row: Proposal) -> list[tuple[VariantRow, float]]:
    """Variants that it may be a duplicate of, for staff. Raises: SignInFirst, Forbidden."""
    ctx.staff_markets(ROLE)
    async with ctx.private(CATALOGUE):
        scores = dict(await stored.likely(row))
        rows = {each.id: each for each in await catalog.variants_by_id(list(scores))}
    return [(rows[each], score) for each, score in scores.items()]


async def propose(ctx: Context, wanted: Wanted, idempotency_key: str) -> Proposal | Known | TooMany:
    """Propose a product for the caller's merchant, or join those who wait for it already.

    Refuses: a number that the catalogue has, the 1,001st open proposal.
    Raises: SignInFirst, Forbidden; BadInput for what is no number, or lacks a brand or a model.
    """
    given = await _proposed(wanted)

    async def act(merchant_id: UUID) -> Outcome:
        if await sandbox.is_one(merchant_id):
            message = "A sandbox proposes nothing: staff would have to answer."
            raise BadInput(message, reason="SANDBOX_ONLY", argument="gtin")
        if given.gtin and (known := await catalog.variant_of_gtin(given.gtin)):
            return {"known": str(known)}
        merchant = await Merchant.get(id=merchant_id).only("id", "markets")
        home = await Market.get_or_none(code=merchant.markets[0]) if merchant.markets else None
        zone = home.time_zone if home else "UTC"
        due = due_at(ctx.now.replace(microsecond=0).astimezone(ZoneInfo(zone)))
        async with acting(Tenant(merchant_id, user_id=ctx.caller.user_id, presented=CATALOGUE)):
            if await stored.open_count(merchant_id) >= MOST_OPEN:
                return {"limit": MOST_OPEN}
            made = await stored.propose(merchant_id, merchant.markets, given, zone, due)
        await audited(
            ctx, "proposeProduct", "ProductProposal", made,
            after={"gtin": given.gtin, "brand": given.brand, "model": given.model},
        )  # fmt: skip
        return {"id": str(made)}

    said = {"product": given.key, "brand": given.brand, "model": given.model, "title": given.title}
    found = await once_only(ctx, WRITE, "proposeProduct", idempotency_key, said, act)
    if known := found.get("known"):
        return Known(UUID(known))
    if limit := found.get("limit"):
        return TooMany(limit)
    async with ctx.private():
        row = await stored.one_of(ctx.merchant_id(WRITE), UUID(found["id"]))
    if row is None:  # the merchant was removed in between
        raise LookupError(found["id"])
    return row


async def take(
    ctx: Context, proposal_id: UUID, idempotency_key: str
) -> Proposal | InvalidTransition | None:
    """Begin to look at a proposal; None for one that is not in the caller's markets.

    Raises: SignInFirst, Forbidden.
    """

    async def act(user_id: UUID, _row: Proposal) -> Outcome:
        await stored.take(proposal_id, user_id)
        return {"state": ProposalState.IN_REVIEW.value}

    to = ProposalState.IN_REVIEW
    return await _moved(ctx, "takeProposal", proposal_id, to, {}, idempotency_key, act)


async def reject(
    ctx: Context, proposal_id: UUID, reason: RejectionReason, note: str | None, idempotency_key: str
) -> Proposal | InvalidTransition | None:
    """Do not take a product into the catalogue; None for one that is not in the caller's markets.

    Raises: SignInFirst, Forbidden; BadInput for a note over 500 characters.
    """
    if note is not None and len(stored_text(note, "note")) > 500:
        raise BadInput("`note` is longer than 500 characters.", argument="note")

    async def act(user_id: UUID, _row: Proposal) -> Outcome:
        await stored.reject(proposal_id, user_id, reason, note, ctx.now)
        for each in await stored.supporters(proposal_id, MOST_OPEN):
            await stored.ask_to_propose(each.merchant_id)
        return {"state": ProposalState.REJECTED.value, "reason": reason.value, "note": note}

    given = {"reason": reason.value, "note": note}
    to = ProposalState.REJECTED
    return await _moved(ctx, "rejectProposal", proposal_id, to, given, idempotency_key, act)


async def publish(
    ctx: Context, proposal_id: UUID, decision: Decision, idempotency_key: str
) -> Proposal | InvalidTransition | Faulty | None:
    """Take a product into the catalogue, or give its number to a variant that is there.

    The catalogue is written by a job, within seconds; until then the proposal is `IN_REVIEW`.
    Refuses: a decision that the catalogue cannot hold.
    Raises: SignInFirst, Forbidden.
    """
    wanted = await decided(decision)
    if isinstance(wanted, tuple):
        ctx.staff_markets(ROLE)
        return Faulty(wanted)

    async def act(user_id: UUID, _row: Proposal) -> Outcome:
        noted = {**wanted, "by": str(user_id), "request": ctx.request_id}
        await stored.decide(proposal_id, user_id, noted, ctx.now)
        await enqueue(
            Job.PUBLISH_PRODUCT, dedup_key=f"publish:{proposal_id}", proposal_id=str(proposal_id)
        )
        return {"decision": wanted}

    to = ProposalState.MERGED if "variant" in wanted else ProposalState.PUBLISHED
    return await _moved(ctx, "publishProposal", proposal_id, to, wanted, idempotency_key, act)


async def _moved(
    ctx: Context,
    name: str,
    proposal_id: UUID,
    to: ProposalState,
    given: Mapping[str, Any],
    key: str,
    act: Any,
) -> Proposal | InvalidTransition | None:
    _, markets = ctx.staff_markets(ROLE)
    listed = _listed(markets)

    async def once(user_id: UUID) -> Outcome:
        row = await stored.one(proposal_id, listed, locked=True)
        if row is None:
            return {"unknown": True}
        moved = move(PROPOSAL_MOVES, row.state, to)
        if isinstance(moved, InvalidTransition) or row.decision is not None:
            return {"from": row.state.value}
        after = await act(user_id, row)
        before = {"state": row.state.value}
        await audited(ctx, name, "ProductProposal", proposal_id, before=before, after=after)
        return {}

    said = {"proposal": proposal_id, **given}
    found = await staff_once(ctx, ROLE, name, key, said, once)
    if "unknown" in found:
        return None
    if state := found.get("from"):
        allowed = sorted(each.value for each in PROPOSAL_MOVES.get(ProposalState(state), ()))
        return InvalidTransition(state, to.value, tuple(allowed))
    return await proposal(ctx, proposal_id)


async def _proposed(wanted: Wanted) -> Proposed:
    gtin = wanted.gtin
    if gtin is not None:
        read = gtin14(stored_text(gtin, "gtin"))
        if isinstance(read, GtinProblem):
            raise BadInput(f"`gtin` is not a trade item number: {read.hint}", argument="gtin")
        gtin = read
    mpn = _text(wanted.mpn, "mpn")
    brand, model = _text(wanted.brand, "brand"), _text(wanted.model, "model")
    if brand is None or model is None:
        raise BadInput("Say `brand` and `model`.", argument="model" if brand else "brand")
    if gtin is None and mpn is None:
        raise BadInput("Say `gtin`, or the maker's part number as `mpn`.", argument="gtin")
    if wanted.category is not None and not await catalog.Category.exists(code=wanted.category):
        raise BadInput("`category` is not one of `categories`.", argument="category")
    attributes = wanted.attributes
    plain = all(len(key) <= _LONGEST and len(str(v)) <= _LONGEST for key, v in attributes.items())
    if len(attributes) > _MOST_ATTRIBUTES or not plain:
        raise BadInput("`attributes` are 20 short values at most.", argument="attributes")
    for key, value in attributes.items():
        stored_text(f"{key}{value}", "attributes")
    return Proposed(
        key=stored.key_of(gtin, brand, mpn),
        gtin=gtin,
        mpn=mpn,
        brand=brand,
        model=model,
        title=_text(wanted.title, "title"),
        category=wanted.category,
        attributes=attributes,
    )


def _text(text: str | None, argument: str) -> str | None:
    plain = stored_text(text or "", argument).strip()
    if len(plain) > _LONGEST:
        raise BadInput(f"`{argument}` is longer than {_LONGEST} characters.", argument=argument)
    return plain or None


def _listed(markets: frozenset[str] | None) -> list[str] | None:
    return None if markets is None else sorted(markets)


def _micro(at: datetime) -> int:
    return int(at.timestamp() * 1e6)
