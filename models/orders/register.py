"""Which devices count in the register of impact, and what is known of each.

A device counts once it can no longer be given back, once a life; what comes back later is taken
back, in the month in which it does.
Source: docs/impact.md, "Register".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from domain.impact.kept import Document, document
from domain.units.footprint import Told, inputs_of
from models import impact
from models.base import as_system
from models.impact import register
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Done:
    """What one step of the register did. Units: lines."""

    taken: int
    counted: int
    withdrawn: int


async def step(raw: asyncpg.Connection, limit: int = AT_ONCE) -> Done:
    """Enter some lines that are due, in the current transaction, which has the rights of a job.

    Safe to repeat: a line that counts already is not entered again.
    """
    await raw.execute(SQL["alone"])
    due = await raw.fetchrow(SQL["take"], limit)
    if due is None or not due["taken"]:
        return Done(0, 0, 0)
    entries = await _count(raw, due["counting"]) if due["counting"] else []
    back = [row["n"] for row in await raw.fetch(SQL["withdraw"], due["withdrawing"])]
    await raw.execute(SQL["end_lives"], due["withdrawing"])
    await register.post(raw, [*entries, *back])
    await raw.execute(SQL["done"], due["taken"])
    return Done(len(due["taken"]), len(entries), len(back))


async def _count(raw: asyncpg.Connection, lines: Sequence[UUID]) -> list[int]:
    groups = await raw.fetch(SQL["facts"], lines, True)
    facts = [_facts(row) for row in groups]
    keys = await register.keep_classes(raw, facts)
    for set_id in impact.LISTING:
        while await register.value_classes(raw, set_id):
            pass
    key_of = {line: key for key, row in zip(keys, groups, strict=True) for line in row["lines"]}
    await raw.execute(SQL["close_lives"], lines)
    opened = [row["line_id"] for row in await raw.fetch(SQL["open_lives"], lines)]
    given = (lines, [key_of.get(line) for line in lines], opened, impact.SUMS)
    return [row["n"] for row in await raw.fetch(SQL["count"], *given)]


async def known(lines: Sequence[UUID]) -> dict[UUID, Told]:
    """What is known of the devices of order lines that the caller was found to see."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["facts"], list(lines), False)
    return {line: _told(row) for row in rows for line in row["lines"]}


def _facts(row: asyncpg.Record) -> Document:
    return document(inputs_of(_told(row), impact.factor_set(impact.SUMS)))


def _told(row: asyncpg.Record) -> Told:
    return Told(
        row["category"],
        row["released_on"],
        row["day"],
        orjson.loads(row["parts"]) if row["parts"] else (),
        orjson.loads(row["refurbished"]) if row["refurbished"] else None,
        row["bought_on"],
        row["battery_new"],
    )
