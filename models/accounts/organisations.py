"""Organisations and their sites as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.accounts.organisations import Opening
from models.accounts import Organisation
from models.base import at_desk, execute, fetch, fetchrow, fetchval

_SITE = (
    "id, name, address::text AS address, country, contact::text AS contact, time_zone, "
    "hours::text AS hours, closed_at, version, created_at"
)


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What is said of a site. `address` and `contact` are texts by name."""

    name: str
    address: Mapping[str, Any]
    country: str
    contact: Mapping[str, Any]
    time_zone: str
    hours: Sequence[Opening]


@dataclass(frozen=True, slots=True)
class Site:
    """A site of an organisation."""

    id: UUID
    said: SiteFacts
    closed_at: datetime | None
    version: int
    created_at: datetime


@at_desk
async def add(row: Organisation) -> None:
    """Write an organisation."""
    await row.save(force_create=True)


@at_desk
async def founded_by(account_id: UUID) -> int:
    """How many organisations a person is an administrator of."""
    found: int = await fetchval(
        "SELECT count(*) FROM organisation_member "
        "WHERE account_id = $1 AND removed_at IS NULL AND 'ORG_ADMIN' = ANY (roles)",
        account_id,
    )
    return found


async def read(organisation_id: UUID, *, lock: bool = False) -> Organisation | None:
    """The organisation that the transaction acts for."""
    query = Organisation.filter(id=organisation_id)
    return await (query.select_for_update() if lock else query).first()


async def change(row: Organisation) -> None:
    """Write what is said of an organisation, as its next version."""
    row.version += 1
    await row.save()


async def sites(
    organisation_id: UUID, *, closed: bool, only: Sequence[UUID] | None, before: UUID | None,
    limit: int,
) -> list[Site]:  # fmt: skip
    """The sites of an organisation, newest first; `only` these, where they are named."""
    rows = await fetch(
        f"SELECT {_SITE} FROM organisation_site WHERE organisation_id = $1 "  # noqa: S608  # ours
        "AND ($2 OR closed_at IS NULL) AND ($3::uuid[] IS NULL OR id = ANY ($3)) "
        "AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        organisation_id,
        closed,
        None if only is None else list(only),
        before,
        limit,
    )
    return [_site(row) for row in rows]


async def site(organisation_id: UUID, site_id: UUID, *, lock: bool = False) -> Site | None:
    """A site of an organisation; None for any other."""
    row = await fetchrow(
        f"SELECT {_SITE} FROM organisation_site "  # noqa: S608  # names of ours
        f"WHERE organisation_id = $1 AND id = $2{' FOR UPDATE' * lock}",
        organisation_id,
        site_id,
    )
    return None if row is None else _site(row)


async def open_sites(organisation_id: UUID) -> set[UUID]:
    """The ids of the sites that are not closed."""
    rows = await fetch(
        "SELECT id FROM organisation_site WHERE organisation_id = $1 AND closed_at IS NULL",
        organisation_id,
    )
    return {row["id"] for row in rows}


async def name_taken(organisation_id: UUID, name: str, but: UUID | None = None) -> bool:
    """Whether an open site of the organisation has this name, `but` one."""
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT FROM organisation_site WHERE organisation_id = $1 "
        "AND lower(name) = lower($2) AND closed_at IS NULL AND id IS DISTINCT FROM $3)",
        organisation_id,
        name,
        but,
    )
    return found


async def add_site(organisation_id: UUID, said: SiteFacts) -> UUID:
    """Write a site; return its id."""
    made: UUID = await fetchval(
        "INSERT INTO organisation_site (organisation_id, name, address, country, contact, "
        "time_zone, hours) VALUES ($1, $2, $3::text::jsonb, $4, $5::text::jsonb, $6, "
        "$7::text::jsonb) RETURNING id",
        organisation_id,
        *_written(said),
    )
    return made


async def change_site(organisation_id: UUID, site_id: UUID, said: SiteFacts) -> None:
    """Write what is now said of a site, as its next version."""
    await execute(
        "UPDATE organisation_site SET name = $3, address = $4::text::jsonb, country = $5, "
        "contact = $6::text::jsonb, time_zone = $7, hours = $8::text::jsonb, "
        "version = version + 1, updated_at = now() WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        site_id,
        *_written(said),
    )


async def close_site(organisation_id: UUID, site_id: UUID, at: datetime) -> None:
    """Nothing is fetched there any more."""
    await execute(
        "UPDATE organisation_site SET closed_at = $3, version = version + 1, updated_at = now() "
        "WHERE organisation_id = $1 AND id = $2",
        organisation_id,
        site_id,
        at,
    )


def _written(said: SiteFacts) -> tuple[Any, ...]:
    hours = [[each.weekday, f"{each.opens:%H:%M}", f"{each.closes:%H:%M}"] for each in said.hours]
    return (
        said.name,
        orjson.dumps(dict(said.address)).decode(),
        said.country,
        orjson.dumps(dict(said.contact)).decode(),
        said.time_zone,
        orjson.dumps(hours).decode(),
    )


def _site(row: asyncpg.Record) -> Site:
    hours = [
        Opening(day, time.fromisoformat(opens), time.fromisoformat(closes))
        for day, opens, closes in orjson.loads(row["hours"])
    ]
    said = SiteFacts(
        row["name"],
        orjson.loads(row["address"]),
        row["country"],
        orjson.loads(row["contact"]),
        row["time_zone"],
        hours,
    )
    return Site(row["id"], said, row["closed_at"], row["version"], row["created_at"])
