"""From a feed's settings and a file to staged lines."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import polars as pl

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.lines import FeedFormat, FeedMode
from integrations.feeds.contract import Chunk, LineProblem, Memory, Reading, ReadSettings
from integrations.feeds.reading import open_feed
from models.catalog import Brand, BrandNewAllowed
from models.impact.claims import readers
from models.markets import Market
from models.merchants import Merchant, MerchantSite
from models.offers import apply, stage
from workers.offers.progress import Progress

OnLines = Callable[[int], object]
_NO_MARKS = pl.DataFrame(schema={"line": pl.Int32(), "mark": pl.Int64()})
BLOCK_BYTES = 4 * 1_048_576


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read a merchant's file, and what its silence means.

    Shapes: `salt` is everything beside the file and `read` that decides what a line means; `as_of`
    is when the file was true.
    """

    read: ReadSettings
    defaults: stage.Defaults
    salt: str
    as_of: datetime


async def plan_of(
    merchant: Merchant,
    mode: FeedMode,
    file_format: FeedFormat | None,
    given: Mapping[str, Any],
    now: datetime,
) -> Plan:
    """Join the feed's own settings with what its merchant and its market say.

    Shapes: `given` has the optional keys of `ReadSettings`, as JSON.
    """
    markets = tuple(sorted(given.get("markets") or merchant.markets[:1]))
    home = await Market.get(code=markets[0])
    site = await MerchantSite.filter(merchant=merchant).order_by("-main", "code").first()
    currency = Currency(given.get("currency") or home.currency)
    read = ReadSettings(
        mode=mode,
        currency=currency,
        markets=markets,
        format=file_format,
        encoding=given.get("encoding") or home.feed_encoding,
        separator=given.get("separator"),
        decimal=given.get("decimal"),
        grade_map={word: Grade(value) for word, value in (given.get("grade_map") or {}).items()},
        fixed_grade=Grade(given["fixed_grade"]) if given.get("fixed_grade") else None,
        grade_column=given.get("grade_column"),
        mapping=given.get("mapping") or {},
        sheet=given.get("sheet"),
        default_quantity=given.get("default_quantity", 1),
        default_warranty_months=given.get("default_warranty_months", 12),
        allow_restricted_gtins=merchant.sandbox,
        new_allowed_brands=await _new_allowed(markets),
        now=now,
        claims=readers(markets, now.date()),
        block_bytes=BLOCK_BYTES,
    )
    defaults = stage.Defaults(
        currency=currency.value,
        vat_scheme=given.get("vat_scheme") or merchant.vat_scheme,
        quantity=read.default_quantity,
        warranty_months=read.default_warranty_months,
        markets=markets,
        handling_hours=given.get("handling_hours", merchant.handling_hours),
        country=site.country if site else merchant.country,
        allowed_markets=merchant.markets,
    )
    sites = (
        await MerchantSite.filter(merchant=merchant).order_by("code").values_list("code", "country")
    )
    rules = read.claims.in_force() if read.claims else ()
    return Plan(read, defaults, repr((defaults, sites, rules)), now)


async def _new_allowed(markets: tuple[str, ...]) -> frozenset[str]:
    rows = await BrandNewAllowed.filter(market__in=markets)
    names = await Brand.filter(code__in=[row.brand for row in rows]).values_list("name", flat=True)
    return frozenset(str(name).casefold() for name in names)


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in the stage: how it was read, how many lines it has, and which were skipped.

    Shapes: `problems` counts what the reader said of lines; `repeated` says that two of the
    skipped lines are the same.
    """

    reading: Reading
    lines: int
    skipped: apply.Skipped
    problems: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far the reading is: a caller in this process, and who asks for the run."""

    on_lines: OnLines
    progress: Progress


async def stage_file(
    raw: asyncpg.Connection, path: Path, plan: Plan, merchant_id: UUID, watch: Watch
) -> Staged:
    """Copy a file's lines into the stage, but those that stand behind live offers already.

    `watch` is told the lines so far after each chunk.
    Raises: FileRefused.
    """
    await stage.forget_sold(raw, merchant_id, plan.as_of)
    known = _known(await stage.remembered(raw, merchant_id))
    staged = await _staged(raw, path, plan, known, watch)
    if staged.skipped.lines and (
        staged.repeated or await stage.repeats_skipped(raw, merchant_id)
    ):  # a sku stands in the file twice: all its lines must be judged together
        await stage.open_stage(raw)
        staged = await _staged(raw, path, plan, known.clear(), watch)
    return staged


async def _staged(
    raw: asyncpg.Connection, path: Path, plan: Plan, known: pl.Series, watch: Watch
) -> Staged:
    settings = replace(plan.read, memory=Memory(plan.salt, known))
    reading = await asyncio.to_thread(open_feed, path, settings)
    lines, problems, same = 0, 0, [_NO_MARKS]
    watch.progress.begin()
    async with aclosing(_ahead(reading.chunks)) as chunks:
        async for chunk in chunks:
            lines += chunk.lines
            problems += len(chunk.problems)
            if chunk.same is not None:
                same.append(chunk.same)
            await _copy(raw, chunk)
            watch.on_lines(lines)
            await watch.progress.read(chunk)
    skipped = pl.concat(same)
    if not skipped.height:
        return Staged(reading, lines, apply.NONE_SKIPPED, problems)
    unsaid = known.filter(~known.is_in(skipped["mark"].implode())).to_frame()
    await stage.copy_unsaid(raw, unsaid.write_csv(include_header=False).encode())
    told = apply.Skipped(skipped.height, _ranges(skipped["line"]))
    repeated = skipped["mark"].n_unique() != skipped.height
    return Staged(reading, lines, told, problems, repeated)


def _known(csv: bytes) -> pl.Series:
    schema = pl.Schema({"mark": pl.Int64()})
    if not csv:
        return pl.Series("mark", [], dtype=pl.Int64)
    return pl.read_csv(csv, has_header=False, schema=schema)["mark"]


def _ranges(lines: pl.Series) -> str:
    """Line numbers as a PostgreSQL multirange."""
    frame = lines.sort().to_frame("line").with_row_index("row")
    runs = (
        frame.with_columns(island=pl.col("line") - pl.col("row").cast(pl.Int32))
        .group_by("island")
        .agg(low=pl.col("line").min(), high=pl.col("line").max() + 1)
        .sort("low")
    )
    return "{" + ",".join(f"[{low},{high})" for _, low, high in runs.iter_rows()) + "}"


async def _ahead(chunks: Iterator[Chunk]) -> AsyncGenerator[Chunk]:
    """The chunks in their order; the next one is read while the last one is used."""
    coming = asyncio.create_task(asyncio.to_thread(next, chunks, None))
    try:
        while (chunk := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            yield chunk
    finally:
        await asyncio.gather(coming, return_exceptions=True)


async def _copy(raw: asyncpg.Connection, chunk: Chunk) -> None:
    if chunk.frame.height:
        frame = _marked(chunk)
        sent = [name for name in frame.columns if frame[name].null_count() < frame.height]
        await stage.copy(raw, await asyncio.to_thread(_csv, frame.select(sent)), sent)
    if chunk.problems:
        await stage.copy_problems(raw, [_told(problem) for problem in chunk.problems])


def _marked(chunk: Chunk) -> pl.DataFrame:
    """The records with the marks of their lines, where lines are remembered."""
    if chunk.marks is None:
        return chunk.frame
    return chunk.frame.join(chunk.marks, on="line", how="left", maintain_order="left")


def _told(problem: LineProblem) -> stage.Problem:
    key = problem.sku.casefold() if problem.sku else None
    said = (problem.field, problem.code.value, problem.value, problem.fatal)
    return problem.line, problem.sku, key, *said


def _csv(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_csv(buffer, include_header=False)
    return buffer.getvalue()
