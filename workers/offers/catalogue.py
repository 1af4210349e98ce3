"""Actors of the catalogue: products are proposed, published and merged, waiting offers resolved."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from domain.catalog.proposals import ProposalState, due_at
from models import audit
from models.jobs import Job
from models.markets import Market
from models.merchants import Merchant
from models.offers import catalogue, proposals, sandbox
from models.offers.proposals import Proposal
from models.outbox import enqueue
from workers.lease import Lease, job

log = structlog.get_logger()

LONG = timedelta(minutes=15)
_UTC = "UTC"


@job(Job.PROPOSE_PRODUCTS, time_limit=LONG)
async def propose_products(lease: Lease, merchant_id: str) -> None:
    """Resolve what a merchant's offers wait for and is known by now; propose the rest."""
    merchant = await Merchant.get(id=UUID(merchant_id))
    home = await Market.get_or_none(code=merchant.markets[0]) if merchant.markets else None
    zone = home.time_zone if home else _UTC
    due = due_at(datetime.now(UTC).replace(microsecond=0).astimezone(ZoneInfo(zone)))
    while True:
        async with lease.step() as raw:
            resolved = await proposals.resolve(raw, merchant.id)
        if resolved < proposals.RESOLVED_AT_ONCE:
            break
    if await sandbox.is_one(merchant.id):
        return  # what it misses is nobody's work
    async with lease.transaction() as raw:
        proposed = await proposals.propose_waiting(raw, merchant.id, merchant.markets, zone, due)
    log.info("products.proposed", merchant=str(merchant.id), proposed=proposed)


@job(Job.RESOLVE_PRODUCTS, time_limit=LONG)
async def resolve_products(lease: Lease) -> None:
    """Give every offer that waits for a product the variant that the catalogue learned."""
    found = 0
    while True:
        async with lease.step() as raw:
            await raw.execute("SET LOCAL lock_timeout = '2min'")  # a feed may hold what it changed
            resolved = await proposals.resolve(raw)
        found += resolved
        if resolved < proposals.RESOLVED_AT_ONCE:
            break
    log.info("products.resolved", offers=found)


@job(Job.PUBLISH_PRODUCT, time_limit=LONG)
async def publish_product(lease: Lease, proposal_id: str) -> None:
    """Write what staff decided about a proposal into the catalogue, and resolve who waits."""
    async with lease.transaction() as raw:
        await catalogue.alone(raw)
        row = await proposals.one(UUID(proposal_id), locked=True)
        if row is None or row.decision is None or row.state is not ProposalState.IN_REVIEW:
            return
        state, variant_id = await _decided(raw, row, row.decision)
        await proposals.settle(row.id, state, variant_id)
        resolved = await proposals.resolve(raw)
        await audit.record(
            audit.Entry(
                action="publishProposal",
                object_type="ProductProposal",
                object_id=row.id,
                actor_kind="STAFF",
                user_id=UUID(row.decision["by"]),
                before={"state": row.state.value},
                after={"state": state.value, "variant": variant_id, "offers": resolved},
                request_id=row.decision["request"],
            )
        )
        if resolved == proposals.RESOLVED_AT_ONCE:
            await enqueue(Job.RESOLVE_PRODUCTS, dedup_key=Job.RESOLVE_PRODUCTS.value)
        for merchant in await proposals.supporters(row.id, proposals.MOST_OPEN):
            await proposals.ask_to_propose(merchant.merchant_id)


async def _decided(
    raw: asyncpg.Connection, row: Proposal, decision: dict[str, Any]
) -> tuple[ProposalState, UUID]:
    """The variant that a proposal becomes: one that has its number, a named one, or a new one."""
    if row.gtin and (known := await catalogue.variant_of_gtin(raw, row.gtin)):
        return ProposalState.MERGED, known
    if named := decision.get("variant"):
        found = await catalogue.standing(raw, "Variant", UUID(named))
        if found is not None:
            await catalogue.learn(raw, found, row.gtin, row.mpn)
            return ProposalState.MERGED, found
    made = await catalogue.add(raw, decision, row.gtin, decision.get("mpn") or row.mpn)
    return ProposalState.PUBLISHED, made


@job(Job.MERGE_CATALOGUE, time_limit=LONG)
async def merge_catalogue(lease: Lease, kind: str, old: str, new: str) -> None:
    """Make one product or variant of two that are the same thing."""
    merge = catalogue.merge_variants if kind == "Variant" else catalogue.merge_products
    async with lease.transaction() as raw:
        await catalogue.alone(raw)
        moved = await merge(raw, UUID(old), UUID(new))
    log.info("catalogue.merged", kind=kind, old=old, new=new, moved=moved)
