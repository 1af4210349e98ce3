"""A market is drafted after another: its row, its words, and its own rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.markets.drafting import Words
from domain.markets.rules import Rule
from models.base import fetch
from models.markets import rules
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A text of a market as it is recorded."""

    key: str
    language: str
    text: str
    source: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What is a market's own. Units: `service_fee_minor` of its currency."""

    code: str
    countries: Sequence[str]
    currency: str
    locales: Sequence[str]
    time_zone: str
    languages: Sequence[str]
    service_fee_minor: int
    source: str


async def unknown(countries: Sequence[str]) -> list[str]:
    """Those of these that are no country of the table."""
    return [row["x"] for row in await fetch(SQL["unknown"], list(countries))]


async def draft(raw: asyncpg.Connection, of: Draft, template: str) -> UUID:
    """Add a market that nobody sees yet, with a job's rights."""
    lists = list(of.countries), of.currency, list(of.locales), of.time_zone, list(of.languages)
    given = (of.code, template, *lists, of.service_fee_minor, of.source)
    made: UUID = await raw.fetchval(SQL["draft"], *given)
    await raw.execute(SQL["launch"], of.code, template, of.source)
    return made


async def set_texts(raw: asyncpg.Connection, market: str, words: Sequence[Words]) -> None:
    """Set texts of a market, with a job's rights; the last word holds."""
    columns = zip(*((w.key, w.language, w.text, w.source) for w in words), strict=True)
    await raw.execute(SQL["set_text"], market, *map(list, columns))


async def texts(market: str) -> list[Recorded]:
    """The texts of a market, by key and language."""
    return [Recorded(**row) for row in await fetch(SQL["texts"], market)]


async def overlapping(raw: asyncpg.Connection, rule: Rule) -> list[str]:
    """Rules in force that share a day with this one, with a job's rights."""
    of = rule.scope
    window = rule.valid_from, rule.valid_to
    place = of.kind.value, of.country, of.category, of.audience.value
    return [row["id"] for row in await raw.fetch(SQL["overlapping"], *place, *window)]


async def add_rules(raw: asyncpg.Connection, new: Sequence[Rule]) -> list[str]:
    """Record rules of staff, with a job's rights; their ids."""
    return [each.id for each in await rules.add(raw, new)]
