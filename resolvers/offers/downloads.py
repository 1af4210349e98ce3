"""What a merchant takes home of a run: the report of every line, and its bad lines to correct."""

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import orjson

from domain.offers.codes import LineCode
from domain.offers.lines import LineOutcome
from domain.offers.messages import explain
from domain.offers.spreadsheets import harmless
from models.offers import files
from models.offers import report as reports
from models.offers.report import Line, LineProblem
from resolvers.catalog import language
from resolvers.context import Context
from resolvers.offers.feeds import READ

AT_ONCE = 1_000
_COLUMNS = ("line", "sku", "outcome", "code", "field", "value", "message", "suggestion")
Told = tuple[str, str, str]
_NO_PROBLEM = LineProblem("", None, None)


class Format(StrEnum):
    """How a report is written."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Download:
    """A file made while it is sent. `pieces` can be walked once."""

    name: str
    content_type: str
    pieces: AsyncGenerator[bytes]


@dataclass(frozen=True, slots=True)
class NothingToFix:
    """The run rejected no line."""


@dataclass(frozen=True, slots=True)
class NotKept:
    """What the run rejected is not kept any more."""


async def report(ctx: Context, run_id: UUID, format: Format, locale: str) -> Download | None:  # noqa: A002 - the parameter's name
    """Every line of one of the caller's runs; None for a run that is not the caller's.

    Raises: SignInFirst, Forbidden; BadInput for a language without texts.
    """
    lang = language(locale)
    async with ctx.acting(READ) as merchant_id:
        run = await reports.run(merchant_id, run_id)
    if run is None:
        return None
    name = f"feed-run-{run_id}.{format}"
    if format is Format.JSONL:
        return Download(name, "application/x-ndjson", _written(ctx, run_id, _objects, lang, b""))
    head = _table([_COLUMNS])
    return Download(name, "text/csv; charset=utf-8", _written(ctx, run_id, _rows, lang, head))


async def correction(
    ctx: Context, run_id: UUID, locale: str
) -> "Correction | NothingToFix | NotKept | None":
    """What the rejected lines of one of the caller's runs were, and what was said of them.

    Refuses: a run without rejected lines, or whose lines are not kept any more; None for a run
    that is not the caller's. Raises: SignInFirst, Forbidden; BadInput for a language without texts.
    """
    lang = language(locale)
    async with ctx.acting(READ) as merchant_id:
        run = await reports.run(merchant_id, run_id)
        if run is None:
            return None
        if run.bad_rows is None:
            return NotKept() if run.rejected else NothingToFix()
        first = await files.piece(run.bad_rows, 0)
    return NotKept() if first is None else Correction(ctx, run_id, run.bad_rows, first, lang)


async def _lines(
    ctx: Context, run_id: UUID, outcome: LineOutcome | None = None
) -> AsyncGenerator[list[Line]]:
    """The lines of a run, page by page; none is held while nobody asks for the next."""
    after = 0
    while True:
        async with ctx.acting(READ):
            page = await reports.lines(run_id, outcome, after, AT_ONCE)
        if page:
            yield page
        if len(page) < AT_ONCE:
            return
        after = page[-1].line


async def _written(
    ctx: Context,
    run_id: UUID,
    write: Callable[[Sequence[Line], str], bytes],
    lang: str,
    head: bytes,
) -> AsyncGenerator[bytes]:
    yield head
    async with aclosing(_lines(ctx, run_id)) as pages:
        async for page in pages:
            yield write(page, lang)


def _rows(page: Sequence[Line], lang: str) -> bytes:
    """A row for each problem of a line, or one for a line without any."""
    return _table(
        [
            [str(line.line), line.sku or "", line.outcome.value, *_cells(problem, lang)]
            for line in page
            for problem in line.problems or [_NO_PROBLEM]
        ]
    )


def _cells(problem: LineProblem, lang: str) -> list[str]:
    if problem is _NO_PROBLEM:
        return [""] * 5
    said = explain(LineCode(problem.code), problem.field, problem.value, lang)
    return [problem.code, problem.field or "", problem.value or "", *said]


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _objects(page: Sequence[Line], lang: str) -> bytes:
    return b"".join(
        orjson.dumps(_object(line, lang), option=orjson.OPT_APPEND_NEWLINE) for line in page
    )


def _object(line: Line, lang: str) -> dict[str, object]:
    found: dict[str, object] = {"line": line.line, "sku": line.sku, "outcome": line.outcome.value}
    found["problems"] = [
        dict(zip(_COLUMNS[3:], _told(each, lang), strict=True)) for each in line.problems
    ]
    found["changes"] = [
        {"field": each.field, "before": each.before, "after": each.after} for each in line.changes
    ]
    return found


def _told(problem: LineProblem, lang: str) -> tuple[str | None, ...]:
    said = explain(LineCode(problem.code), problem.field, problem.value, lang)
    return problem.code, problem.field, problem.value, *said


@dataclass(slots=True)
class Corrections(ABC):
    """The lines of a run to correct as they are stored, beside what was said of each.

    Shapes: `first` is the first piece of what `integrations.feeds.bad_rows` cut out.
    """

    ctx: Context
    run_id: UUID
    file_id: UUID
    first: bytes
    lang: str
    _said: dict[int, list[Told]] = field(default_factory=dict)
    _known_to: int = 0
    _ended: bool = False

    @abstractmethod
    def acting(self) -> AbstractAsyncContextManager[UUID]:
        """A transaction of whose run it is."""

    @abstractmethod
    async def page(self, after: int) -> Sequence[tuple[int, list[Told]]]:
        """The next lines after one, in their order, up to `AT_ONCE`, with what was said."""

    async def pieces(self) -> AsyncGenerator[bytes]:
        """What is stored, a piece at a time."""
        n, data = 0, self.first
        while True:
            yield data
            n += 1
            async with self.acting():
                found = await files.piece(self.file_id, n)
            if found is None:
                return
            data = found

    async def said(self, line: int) -> list[Told]:
        """What was said of a line. To be asked once for each, in the order of the file."""
        while line > self._known_to and not self._ended:
            async with self.acting():
                page = await self.page(self._known_to)
            self._ended = len(page) < AT_ONCE
            self._known_to = page[-1][0] if page else line
            self._said.update((number, told) for number, told in page if told)
        return self._said.pop(line, [])


class Correction(Corrections):
    """The rejected records of a merchant's run."""

    def acting(self) -> AbstractAsyncContextManager[UUID]:
        """A transaction of the merchant."""
        return self.ctx.acting(READ)

    async def page(self, after: int) -> Sequence[tuple[int, list[Told]]]:
        """The next rejected lines."""
        found = await reports.lines(self.run_id, LineOutcome.REJECTED, after, AT_ONCE)
        return [(each.line, [self._told(problem) for problem in each.problems]) for each in found]

    def _told(self, problem: LineProblem) -> Told:
        code = LineCode(problem.code)
        return code.value, *explain(code, problem.field, problem.value, self.lang)
