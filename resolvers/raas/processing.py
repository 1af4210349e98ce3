"""A merchant works through the devices of a lot, up to 1,000 a call.

Source: docs/fleets.md, "Processing".
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from domain.raas import AssetState, LotState
from models.base import as_system, fetch
from models.offers.read import Position
from models.raas import disposing, processing
from models.raas.disposing import Disposed, Regraded
from models.raas.handover import Lot
from models.raas.processing import SQL, Diagnosed, Done, Erased, NewMedium, Validated
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.orders.refusals import Refusal, refusal_of
from resolvers.raas.handovers import (
    WRITE,
    At,
    Side,
    evidence,
    on_lot,
    sight,
    some,
    wrong_state,
)

__all__ = ["Diagnosed", "Disposed", "Erased", "NewMedium", "Regraded", "Validated"]

_EARLY = frozenset({LotState.RECEIVED, LotState.RECONCILED})
_LATE = frozenset({LotState.RECONCILED})
_UNTIL = frozenset({LotState.RECEIVED, LotState.RECONCILED, LotState.PROCESSED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one device: where it stands, or why nothing was done."""

    refused: Refusal | None
    asset_id: UUID
    state: AssetState | None = None


Items = Sequence[Diagnosed] | Sequence[Erased] | Sequence[Validated] | Sequence[Disposed]
Answers = list[Answer] | Refusal


async def diagnose(ctx: Context, lot_id: UUID, items: Sequence[Diagnosed], key: str) -> Answers:
    """Note what was found of devices, and their media. Refuses: see `models.raas.processing`."""

    async def each(at: At) -> list[Done]:
        return await processing.diagnose(at.raw, at.lot, items, at.by, at.terms)

    return await _do(ctx, ("recordDiagnoses", lot_id, key), items, _EARLY, each)


async def erase(ctx: Context, lot_id: UUID, items: Sequence[Erased], key: str) -> Answers:
    """Note tries to erase media. Refuses: see `models.raas.processing`."""

    async def each(at: At) -> list[Done]:
        return await processing.erase(at.raw, at.lot, items, at.by, at.terms)

    return await _do(ctx, ("recordErasures", lot_id, key), items, _EARLY, each)


async def validate(ctx: Context, lot_id: UUID, items: Sequence[Validated], key: str) -> Answers:
    """Note whether erasures suffice. Refuses: see `models.raas.processing`."""

    async def each(at: At) -> list[Done]:
        return await processing.validate(at.raw, at.lot, items, at.by, at.terms)

    return await _do(ctx, ("validateErasures", lot_id, key), items, _EARLY, each)


async def dispose(ctx: Context, lot_id: UUID, items: Sequence[Disposed], key: str) -> Answers:
    """Note where devices go. Refuses: see `models.raas.disposing`; a proof that is not yours."""

    async def each(at: At) -> list[Done] | Refusal:
        proofs = [item.proof for item in items if item.proof is not None]
        if refused := await evidence(ctx, at, proofs):
            return refused
        return await disposing.dispose(at.raw, at.lot, items, at.by, at.terms)

    return await _do(ctx, ("recordDispositions", lot_id, key), items, _LATE, each)


async def regrade(ctx: Context, lot_id: UUID, items: Sequence[Regraded], key: str) -> Answers:
    """Note the grades that devices turned out to have. Refuses: see `models.raas.disposing`."""

    async def each(at: At) -> list[Done] | Refusal:
        if refused := await evidence(ctx, at, [e for item in items for e in item.evidence]):
            return refused
        return await disposing.regrade(at.raw, at.lot, items, at.terms)

    return await _do(ctx, ("adjustGrades", lot_id, key), items, _UNTIL, each)


async def _do(
    ctx: Context,
    about: tuple[str, UUID, str],
    items: Sequence[Any],
    states: frozenset[LotState],
    each: Callable[[At], Awaitable[list[Done] | Refusal]],
) -> Answers:
    """Refuses, as a whole: a lot that is not the caller's, or is in another state.

    Raises: SignInFirst, Forbidden; BadInput for none, more than 1,000, or a device named twice.
    """
    name, lot_id, key = about
    some(items)
    named = [(item.asset_id, getattr(item, "serial", None)) for item in items]
    if len(set(named)) < len(named):
        raise BadInput("A device, or a medium of it, is named twice.", argument="items")

    async def work(at: At) -> Outcome:
        if at.lot.state not in states:
            return wrong_state(at.lot, LotState.PROCESSED).outcome()
        done = await each(at)
        if isinstance(done, Refusal):
            return done.outcome()
        return {"answers": [_told(one) for one in done]}

    given = {"items": [asdict(item) for item in items]}
    outcome = await on_lot(ctx, name, lot_id, key, given, Side.MERCHANT, work)
    if refused := refusal_of(outcome):
        return refused
    both = zip(items, outcome["answers"], strict=True)
    return [_answer(item.asset_id, told) for item, told in both]


def _told(done: Done) -> dict[str, Any]:
    if done.refused:
        return Refusal(done.refused, done.facts).outcome()
    return {"state": done.state}


def _answer(asset_id: UUID, told: Mapping[str, Any]) -> Answer:
    if refused := refusal_of(told):
        return Answer(refused, asset_id)
    return Answer(None, asset_id, AssetState(told["state"]) if told["state"] else None)


@dataclass(frozen=True, slots=True)
class Certification:
    """What a partner is certified for, until which day, where."""

    scheme: str
    number: str
    valid_to: date
    site: str | None = None
    appendices: Sequence[str] = ()

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "scheme": self.scheme,
            "number": self.number,
            "validTo": self.valid_to.isoformat(),
            "site": self.site,
            "appendices": list(self.appendices),
        }


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """Whom devices go to, and with which certificates."""

    id: UUID
    name: str
    country: str
    kind: str
    tier: int
    certifications: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner as its merchant names it."""

    name: str
    country: str
    kind: str
    tier: int
    certifications: Sequence[Certification]


async def set_partner(ctx: Context, given: NewPartner, key: str) -> PartnerRow:
    """Name a partner, or change the one of this name. Raises: SignInFirst, Forbidden, BadInput."""
    if not given.name.strip() or len(given.name) > 200 or not 1 <= given.tier <= 5:
        raise BadInput("A partner has a name and a tier from 1 to 5.", argument="name")
    facts = [each.facts() for each in given.certifications]

    async def act(merchant_id: UUID) -> Outcome:
        async with as_system() as raw:
            found = await raw.fetchval(
                SQL["set_partner"], merchant_id, given.name.strip(), given.country.upper(),
                given.kind, given.tier, orjson.dumps(facts).decode(),
            )  # fmt: skip
        after = {"name": given.name, "certifications": len(facts)}
        await audited(ctx, "setDownstreamPartner", "DownstreamPartner", found, after=after)
        return {"id": str(found)}

    said = {"partner": asdict(given)}
    outcome = await once_only(ctx, WRITE, "setDownstreamPartner", key, said, act)
    merchant_id = ctx.merchant_id(WRITE)
    async with ctx.private():
        rows = await fetch(SQL["partners"], [UUID(outcome["id"])], merchant_id, None, 1)
    return _partner(rows[0])


async def partners(ctx: Context, first: int, after: str | None) -> paging.Page[PartnerRow]:
    """The partners of the caller. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    merchant_id = ctx.merchant_id("lots:read")
    of = paging.fingerprint("partners", merchant_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await fetch(SQL["partners"], None, merchant_id, at.id if at else None, size + 1)
    made = [_partner(row) for row in rows]
    return paging.page_of(made, lambda row: Position("", 0, row.id), size, of, ctx.seal)


def _partner(row: Any) -> PartnerRow:
    return PartnerRow(**{**row} | {"certifications": orjson.loads(row["certifications"])})


async def assets(
    ctx: Context, lot: Lot, states: Sequence[AssetState] | None, first: int, after: str | None
) -> paging.Page[Mapping[str, Any]]:
    """The devices of a lot that the caller sees, with what was found and done."""
    size = paging.size(first)
    wanted = [state.value for state in states] if states else None
    of = paging.fingerprint("handover assets", lot.id, wanted)
    at = paging.opened(after, of, ctx.seal)
    async with sight(ctx):
        rows = await fetch(SQL["outcomes"], lot.id, at.id if at else None, size + 1, wanted, None)
    made: list[Mapping[str, Any]] = [dict(row) for row in rows]
    return paging.page_of(made, lambda row: Position("", 0, row["id"]), size, of, ctx.seal)


async def media(ctx: Context, asset_id: UUID) -> list[Mapping[str, Any]]:
    """The media of a device with every try to erase them; loaded with those of the page."""

    async def batch(ids: list[UUID]) -> list[list[Mapping[str, Any]]]:
        async with sight(ctx):
            rows = await fetch(SQL["erasures"], ids)
        found: dict[UUID, list[Mapping[str, Any]]] = {each: [] for each in ids}
        for row in rows:
            found[row["asset_id"]].append(dict(row))
        return [found[each] for each in ids]

    return await ctx.loader(batch, "asset media").load(asset_id)
