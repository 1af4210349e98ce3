"""A fleet of 50,000 devices: imported from a file, then valued, beside an INSERT for each line."""

import csv
import hashlib
import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from stdnum import luhn

from bench import catalogue
from bench.figures import AT_LEAST, AT_MOST, EXACTLY, Figure, information, ratio, seconds
from bench.world import World, command
from domain.offers.policy import FeedPolicy
from domain.raas import FleetKind
from domain.raas.lines import FleetImportState
from domain.trade_in import TradeInGrade
from models.accounts import Organisation
from models.base import execute, fetch, fetchval, new_id, transaction
from models.offers import files
from models.raas import fleets, imports, valuing
from workers.raas.importing import import_once

ASSETS = 50_000
PLAIN = 5_000
MODELS = 400
TURNS = 3
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
COLUMNS = ("assetTag", "imei", "manufacturer", "model", "storage", "purchaseDate", "condition")
CONDITIONS = ("good", "used", "très bon", "cracked screen", "defekt", "")
INSERT = (
    "INSERT INTO asset (fleet_id, organisation_id, line, tag, tag_key, imei, key, manufacturer, "
    "model, storage, purchased_on, condition) VALUES ($1, $2, $3, $4, lower($4), $5, "
    "'IMEI:' || $5, $6, $7, $8, $9::text::date, $10)"
)


BIDS = (
    "INSERT INTO trade_in_bid (merchant_id, variant_id, grade, market, amount_minor, currency, "
    "pay_within_days) SELECT $1, v.id, g.grade, 'FR', 40000 - 5000 * g.n - $2 * 500, 'EUR', 5 "
    "FROM variant v, unnest($3::text[]) WITH ORDINALITY AS g (grade, n)"
)


async def measure(world: World) -> list[Figure]:
    """Every figure of a fleet of 50,000 devices."""
    async with world.database() as url:
        models = await _models()
        await _priced()
        await command(url, "VACUUM ANALYZE")
        owner = await Organisation.create(slug="fleet", name="Fleet")
        took, plain, valued, statements = [], [], [], []
        stages: dict[str, float] = {}
        for turn in range(TURNS):
            path = _written(world.folder / f"fleet-{turn}.csv", models, turn)
            plain.append(await _plainly(owner, path))
            run_id = await _asked(owner, path)
            took.append(await seconds(partial(_import, run_id)))
            run = await imports.get(run_id)
            if run is None or run.state is not FleetImportState.COMPLETED:
                raise RuntimeError(f"the import failed: {run}")
            stages = run.seconds
            with _counted() as sent:
                valued.append(await seconds(partial(_value, run.fleet_id)))
            statements.append(len(sent))
        few = await _statements_of_few(owner, world, models)
        matched = await fetchval("SELECT count(*) FROM asset WHERE variant_id IS NOT NULL")
        known = await fetchval("SELECT count(*) FROM asset WHERE value_median_minor IS NOT NULL")
        return [
            Figure("fleet_lines_per_second", ASSETS / min(took), AT_LEAST, 20_000),
            Figure("fleet_import_ratio", ratio(min(plain), min(took)), AT_LEAST, 1.5),
            Figure("fleet_value_seconds", min(valued), AT_MOST, 5),
            Figure("fleet_value_more_statements", statements[-1] - few, EXACTLY, 0),
            information("fleet_import_seconds", min(took)),
            information("fleet_plain_seconds", min(plain)),
            *(information(f"fleet_{name}_seconds", each) for name, each in stages.items()),
            information("fleet_matched_share", matched / (TURNS * ASSETS)),
            information("fleet_valued_share", known / (TURNS * ASSETS)),
        ]


async def _models() -> list[tuple[str, str, str]]:
    """Makers, models and storages as people write them."""
    rows = await fetch(
        "SELECT b.name, p.model, coalesce(v.attributes->>'storage_gb', '') AS storage "
        "FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id "
        "ORDER BY v.id"
    )
    draw = random.Random(1)
    chosen = draw.sample([tuple(row) for row in rows], MODELS)
    return [
        (b if draw.random() < 0.8 else b.upper(), m, f"{s} GB" if s else "") for b, m, s in chosen
    ]


async def _priced() -> None:
    """What three merchants bid for each variant in each grade, less for a worse one."""
    for number in (1, 2, 3):
        feed = await catalogue.merchant(number)
        await execute(BIDS, feed.merchant_id, number, [each.value for each in TradeInGrade])


def _written(
    path: Path, models: list[tuple[str, str, str]], turn: int, count: int = ASSETS
) -> Path:
    draw = random.Random(turn)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(count):
            digits = f"35{turn:02d}{n:010d}"
            maker, model, storage = models[draw.randrange(len(models))]
            day = f"20{draw.randrange(18, 26)}-0{draw.randrange(1, 10)}-1{draw.randrange(10)}"
            imei = digits + luhn.calc_check_digit(digits)
            said = draw.choice(CONDITIONS)
            writer.writerow((f"T{turn}-{n}", imei, maker, model, storage, day, said))
    return path


async def _asked(owner: Organisation, path: Path) -> UUID:
    made = fleets.New(owner.id, str(new_id()), "Fleet", FleetKind.AD_HOC, "FR", "FR", "EUR")
    fleet_id = await fleets.add(made)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    file = await files.store(path, None, path.name, digest, organisation_id=owner.id)
    return await imports.ask(
        imports.New(
            fleet_id,
            owner.id,
            file,
            path.name,
            digest,
            path.stat().st_size,
            FeedPolicy.REJECT_FAILED_ROWS,
            False,
        )
    )


async def _import(run_id: UUID) -> None:
    await import_once(run_id, NOW)


async def _value(fleet_id: UUID) -> None:
    async with transaction() as raw:
        await valuing.value(raw, fleet_id, NOW)


async def _plainly(owner: Organisation, path: Path) -> float:
    """Seconds for a reader and an INSERT for each line, in one transaction, undone."""
    new = fleets.New(owner.id, str(new_id()), "Plain", FleetKind.AD_HOC, "FR", "FR", "EUR")
    fleet_id = await fleets.add(new)
    async with transaction() as raw:
        begun = time.perf_counter()
        with path.open(newline="", encoding="utf-8") as file:
            for n, row in zip(range(PLAIN), csv.DictReader(file), strict=False):
                await raw.execute(
                    INSERT, fleet_id, owner.id, n, *(row[name] for name in COLUMNS),
                )  # fmt: skip
        took = time.perf_counter() - begun
    await execute("DELETE FROM asset WHERE fleet_id = $1", fleet_id)
    return took * ASSETS / PLAIN


async def _statements_of_few(
    owner: Organisation, world: World, models: list[tuple[str, str, str]]
) -> int:
    """How many statements the value of 100 devices takes."""
    path = _written(world.folder / "fleet-few.csv", models, 90, 100)
    run_id = await _asked(owner, path)
    await _import(run_id)
    run = await imports.get(run_id)
    if run is None:
        raise RuntimeError("the import is gone")
    with _counted() as sent:
        await _value(run.fleet_id)
    return len(sent)


@contextmanager
def _counted() -> Generator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []
    names = ("fetch", "fetchrow", "fetchval", "execute")
    before: dict[str, Any] = {name: getattr(asyncpg.Connection, name) for name in names}

    def noting(name: str) -> Any:
        async def noted(self: Any, query: str, *args: Any, **more: Any) -> Any:
            sent.append(query)
            return await before[name](self, query, *args, **more)

        return noted

    for name in names:
        setattr(asyncpg.Connection, name, noting(name))
    try:
        yield sent
    finally:
        for name in names:
            setattr(asyncpg.Connection, name, before[name])
