"""Proposals of products, and the offers that wait for them.

Requests reach all proposals with `models.base.CATALOGUE` presented, a merchant those that it
supports.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.catalog.proposals import ProposalState, RejectionReason
from models.base import execute, fetch, fetchrow, fetchval, new_id
from models.jobs import Job
from models.offers.refresh import refresh, touch
from models.outbox import enqueue
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
MOST_OPEN = 1_000
"""Open proposals that one merchant's feeds may have at a time."""
RESOLVED_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as its reader may see it: a merchant sees its own words for the product.

    `decision` is what staff decided and is about to take effect; `merchants` and `offers` count
    all that wait.
    """

    id: UUID
    gtin: str | None
    mpn: str | None
    brand: str
    model: str
    title: str | None
    category: str | None
    attributes: dict[str, Any]
    state: ProposalState
    reason: RejectionReason | None
    note: str | None
    markets: list[str]
    merchants: int
    offers: int
    time_zone: str
    due_at: datetime
    taken_by: UUID | None
    decision: dict[str, Any] | None
    decided_at: datetime | None
    variant_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Supporter:
    """A merchant that waits for a product, in its own words."""

    merchant_id: UUID
    name: str
    brand: str
    model: str
    title: str | None
    offers: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a merchant says of a product that it misses."""

    key: str
    gtin: str | None
    mpn: str | None
    brand: str
    model: str
    title: str | None
    category: str | None
    attributes: Mapping[str, Any]


_COLUMNS = (
    "p.id, p.gtin, p.mpn, p.brand, p.model, p.title, p.category, p.attributes::text AS attributes, "
    "p.state, p.reason, p.note, p.markets, p.merchants, p.offers, p.time_zone, p.due_at, "
    "p.taken_by, p.decision::text AS decision, p.decided_at, p.variant_id, p.created_at"
)
_FROM = " FROM product_proposal p WHERE "
_OF_MERCHANT = (
    " FROM proposal_supporter s JOIN product_proposal p ON p.id = s.proposal_id "
    "WHERE s.merchant_id = $1 AND "
)
_OWN = (
    _COLUMNS.replace("p.brand, p.model, p.title", "s.brand, s.model, s.title")
    .replace("p.markets", "'{}'::text[] AS markets")
    .replace("p.merchants, p.offers", "1 AS merchants, s.offers")
)
_ALL = "SELECT " + _COLUMNS + _FROM
_MINE = "SELECT " + _OWN + _OF_MERCHANT


def key_of(gtin: str | None, brand: str, mpn: str | None) -> str:
    """By what a proposal is one: its number, or its brand and part number."""
    return gtin or f"{brand.lower()}|{(mpn or '').lower()}"


async def to_moderate(
    state: ProposalState | None,
    markets: Sequence[str] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Proposal]:
    """Proposals of merchants in these markets, or in all; the one that is due first comes first."""
    due, last = after or (None, None)
    rows = await fetch(
        _ALL + "($1::text IS NULL OR p.state = $1) "
        "AND ($2::text[] IS NULL OR p.markets && $2) "
        "AND ($3::timestamptz IS NULL OR (p.due_at, p.id) > ($3, $4)) "
        "ORDER BY p.due_at, p.id LIMIT $5",
        state.value if state else None,
        None if markets is None else list(markets),
        due,
        last,
        limit,
    )
    return [_proposal(row) for row in rows]


async def of_merchant(
    merchant_id: UUID, state: ProposalState | None, before: UUID | None, limit: int
) -> list[Proposal]:
    """The proposals that a merchant supports, newest first, in its own words."""
    rows = await fetch(
        _MINE + "($2::text IS NULL OR p.state = $2) "
        "AND ($3::uuid IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4",
        merchant_id,
        state.value if state else None,
        before,
        limit,
    )
    return [_proposal(row) for row in rows]


async def one_of(merchant_id: UUID, proposal_id: UUID) -> Proposal | None:
    """A proposal that a merchant supports, in its own words."""
    row = await fetchrow(
        _MINE + "p.id = $2",
        merchant_id,
        proposal_id,
    )
    return _proposal(row) if row else None


async def one(
    proposal_id: UUID, markets: Sequence[str] | None = None, *, locked: bool = False
) -> Proposal | None:
    """A proposal of a merchant in these markets, or in all; `locked` until the transaction ends."""
    lock = " FOR UPDATE" if locked else ""
    row = await fetchrow(
        _ALL + "p.id = $1 AND ($2::text[] IS NULL OR p.markets && $2)" + lock,
        proposal_id,
        None if markets is None else list(markets),
    )
    return _proposal(row) if row else None


async def supporters(proposal_id: UUID, limit: int) -> list[Supporter]:
    """Who waits for a product, the merchant with the most offers first."""
    rows = await fetch(
        "SELECT s.merchant_id, m.name, s.brand, s.model, s.title, s.offers "
        "FROM proposal_supporter s JOIN merchant m ON m.id = s.merchant_id "
        "WHERE s.proposal_id = $1 ORDER BY s.offers DESC, s.merchant_id LIMIT $2",
        proposal_id,
        limit,
    )
    return [Supporter(**dict(row)) for row in rows]


async def likely(row: Proposal) -> list[tuple[UUID, float]]:
    """Up to 10 variants that this may be a duplicate of, with how alike they are: 0 to 1."""
    text = f"{row.model} {row.title or ''}"
    found = await fetch(SQL["likely"], row.brand, row.mpn or "", row.model, text)
    return [(each["id"], each["score"]) for each in found]


async def open_count(merchant_id: UUID) -> int:
    """How many of a merchant's proposals nobody has decided about."""
    found: int = await fetchval(
        "SELECT count(*) FROM proposal_supporter s JOIN product_proposal p ON p.id = s.proposal_id "
        "WHERE s.merchant_id = $1 AND p.state IN ('SUBMITTED', 'IN_REVIEW')",
        merchant_id,
    )
    return found


async def propose(
    merchant_id: UUID, markets: Sequence[str], given: Proposed, zone: str, due_at: datetime
) -> UUID:
    """Open a proposal, or join the open one of the same key; return its id."""
    made = new_id()
    await execute(
        "INSERT INTO product_proposal (id, key, gtin, mpn, brand, model, title, category, "
        "attributes, time_zone, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
        "$9::text::jsonb, $10, $11) "
        "ON CONFLICT (key) WHERE state IN ('SUBMITTED', 'IN_REVIEW') DO NOTHING",
        made, given.key, given.gtin, given.mpn, given.brand, given.model, given.title,
        given.category, orjson.dumps(dict(given.attributes), default=str).decode(), zone, due_at,
    )  # fmt: skip
    proposal_id: UUID = await fetchval(
        "SELECT id FROM product_proposal WHERE key = $1 AND state IN ('SUBMITTED', 'IN_REVIEW') "
        "FOR UPDATE",
        given.key,
    )
    joined = await execute(
        "INSERT INTO proposal_supporter (merchant_id, proposal_id, brand, model, title) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        merchant_id, proposal_id, given.brand, given.model, given.title,
    )  # fmt: skip
    if joined:
        await execute(
            "UPDATE product_proposal SET merchants = merchants + 1, "
            "markets = ARRAY(SELECT DISTINCT unnest(markets || $2::text[]) ORDER BY 1) "
            "WHERE id = $1",
            proposal_id,
            list(markets),
        )
    return proposal_id


async def take(proposal_id: UUID, user_id: UUID) -> None:
    """A member of staff looks at a submitted proposal."""
    await execute(
        "UPDATE product_proposal SET state = 'IN_REVIEW', taken_by = $2 WHERE id = $1",
        proposal_id,
        user_id,
    )


async def reject(
    proposal_id: UUID, user_id: UUID, reason: RejectionReason, note: str | None, now: datetime
) -> None:
    """The catalogue does not take this product."""
    await execute(
        "UPDATE product_proposal SET state = 'REJECTED', reason = $3, note = $4, decided_by = $2, "
        "decided_at = $5 WHERE id = $1",
        proposal_id, user_id, reason.value, note, now,
    )  # fmt: skip


async def decide(
    proposal_id: UUID, user_id: UUID, decision: Mapping[str, Any], now: datetime
) -> None:
    """Remember what a product shall become; the job of it writes the catalogue."""
    await execute(
        "UPDATE product_proposal SET decision = $3::text::jsonb, decided_by = $2, decided_at = $4 "
        "WHERE id = $1",
        proposal_id, user_id, orjson.dumps(dict(decision), default=str).decode(), now,
    )  # fmt: skip


async def settle(proposal_id: UUID, state: ProposalState, variant_id: UUID) -> None:
    """A decision took effect: the proposal is this variant."""
    await execute(
        "UPDATE product_proposal SET state = $2, variant_id = $3 WHERE id = $1",
        proposal_id,
        state.value,
        variant_id,
    )


async def ask_to_propose(merchant_id: UUID) -> None:
    """Have what a merchant's offers wait for resolved or proposed, in the current transaction."""
    await enqueue(
        Job.PROPOSE_PRODUCTS, dedup_key=f"propose:{merchant_id}", merchant_id=str(merchant_id)
    )


async def resolve(raw: asyncpg.Connection, merchant_id: UUID | None = None) -> int:
    """Give offers that wait the variants that are known by now; return how many, 20,000 at most.

    Prices, competitions and counts follow in the same transaction.
    """
    await touch(raw)
    await raw.execute(SQL["resolve"], RESOLVED_AT_ONCE, merchant_id)
    found: int = await raw.fetchval("SELECT count(*) FROM touched")
    if found:
        await refresh(raw)
    return found


async def propose_waiting(
    raw: asyncpg.Connection,
    merchant_id: UUID,
    markets: Sequence[str],
    zone: str,
    due_at: datetime,
) -> int:
    """Propose what a merchant's offers wait for; return for how many products it waits anew.

    A merchant has at most 1,000 open ones; what is beyond waits until some are decided.
    """
    room = MOST_OPEN - await open_count(merchant_id)
    if room <= 0:
        return 0
    await raw.execute("DROP TABLE IF EXISTS pg_temp.waiting")
    await raw.execute(SQL["waiting"], merchant_id, room)
    found: int = await raw.fetchval("SELECT count(*) FROM waiting")
    if found:
        await raw.execute(SQL["propose"], zone, due_at)
        await raw.execute(SQL["join"], merchant_id, list(markets))
    return found


def _proposal(row: asyncpg.Record) -> Proposal:
    facts = dict(row)
    facts["attributes"] = orjson.loads(facts["attributes"])
    facts["decision"] = orjson.loads(facts["decision"]) if facts["decision"] else None
    facts["state"] = ProposalState(facts["state"])
    facts["reason"] = RejectionReason(facts["reason"]) if facts["reason"] else None
    return Proposal(**facts)
