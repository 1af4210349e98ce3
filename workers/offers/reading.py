"""From a feed's settings and a file to staged lines."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import asyncpg

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.lines import FeedFormat, FeedMode
from integrations.feeds import Chunk, LineProblem, Reading, ReadSettings, open_feed
from models.catalog import Brand, BrandNewAllowed
from models.markets import Market
from models.merchants import Merchant, MerchantSite
from models.offers import stage

OnLines = Callable[[int], object]
BLOCK_BYTES = 4 * 1_048_576


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read a merchant's file, and what its silence means."""

    read: ReadSettings
    defaults: stage.Defaults


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
        default_quantity=given.get("default_quantity", 1),
        default_warranty_months=given.get("default_warranty_months", 12),
        allow_restricted_gtins=merchant.sandbox,
        new_allowed_brands=await _new_allowed(markets),
        now=now,
        block_bytes=BLOCK_BYTES,
    )
    defaults = stage.Defaults(
        currency=currency.value,
        vat_scheme=merchant.vat_scheme,
        quantity=read.default_quantity,
        warranty_months=read.default_warranty_months,
        markets=markets,
        handling_hours=merchant.handling_hours,
        country=site.country if site else merchant.country,
        allowed_markets=merchant.markets,
    )
    return Plan(read, defaults)


async def _new_allowed(markets: tuple[str, ...]) -> frozenset[str]:
    rows = await BrandNewAllowed.filter(market__in=markets)
    names = await Brand.filter(code__in=[row.brand for row in rows]).values_list("name", flat=True)
    return frozenset(str(name).casefold() for name in names)


async def stage_file(
    raw: asyncpg.Connection, path: Path, plan: Plan, on_lines: OnLines
) -> tuple[Reading, int]:
    """Copy a file's lines into the stage; return how it was read and how many lines it has.

    `on_lines` is told the number of lines so far after each chunk.
    Raises: FileRefused.
    """
    reading = await asyncio.to_thread(open_feed, path, plan.read)
    lines = 0
    async with aclosing(_ahead(reading.chunks)) as chunks:
        async for chunk in chunks:
            lines += chunk.lines
            await _copy(raw, chunk)
            on_lines(lines)
    return reading, lines


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
        sent = [name for name in stage.SENT if chunk.frame[name].null_count() < chunk.frame.height]
        await stage.copy(raw, await asyncio.to_thread(_csv, chunk, sent), sent)
    if chunk.problems:
        await stage.copy_problems(raw, [_told(problem) for problem in chunk.problems])


def _told(problem: LineProblem) -> stage.Problem:
    key = problem.sku.casefold() if problem.sku else None
    said = (problem.field, problem.code.value, problem.value, problem.fatal)
    return problem.line, problem.sku, key, *said


def _csv(chunk: Chunk, columns: list[str]) -> bytes:
    buffer = BytesIO()
    chunk.frame.select(columns).write_csv(buffer, include_header=False)
    return buffer.getvalue()
