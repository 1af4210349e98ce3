"""Reports of periods: staff has them made, merchants read what is theirs."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from uuid import NAMESPACE_OID, UUID, uuid5

from stdnum.fr import siren

from domain.accounts.roles import CallerKind, Role
from domain.markets.rules import Rule, RuleKind
from domain.merchants import dpi
from domain.merchants.dpi import AUTHORITY, Operator
from domain.merchants.periods import Period
from domain.merchants.reports import ReportKind, ReportState
from domain.merchants.sellers import Message
from models.base import OPERATIONS, as_system, fetchval
from models.markets import rules
from models.offers.read import Position
from models.quality import reports as stored
from models.quality.reports import ALL, Line, New, Report
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, stored_text
from resolvers.effects import Outcome, Refusal, audited, refusal_of, staff_once

READ = "finance:read"
ROLE = Role.STAFF_FINANCE
MOST_TEXT = 200
PIECE = 500
UNION = "EU"
UNKNOWN = Refusal("REPORT_UNKNOWN")


class ReportFormat(StrEnum):
    """How a report is read as a file."""

    CSV = "csv"
    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that staff asks for.

    `country`: where levies are due, or whose authority is told of sellers; `merchant_id`: whose
    margins, None for all; `message` and `operator` of a report of sellers.
    """

    kind: ReportKind
    period: str
    country: str | None
    merchant_id: UUID | None
    message: Message | None
    operator: Operator | None


async def make(ctx: Context, asked: Asked, key: str) -> Report | Refusal:
    """Have a report made by a job.

    Refuses: PERIOD_OPEN; an unknown merchant; of sellers AUTHORITY_UNKNOWN, INITIAL_MADE,
    INITIAL_MISSING, RULE_MISSING. Raises: SignInFirst, Forbidden, BadInput.
    """
    _, markets = ctx.staff_markets(ROLE)
    period = _period(asked)
    _whole(asked)

    async def act(user_id: UUID) -> Outcome:
        async with as_system():
            scope = await _scope(asked)
            if scope is None:
                return Refusal("MERCHANT_UNKNOWN").outcome()
            if markets is not None and scope not in markets:
                message = f"Your markets do not reach a report of {scope}."
                raise Forbidden(message, reason="MARKET_NOT_GRANTED", market=scope)
            zone = "UTC" if scope == ALL else await stored.zone_of(scope)
            if period.open_at(ctx.now, zone):
                return Refusal("PERIOD_OPEN", {"endsOn": period.last.isoformat()}).outcome()
            operator = asdict(asked.operator) if asked.operator else None
            new = New(
                asked.kind, scope, period, asked.merchant_id, user_id, ctx.now, asked.message,
                operator,
            )  # fmt: skip
            made = await _added(new, asked)
        if isinstance(made, Refusal):
            return made.outcome()
        after = {"kind": asked.kind.value, "period": period.name, "scope": scope}
        await audited(ctx, "makeReport", "PeriodReport", made, after=after)
        return {"report": str(made)}

    operator = asdict(asked.operator) if asked.operator else ""
    given = {
        "kind": asked.kind, "period": asked.period, "country": asked.country or "",
        "merchant": asked.merchant_id or "", "message": asked.message or "", "operator": operator,
    }  # fmt: skip
    outcome = await staff_once(ctx, ROLE, "makeReport", key, given, act)
    return refusal_of(outcome) or (await report(ctx, UUID(outcome["report"])) or UNKNOWN)


async def _added(new: New, asked: Asked) -> UUID | Refusal:
    if asked.kind is not ReportKind.SELLERS or new.message is None or asked.operator is None:
        return await stored.add(new, None, None)
    if new.scope != AUTHORITY:
        return Refusal("AUTHORITY_UNKNOWN", {"known": [AUTHORITY]})
    if not isinstance(
        (await rules.book()).find(RuleKind.REPORT_SALES, UNION, new.period.last), Rule
    ):
        return Refusal("RULE_MISSING")
    n = await stored.numbered(new.scope, new.period.name)
    begun = await stored.first(new.scope, new.period.name)
    initial = new.message is Message.INITIAL
    if initial and begun is not None:
        return Refusal("INITIAL_MADE", {"report": str(begun[0])})
    if not initial and (begun is None or begun[2] is not ReportState.READY):
        return Refusal("INITIAL_MISSING")
    reference = dpi.message_ref(new.period.first.year, asked.operator, n)
    corrects = begun[0] if begun and new.message is Message.CORRECTIVE else None
    return await stored.add(new, reference, corrects)


def _period(asked: Asked) -> Period:
    period = Period.of(asked.period)
    if period is None or (asked.kind is ReportKind.SELLERS and not period.is_year):
        forms = "`2026`" if asked.kind is ReportKind.SELLERS else "`2026`, `2026-Q3` or `2026-11`"
        message = f"`period` is {forms}, not {asked.period[:20]!r}."
        raise BadInput(message, argument="period", value=asked.period[:80])
    return period


def _whole(asked: Asked) -> None:
    """Raises: BadInput for what its kind needs and lacks, or does not take."""
    of_sellers = asked.kind is ReportKind.SELLERS
    needed = {
        "country": asked.country is not None if asked.kind is not ReportKind.MARGIN else None,
        "message": asked.message is not None if of_sellers else None,
        "operator": asked.operator is not None if of_sellers else None,
    }
    given = {"country": asked.country, "message": asked.message, "operator": asked.operator}
    for name, there in needed.items():
        if there is False:
            raise BadInput(f"A report of {asked.kind} needs `{name}`.", argument=name)
        if there is None and given[name] is not None:
            raise BadInput(f"A report of {asked.kind} takes no `{name}`.", argument=name)
    if asked.merchant_id is not None and asked.kind is not ReportKind.MARGIN:
        raise BadInput(f"A report of {asked.kind} is of all merchants.", argument="merchant")
    if asked.operator is not None:
        _operator(asked.operator)


def _operator(of: Operator) -> None:
    for each in fields(of):
        value = getattr(of, each.name)
        if value is not None and not 0 < len(stored_text(value, each.name).strip()) <= MOST_TEXT:
            message = f"Say `{each.name}` in 1 to {MOST_TEXT} characters."
            raise BadInput(message, argument="operator", field=each.name)
    if not siren.is_valid(of.number) or len(of.number) != 9:
        message = "`number` is a SIREN: nine digits, the last of which checks the others."
        raise BadInput(message, argument="operator", field="number", value=of.number[:80])


async def _scope(asked: Asked) -> str | None:
    """The country that a report is about, or `ALL`; None: the merchant is not there."""
    if asked.kind is ReportKind.MARGIN:
        if asked.merchant_id is None:
            return ALL
        return await stored.country_of(asked.merchant_id)
    if not await fetchval("SELECT true FROM country WHERE code = $1", asked.country):
        message = f"There is no country {(asked.country or '')[:8]!r}."
        raise BadInput(message, argument="country", value=(asked.country or "")[:80])
    return asked.country


async def report(ctx: Context, report_id: UUID) -> Report | None:
    """A report that the caller may read; None for any other. Raises: SignInFirst, Forbidden."""
    if ctx.caller.kind is CallerKind.STAFF:
        _, markets = ctx.staff_markets(ROLE)
        async with ctx.private(OPERATIONS):
            found = (await stored.some([report_id])).get(report_id)
        seen = found is not None and (markets is None or found.scope in markets)
        return found if seen else None
    async with ctx.acting(READ) as own:
        found = (await stored.some([report_id])).get(report_id)
        return found if found and found.merchant_id == own else None


async def page(
    ctx: Context, kind: ReportKind | None, first: int, after: str | None
) -> paging.Page[Report]:
    """The caller's reports, the newest first; of staff those of its markets.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    size = paging.size(first)
    of = paging.fingerprint("reports", ctx.caller.merchant_id, kind)
    at = paging.opened(after, of, ctx.seal)
    before = at.id if at else None
    if ctx.caller.kind is CallerKind.STAFF:
        _, markets = ctx.staff_markets(ROLE)
        async with ctx.private(OPERATIONS):
            rows = await stored.page(kind, before, size + 1, markets)
    else:
        async with ctx.acting(READ):
            rows = await stored.page(kind, before, size + 1, None)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def lines(ctx: Context, of: Report, first: int, after: str | None) -> paging.Page[Line]:
    """Lines of a report that the caller was given, by number. Raises: BadInput."""
    size = paging.size(first)
    mark = paging.fingerprint("report lines", of.id)
    at = paging.opened(after, mark, ctx.seal)
    rows = await _lines(ctx, of, int(at.key1) if at else 0, size + 1)
    place = lambda row: Position(row.n, 0, uuid5(NAMESPACE_OID, str(row.n)))  # noqa: E731
    return paging.page_of(rows, place, size, mark, ctx.seal)


async def every_line(ctx: Context, of: Report) -> AsyncIterator[list[Line]]:
    """All lines of a report that the caller was given, in pieces."""
    after = 0
    while rows := await _lines(ctx, of, after, PIECE):
        yield rows
        after = rows[-1].n


async def document(ctx: Context, of: Report) -> str | None:
    """The message of a report of sellers, for staff."""
    if ctx.caller.kind is not CallerKind.STAFF:
        return None
    async with ctx.private(OPERATIONS):
        return await stored.document(of.id)


async def own_year(ctx: Context, year: int) -> Line | None:
    """What the authority was told last of the caller's merchant; None: nothing was.

    Raises: SignInFirst, Forbidden.
    """
    async with ctx.acting(READ) as own, as_system():
        return await stored.own_year(own, year)


async def _lines(ctx: Context, of: Report, after: int, limit: int) -> list[Line]:
    if ctx.caller.kind is CallerKind.STAFF:
        async with ctx.private(OPERATIONS):
            return await stored.lines(of.id, after, limit)
    async with ctx.acting(READ):
        return await stored.lines(of.id, after, limit)


def totals(of: Report) -> list[tuple[str, Mapping[str, int]]]:
    """The sums of a report, by currency."""
    return sorted(of.totals.items())
