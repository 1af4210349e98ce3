"""The lines of a fleet file beside the devices that are known, and what becomes of them.

`open_stage`, then `copy` and `copy_models`, then `settle`: a constant number of statements for a
file, all in temporary tables of the caller's transaction. A job reads and writes here, which sees
the devices of all organisations; what it says of another's is only that they are declared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg

from domain.raas.lines import OUTCOME_OF, FleetOutcome
from models.raas.imports import FleetImport
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


class Staged(NamedTuple):
    """A line on its way: the device that it declares, or what is wrong with it (`code`)."""

    line: int
    asset_id: UUID | None = None
    code: str | None = None
    field: str | None = None
    value: str | None = None
    suggested: str | None = None
    tag: str | None = None
    tag_key: str | None = None
    imei: str | None = None
    serial: str | None = None
    key: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    storage: str | None = None
    condition: str | None = None
    grade: str | None = None
    purchased_on: date | None = None
    site_id: UUID | None = None
    model_no: int | None = None


class Model(NamedTuple):
    """What the words of some lines were matched to. `low` says that a person should look.

    Shapes: `matching` and `suggestions` are JSON; `suggested` names the products for a person.
    """

    model_no: int
    variant_id: UUID | None
    product_id: UUID | None
    category: str | None
    confidence_bp: int | None
    low: bool
    matching: str
    suggestions: str
    suggested: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """How many lines had each outcome, and how often each code was said."""

    outcomes: dict[str, int]
    codes: dict[str, int]
    refused: bool


async def open_stage(raw: asyncpg.Connection, organisation_id: UUID) -> None:
    """Make the empty temporary tables; one import of an organisation at a time gets further."""
    await raw.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 9))", str(organisation_id))
    for name in ("drop", "stage", "models"):
        await raw.execute(SQL[name])


async def copy(raw: asyncpg.Connection, lines: Iterable[Staged]) -> None:
    """Add lines."""
    await raw.copy_records_to_table("fleet_stage", records=lines, columns=list(Staged._fields))


async def copy_models(raw: asyncpg.Connection, models: Iterable[Model]) -> None:
    """Add what lines were matched to."""
    await raw.copy_records_to_table("fleet_model", records=models, columns=list(Model._fields))


async def settle(raw: asyncpg.Connection, run: FleetImport) -> Settled:
    """Give each line its outcome, and declare the devices unless the run is dry or refused."""
    await raw.execute("ANALYZE fleet_stage (key, tag_key, model_no)")
    await raw.execute(SQL["known"], run.fleet_id, run.organisation_id)
    await raw.execute(SQL["tags"], run.organisation_id)
    refused = run.policy.refuses(await raw.fetchval(SQL["refused"]))
    if refused:
        await raw.execute(SQL["refuse"])
    elif not run.dry_run:
        await raw.execute(SQL["insert"], run.id, run.fleet_id, run.organisation_id)
        await raw.execute(SQL["overtaken"])
        await raw.execute(SQL["replace"], run.id)
    outcomes = [(code.value, outcome.value) for code, outcome in OUTCOME_OF.items()]
    await raw.execute(SQL["lines"], run.id, run.dry_run, *map(list, zip(*outcomes, strict=True)))
    return await _counted(raw, run.id, refused)


async def _counted(raw: asyncpg.Connection, import_id: UUID, refused: bool) -> Settled:
    found = Settled({}, {}, refused)
    for row in await raw.fetch(SQL["counts"], import_id):
        found.outcomes[row["outcome"]] = found.outcomes.get(row["outcome"], 0) + row["n"]
        if row["code"]:
            found.codes[row["code"]] = row["n"]
    return found


async def to_fix(raw: asyncpg.Connection, import_id: UUID) -> Sequence[int]:
    """The numbers of the lines that their organisation is to correct, ascending."""
    wanted = [each.value for each in FleetOutcome if each.to_fix]
    return [row["line"] for row in await raw.fetch(SQL["to_fix"], import_id, wanted)]


async def forget(raw: asyncpg.Connection, import_id: UUID) -> None:
    """Forget what was said of the lines of an import."""
    await raw.execute(SQL["forget"], import_id)
