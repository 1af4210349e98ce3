"""What an organisation takes home of an import: every line, and those to correct as they came."""

import csv
import io
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from uuid import UUID

import orjson

from domain.offers.spreadsheets import harmless
from domain.raas.wording import explain
from models.offers import files
from models.raas import imports
from models.raas.imports import FleetImport, Line
from resolvers.catalog import language
from resolvers.context import Context
from resolvers.offers.downloads import (
    AT_ONCE,
    Corrections,
    Download,
    Format,
    NothingToFix,
    NotKept,
    Told,
)
from resolvers.raas.fleets import READ, run

_COLUMNS = (
    *("line", "asset_tag", "outcome", "code", "field", "value", "message", "suggestion"),
    "asset_id",
)


async def report(ctx: Context, import_id: UUID, format: Format, locale: str) -> Download | None:  # noqa: A002 - the parameter's name
    """Every line of one of the caller's imports; None for any other.

    Raises: SignInFirst, Forbidden; BadInput for a language without texts.
    """
    lang = language(locale)
    found = await run(ctx, import_id)
    if found is None:
        return None
    name = f"fleet-import-{import_id}.{format}"
    if format is Format.JSONL:
        return Download(name, "application/x-ndjson", _written(ctx, found, _objects, lang, b""))
    head = _table([_COLUMNS])
    return Download(name, "text/csv; charset=utf-8", _written(ctx, found, _rows, lang, head))


async def correction(
    ctx: Context, import_id: UUID, locale: str
) -> "FleetCorrection | NothingToFix | NotKept | None":
    """What the lines to correct of one of the caller's imports were, and what was said of them.

    Refuses: an import without any, or whose lines are not kept any more; None for an import that is
    not the caller's. Raises: SignInFirst, Forbidden; BadInput for a language without texts.
    """
    lang = language(locale)
    found = await run(ctx, import_id)
    if found is None:
        return None
    if found.bad_rows is None:
        return NothingToFix()
    async with ctx.acting_organisation(READ):
        first = await files.piece(found.bad_rows, 0)
    return (
        NotKept() if first is None else FleetCorrection(ctx, found.id, found.bad_rows, first, lang)
    )


async def _written(
    ctx: Context,
    found: FleetImport,
    write: Callable[[Sequence[Line], str], bytes],
    lang: str,
    head: bytes,
) -> AsyncGenerator[bytes]:
    yield head
    async with aclosing(_lines(ctx, found.id)) as pages:
        async for page in pages:
            yield write(page, lang)


async def _lines(ctx: Context, import_id: UUID) -> AsyncGenerator[list[Line]]:
    """The lines of an import, page by page; none is held while nobody asks for the next."""
    after = 0
    while True:
        async with ctx.acting_organisation(READ):
            page = await imports.lines(import_id, None, after, AT_ONCE)
        if page:
            yield page
        if len(page) < AT_ONCE:
            return
        after = page[-1].line


def _told(line: Line, lang: str) -> tuple[str, str]:
    if line.code is None:
        return "", ""
    return explain(line.code, line.field, line.value, line.suggested, lang)


def _cells(line: Line, lang: str) -> list[str]:
    code, message = line.code.value if line.code else "", _told(line, lang)
    facts = (line.tag or "", line.outcome.value, code, line.field or "", line.value or "")
    return [str(line.line), *facts, *message, str(line.asset_id or "")]


def _rows(page: Sequence[Line], lang: str) -> bytes:
    return _table([_cells(line, lang) for line in page])


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _objects(page: Sequence[Line], lang: str) -> bytes:
    return b"".join(
        orjson.dumps(_object(line, lang), option=orjson.OPT_APPEND_NEWLINE) for line in page
    )


def _object(line: Line, lang: str) -> dict[str, object]:
    cells = dict(zip(_COLUMNS, _cells(line, lang), strict=True))
    found: dict[str, object] = {name: text or None for name, text in cells.items()}
    found["line"] = line.line
    found["suggestions"] = [
        {"title": each.title, "confidence_bp": each.confidence} for each in line.suggestions
    ]
    return found


class FleetCorrection(Corrections):
    """The lines of an organisation's import that are to be corrected."""

    def acting(self) -> AbstractAsyncContextManager[UUID]:
        """A transaction of the organisation."""
        return self.ctx.acting_organisation(READ)

    async def page(self, after: int) -> Sequence[tuple[int, list[Told]]]:
        """The next lines to correct."""
        return [
            (each.line, [(each.code.value, *_told(each, self.lang))] if each.code else [])
            for each in await imports.lines_to_fix(self.run_id, after, AT_ONCE)
        ]
