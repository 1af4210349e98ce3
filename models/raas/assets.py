"""Devices of fleets: read, changed, matched by hand, taken out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.raas import AssetState, Disposition
from domain.trade_in import TradeInGrade
from models.base import execute, fetch, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))

OPEN = ("DECLARED", "UNMATCHED", "MATCHED")
"""States of a device that its organisation may still change."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A device as its organisation declared it, and what is known of it since.

    Units: values in minor units of its fleet's currency, `confidence_bp` in basis points.
    Shapes: `matching` says how it was matched; `value_basis` what its value is known from, or how
    few prices there are.
    """

    id: UUID
    fleet_id: UUID
    organisation_id: UUID
    line: int | None
    import_id: UUID | None
    tag: str | None
    imei: str | None
    serial: str | None
    manufacturer: str | None
    model: str | None
    storage: str | None
    condition: str | None
    grade: TradeInGrade | None
    purchased_on: date | None
    site_id: UUID | None
    variant_id: UUID | None
    product_id: UUID | None
    category: str | None
    confidence_bp: int | None
    matching: dict[str, Any]
    matched_by: str | None
    state: AssetState
    value_min_minor: int | None
    value_median_minor: int | None
    value_max_minor: int | None
    value_basis: dict[str, Any] | None
    disposition: Disposition | None
    disposition_reasons: list[dict[str, Any]]
    lot_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """Which devices. None asks nothing. `sites` bounds them to those of a member."""

    state: AssetState | None = None
    site_id: UUID | None = None
    outcome: str | None = None
    category: str | None = None
    disposition: Disposition | None = None
    sites: Sequence[UUID] | None = None


async def listed(fleet_id: UUID, wanted: Filters, after: UUID | None, limit: int) -> list[Asset]:
    """Devices of a fleet in the order in which they were declared. One statement."""
    rows = await fetch(
        SQL["listed"],
        fleet_id,
        after,
        wanted.state.value if wanted.state else None,
        wanted.site_id,
        wanted.category,
        wanted.disposition.value if wanted.disposition else None,
        None if wanted.sites is None else list(wanted.sites),
        wanted.outcome,
        limit,
    )
    return [_asset(row) for row in rows]


async def get(asset_id: UUID, organisation_id: UUID, *, lock: bool = False) -> Asset | None:
    """A device of an organisation that was not taken out; held if `lock`."""
    row = await fetchrow(SQL["held" if lock else "get"], asset_id, organisation_id)
    return _asset(row) if row else None


async def counts(fleets: Sequence[UUID], sites: Sequence[UUID]) -> dict[UUID, int]:
    """How many devices of fleets stand at some sites; a fleet without one is left out."""
    rows = await fetch(SQL["counts"], list(fleets), list(sites))
    return {row["fleet_id"]: row["n"] for row in rows}


async def match(assets: Sequence[UUID], variant_id: UUID, why: Mapping[str, Any]) -> int:
    """Match devices that may be changed to a variant by hand; their values are gone."""
    return await execute(
        SQL["match"],
        list(assets),
        variant_id,
        orjson.dumps(dict(why)).decode(),
        list(OPEN),
    )


async def of_words(
    fleet_id: UUID,
    manufacturer: str | None,
    model: str,
    storage: str | None,
    sites: Sequence[UUID] | None,
) -> list[UUID]:
    """The devices of a fleet that may be changed and were declared with these words.

    Shapes: upper and lower case count as the same; a `storage` of None is any.
    """
    rows = await fetch(
        SQL["of_words"],
        fleet_id,
        manufacturer,
        model,
        storage,
        list(OPEN),
        None if sites is None else list(sites),
    )
    return [row["id"] for row in rows]


async def variant_exists(variant_id: UUID) -> bool:
    """Whether the catalogue has this variant."""
    return await fetchrow(SQL["variant_exists"], variant_id) is not None


async def site_exists(site_id: UUID, organisation_id: UUID) -> bool:
    """Whether an organisation has this site, and it is open."""
    return await fetchrow(SQL["site_exists"], site_id, organisation_id) is not None


async def tag_taken(asset: Asset, tag_key: str) -> bool:
    """Whether another device of the organisation has this tag."""
    row = await fetchrow(
        SQL["tag_taken"],
        asset.organisation_id,
        tag_key,
        asset.id,
    )
    return row is not None


@dataclass(frozen=True, slots=True)
class Change:
    """What a device is from now on, all of it."""

    tag: str | None
    tag_key: str | None
    condition: str | None
    grade: TradeInGrade | None
    purchased_on: date | None
    site_id: UUID | None


async def change(asset: Asset, to: Change) -> None:
    """Store what a device is; a value that another grade or age had is gone."""
    if (to.grade, to.purchased_on) != (asset.grade, asset.purchased_on):
        await execute(SQL["forget_value"], asset.id)
    await execute(
        SQL["change"],
        asset.id,
        to.tag,
        to.tag_key,
        to.condition,
        to.grade.value if to.grade else None,
        to.purchased_on,
        to.site_id,
    )


async def remove(
    fleet_id: UUID, assets: Sequence[UUID] | None, sites: Sequence[UUID] | None = None
) -> list[UUID]:
    """Take devices out of a fleet, all of them where none are named; those in a lot stay.

    Their identities may be declared again. Returns which were taken out.
    """
    rows = await fetch(
        SQL["remove"],
        fleet_id,
        None if assets is None else list(assets),
        list(OPEN),
        None if sites is None else list(sites),
    )
    return [row["id"] for row in rows]


def _asset(row: asyncpg.Record) -> Asset:
    known = dict(row)
    known["grade"] = TradeInGrade(row["grade"]) if row["grade"] else None
    known["state"] = AssetState(row["state"])
    known["disposition"] = Disposition(row["disposition"]) if row["disposition"] else None
    known["matching"] = orjson.loads(row["matching"] or "{}")
    known["value_basis"] = orjson.loads(row["value_basis"]) if row["value_basis"] else None
    known["disposition_reasons"] = orjson.loads(row["disposition_reasons"] or "[]")
    return Asset(**known)
