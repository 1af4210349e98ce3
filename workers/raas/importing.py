"""One import of a fleet: from a stored file to declared devices, one outcome for every line."""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from domain.offers.codes import LineCode
from domain.offers.lines import FileCode
from domain.raas import FleetState
from domain.raas.columns import SURE
from domain.raas.declared import Declared, Rules
from domain.raas.lines import FleetImportState, FleetLineCode
from integrations.feeds.bad_rows import bad_rows
from integrations.feeds.contract import FileRefused, LineProblem, ReadSettings
from integrations.feeds.fleet import FleetFile, open_fleet, settings_of
from models.base import new_ids, transaction
from models.markets import Market
from models.offers import files
from models.raas import catalogue, fleets, imports, staging
from models.raas.fleets import Fleet
from models.raas.imports import FleetImport
from models.raas.staging import Model, Staged
from workers.raas.matching import Matcher, Said, matcher

log = structlog.get_logger()

Effect = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
Doubles = dict[str, int]
STATEMENT_TIMEOUT = "2min"
_CODES = {
    LineCode.BAD_ENCODING: FleetLineCode.BAD_ENCODING,
    LineCode.COLUMN_COUNT: FleetLineCode.COLUMN_COUNT,
    LineCode.FIELD_TOO_LONG: FleetLineCode.FIELD_TOO_LONG,
}


@dataclass(slots=True)
class Read:
    """A file as read: its lines, and what they say of models, each different one once."""

    file: FleetFile
    lines: list[Staged] = field(default_factory=list)
    models: dict[Said, int] = field(default_factory=dict)


async def import_once(
    import_id: UUID, now: datetime, effect: Effect = transaction, step: Effect = transaction
) -> FleetImport | None:
    """Bring an import to its end, whatever an earlier worker had done of it.

    What it does to devices is one transaction, `effect`; `step` only shows how far it is. An import
    that has ended is left alone.
    """
    run = await imports.get(import_id)
    if run is None or run.state.final:
        return run
    fleet = await fleets.get(run.fleet_id)
    if fleet is None:
        return None
    run.state, run.started_at = FleetImportState.READING, now
    async with step() as raw:
        await imports.save(raw, run)
    with tempfile.TemporaryDirectory(prefix="boucle-fleet-") as folder:
        path = Path(folder) / "fleet"
        if not await files.load(run.file, path):
            await _fail(run, FileCode.NOT_FOUND, "the file is not kept any more", now, effect)
            return run
        try:
            await _imported(run, fleet, path, now, effect, step)
        except FileRefused as refused:
            await _fail(run, refused.code, refused.detail, now, effect)
    log.info("fleet.import_ended", import_id=str(run.id), state=run.state, lines=run.lines)
    return run


async def _imported(
    run: FleetImport, fleet: Fleet, path: Path, now: datetime, effect: Effect, step: Effect
) -> None:
    clock = time.perf_counter()
    home = await Market.get(code=fleet.market)
    settings = settings_of(run.mapping, run.settings, home.feed_encoding)
    async with step() as raw:
        rules = await _rules(raw, run, fleet, now)
    read = await asyncio.to_thread(_read, path, settings, rules)
    _describe(run, read)
    clock = _took(run, "read", clock)
    async with step() as raw:
        await imports.save(raw, run)
        known = await matcher(raw, read.models, {each.imei[:8] for each in read.lines if each.imei})
    _told_by_imei(read, known)
    found = await asyncio.to_thread(known.candidates, read.models)
    async with effect() as raw:
        await raw.execute(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        await raw.execute("SET LOCAL work_mem = '64MB'")
        firsts = {each[0].product_id for each in found.values() if each}
        known.configurations = await catalogue.configurations(raw, list(firsts))
        models = _models(known, read, found)
        clock = _took(run, "match", clock)
        await staging.open_stage(raw, run.organisation_id)
        await staging.forget(raw, run.id)
        await staging.copy(raw, read.lines)
        await staging.copy_models(raw, models)
        settled = await staging.settle(raw, run)
        run.counts, run.codes = settled.outcomes, settled.codes
        await _keep(raw, run, path, settings)
        _took(run, "apply", clock)
        await _end(raw, run, settled, now)


def _read(path: Path, settings: ReadSettings, rules: Rules) -> Read:
    """The lines of a file. Raises: FileRefused."""
    opened = open_fleet(path, settings)
    read = Read(opened)
    devices: Doubles = {}
    tags: Doubles = {}
    for raw in opened.raws:
        read.lines += [_unreadable(each) for each in raw.problems]
        names = raw.frame.columns
        ids = new_ids(raw.frame.height)
        for made, row in zip(ids, raw.frame.iter_rows(), strict=True):
            said = dict(zip(names, row, strict=True))
            number = said.pop("line")
            read.lines.append(_line(number, made, said, rules, devices, tags, read.models))
    return read


def _line(
    number: int,
    asset_id: UUID,
    said: dict[str, Any],
    rules: Rules,
    devices: Doubles,
    tags: Doubles,
    models: dict[Said, int],
) -> Staged:
    """A line as it goes into the stage; of two for one device the first counts."""
    found = rules.read(said)
    if not isinstance(found, Declared):
        tag = (said.get("asset_tag") or "").strip()[:64] or None
        return Staged(
            number, None, found.code.value, found.field, found.value, found.suggested, tag
        )
    twice = _twice(found, devices, tags)
    if twice is not None:
        return Staged(number, None, twice[0].value, twice[1], twice[2], twice[3], found.tag)
    devices[found.key] = number
    if found.tag_key:
        tags[found.tag_key] = number
    asked = Said(found.manufacturer, found.model, found.storage)
    model = models.setdefault(asked, len(models))
    return Staged(
        number, asset_id, None, None, None, None, found.tag, found.tag_key, found.imei,
        found.serial, found.key, found.manufacturer, found.model, found.storage, found.condition,
        found.grade.value if found.grade else None, found.purchased_on, found.site_id, model,
    )  # fmt: skip


def _told_by_imei(read: Read, known: Matcher) -> None:
    """Let lines speak for themselves whose IMEI tells the model: of few lines it does."""
    if not known.tacs:
        return
    said = list(read.models)
    for at, line in enumerate(read.lines):
        if line.imei and line.model_no is not None and line.imei[:8] in known.tacs:
            asked = said[line.model_no]._replace(tac=line.imei[:8])
            number = read.models.setdefault(asked, len(read.models))
            read.lines[at] = line._replace(model_no=number)


def _twice(
    found: Declared, devices: Doubles, tags: Doubles
) -> tuple[FleetLineCode, str, str | None, str] | None:
    """The fault of a line whose device or tag stands on an earlier one, which it names."""
    if (first := devices.get(found.key)) is not None:
        name = "imei" if found.imei else "serial"
        return FleetLineCode.TWICE_IN_FILE, name, found.imei or found.serial, str(first)
    if found.tag_key and (first := tags.get(found.tag_key)) is not None:
        return FleetLineCode.TAG_TWICE_IN_FILE, "assetTag", found.tag, str(first)
    return None


def _unreadable(problem: LineProblem) -> Staged:
    code = _CODES.get(problem.code, FleetLineCode.BAD_QUOTES)
    return Staged(problem.line, None, code.value, problem.field, problem.value)


async def _rules(raw: asyncpg.Connection, run: FleetImport, fleet: Fleet, now: datetime) -> Rules:
    return Rules(
        now.date(),
        fleet.country,
        await catalogue.sites(raw, run.organisation_id),
        None if run.sites is None else frozenset(run.sites),
        await catalogue.brand_names(raw),
    )


def _models(known: Matcher, read: Read, found: dict[Said, Any]) -> Iterator[Model]:
    return (known.matched(number, said, found[said]) for said, number in read.models.items())


def _describe(run: FleetImport, read: Read) -> None:
    run.format, run.encoding = read.file.format, read.file.encoding
    run.separator, run.lines = read.file.separator, len(read.lines)
    run.columns = [
        {
            "name": each.name[:200],
            "reads": each.reads,
            "field": each.proposal.field,
            "confidence": each.proposal.confidence,
            "reason": each.proposal.reason.value,
            "sure": each.proposal.confidence >= SURE,
            "samples": list(each.samples),
        }
        for each in read.file.columns()
    ]


def _took(run: FleetImport, stage: str, since: float) -> float:
    now = time.perf_counter()
    run.seconds[stage] = round(now - since, 3)
    return now


async def _keep(raw: asyncpg.Connection, run: FleetImport, path: Path, settings: Any) -> None:
    """Keep the lines to correct as they came, for the file by which they are corrected."""
    lines = await staging.to_fix(raw, run.id)
    run.bad_rows = None
    if not lines:
        return
    into = path.with_name("bad")
    sha256 = await asyncio.to_thread(_cut, path, settings, lines, into)
    run.bad_rows = await files.store(
        into, None, "bad lines", sha256, organisation_id=run.organisation_id
    )


def _cut(path: Path, settings: ReadSettings, lines: Sequence[int], into: Path) -> str:
    digest = hashlib.sha256()
    with into.open("wb") as file:
        for frame in bad_rows(path, replace(settings), lines):
            packed = frame.packed()
            digest.update(packed)
            file.write(packed)
    return digest.hexdigest()


async def _end(
    raw: asyncpg.Connection, run: FleetImport, settled: staging.Settled, now: datetime
) -> None:
    run.finished_at = now
    run.state = FleetImportState.PREVIEWED if run.dry_run else FleetImportState.COMPLETED
    if settled.refused:
        wrong = run.lines - settled.outcomes.get("NOT_APPLIED", 0)
        run.file_code, run.detail = FileCode.GUARD_HELD.value, f"{wrong} of {run.lines} rejected"
        run.state = run.state if run.dry_run else FleetImportState.FAILED
    await imports.save(raw, run)
    if not run.dry_run:
        await fleets.changed(raw, run.fleet_id, FleetState.REVIEW)


async def _fail(
    run: FleetImport, code: FileCode, detail: str, now: datetime, effect: Effect
) -> None:
    """End the import without a device declared."""
    async with effect() as raw:
        await staging.forget(raw, run.id)
        run.state, run.file_code, run.detail = FleetImportState.FAILED, code.value, detail
        run.lines, run.counts, run.codes, run.finished_at = 0, {}, {}, now
        await imports.save(raw, run)
        if not run.dry_run:
            await fleets.changed(raw, run.fleet_id, FleetState.REVIEW)
