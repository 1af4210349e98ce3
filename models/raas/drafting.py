"""What an organisation does to a lot: it is made, changed, and published with what it holds."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from domain.raas import FleetState, LotState
from domain.raas.lots import AssetFilter, LotRules, ess_until, is_reserved
from models.base import as_system, execute, fetch, fetchrow
from models.raas import sealing
from models.raas.lots import SQL, LotRow
from models.vault import Vault


@dataclass(frozen=True, slots=True)
class FleetRow:
    """The fleet that a lot is taken from."""

    id: UUID
    organisation_id: UUID
    state: FleetState
    market: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True)
class Found:
    """Assets that were asked for: those that can be taken, and those that cannot."""

    free: list[UUID]
    not_available: list[UUID]
    without_identity: list[UUID]


async def fleet(fleet_id: UUID) -> FleetRow | None:
    """A fleet, as the current transaction may see it; held until it ends."""
    row = await fetchrow(SQL["fleet"], fleet_id)
    return FleetRow(**{**row, "state": FleetState(row["state"])}) if row else None


async def wanted(
    of: FleetRow,
    ids: Sequence[UUID] | None,
    given: AssetFilter,
    limit: int,
    sites: Sequence[UUID] | None,
) -> Found:
    """Assets of a fleet by their ids, or by a filter; held. One more than `limit` may be found.

    `sites` are those whose devices the caller may put into a lot, None for all.
    """
    rows = await fetch(
        SQL["wanted"], of.id, of.organisation_id, ids, given.dispositions, given.categories,
        given.sites, limit + 1, sites,
    )  # fmt: skip
    free = [row["id"] for row in rows if row["state"] == "MATCHED" and row["lot_id"] is None]
    known = {row["id"] for row in rows if row["known"]}
    missing = [each for each in ids or () if each not in {row["id"] for row in rows}]
    taken = [row["id"] for row in rows if row["id"] not in set(free)]
    return Found(
        [each for each in free if each in known],
        missing + taken,
        [each for each in free if each not in known],
    )


async def add(lot_id: UUID, number: str, of: FleetRow, title: str) -> None:
    """Write a draft without devices."""
    place = (of.organisation_id, of.market, of.country, of.currency)
    await execute(SQL["add"], lot_id, number, of.id, *place, title)


async def take_in(lot_id: UUID, assets: Sequence[UUID]) -> int:
    """Put devices into a lot; how many were free."""
    return await execute(SQL["take_in"], lot_id, assets)


async def held(lot_id: UUID, assets: Sequence[UUID], sites: Sequence[UUID] | None) -> list[UUID]:
    """Those of these devices that are in a lot, of these sites (None: of all); held."""
    return [row["id"] for row in await fetch(SQL["held"], lot_id, assets, sites)]


async def recount(lot_id: UUID, title: str | None, raised: int) -> tuple[int, int]:
    """The version and the number of devices of a lot that was changed."""
    row = await fetchrow(SQL["recount"], lot_id, title, raised)
    if row is None:
        raise LookupError(f"the lot {lot_id} is gone")
    return row["version"], row["assets"]


async def publish(lot: LotRow, rules: LotRules, at: datetime, vault: Vault) -> int:
    """Write what the present version of a lot holds and is decided by; how many are reserved.

    Bids on it, where they are sealed, are sealed to a key of its own. The caller moves the lot.
    """
    lines = await fetch(SQL["manifest_lines"], lot.id)
    places = [is_reserved(n, rules.ess_share_bp) for n in range(len(lines))]
    await _manifest(lot, lines, places)
    key = None
    if rules.sealed:
        pair = sealing.new_pair(vault)
        key = pair.public_key
        async with as_system() as raw:
            await raw.execute(
                SQL["add_seal"], pair.id, lot.id, lot.version, pair.private_key, rules.bids_until
            )
    until = ess_until(rules, lot.published_at or at)
    reserved = sum(places)
    stored = orjson.dumps(rules.stored()).decode()
    told = None if until is not None and until > at else at
    await execute(
        SQL["publish"], lot.id, stored, rules.bids_until, rules.sealed, key, reserved, until, at,
        told,
    )  # fmt: skip
    await execute(SQL["fleet_in_sale"], lot.fleet_id)
    return reserved


async def _manifest(lot: LotRow, lines: Sequence[asyncpg.Record], reserved: Sequence[bool]) -> None:
    named = range(1, len(lines) + 1)
    text = b"\n".join(_words(*each) for each in zip(named, lines, reserved, strict=True))
    sha256 = hashlib.sha256(text).hexdigest()
    mix = Counter(row["top"] for row in lines if row["top"])
    storage = any(row["storage"] for row in lines)
    facts = (len(lines), sum(reserved), orjson.dumps(mix).decode(), storage)
    await execute(SQL["add_manifest"], lot.id, lot.version, sha256, *facts)
    ids = [row["asset_id"] for row in lines]
    await execute(SQL["add_lines"], lot.id, lot.version, list(named), ids, list(reserved))


def _words(n: int, row: asyncpg.Record, reserved: bool) -> bytes:  # of a line
    """A line of the manifest as its hash has it: a JSON array."""
    names = ("key", "category", "manufacturer", "model", "grade", "condition", "disposition")
    return orjson.dumps([n, str(row["asset_id"]), *(row[each] for each in names), reserved])


OPEN_STATES = (LotState.DRAFT, LotState.PUBLISHED)
"""In which the devices of a lot may still change."""
