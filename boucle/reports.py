"""Impact statements on paper, in English and in French, with their figures drawn."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Final

from boucle.pages.words import say
from domain.impact import UNITS, ImpactStatus, Range
from domain.impact.claims import NAMES
from domain.impact.fleets import CategoryPart, FleetOutcome
from domain.impact.shown import shown, stored
from domain.raas.reporting import CAPITAL_GOODS, Report, ScopeLine, totals
from integrations.papers import Bar, Bars, Facts, Paper, Table, printed

_OUTCOMES: Final = tuple(FleetOutcome)


def report_pdf(found: Report, language: str) -> bytes:
    """The PDF of a statement. It blocks: run it in a thread."""
    return printed(report_paper(found, language))


def report_paper(found: Report, language: str) -> Paper:
    """What is printed of a statement: facts, drawings, lines that sum to the totals."""
    told = found.avoided
    unit = UNITS[told.indicator]
    parts: list[Facts | Table | Bars] = [_facts(found, language), _plot(found, language)]
    parts.append(_categories(found, language))
    if found.scopes:
        parts += [_bought(found, language), _scopes(found.scopes, language)]
    days = f"{found.period.first} → {found.period.last}"
    footer = f"{told.method} · {told.factor_set} · SHA-256 {told.factor_set_sha256}"
    notes = ("report.boundary", "report.functional", "report.apart", "report.sources")
    return Paper(
        title=say("report.title", language),
        subtitle=f"{found.organisation}, {found.legal_id} · {days}",
        banner=f"{say(f'impact.{told.status}', language)} · {_headline(told.net_range, unit)}",
        good=True if told.status is ImpactStatus.FAVOURABLE else None,
        at=datetime.combine(found.on, time(), UTC),
        footer=footer,
        parts=[each for each in parts if not (isinstance(each, Bars) and not each.bars)],
        notes=[say("report.statement", language), *(say(each, language) for each in notes)],
    )


def _headline(drawn: Range | None, unit: str) -> str:
    if drawn is None or drawn.p50 is None:
        return "-"
    return f"{shown(drawn.p50)} {unit} ({shown(drawn.p05)} … {shown(drawn.p95)})"


def _facts(found: Report, language: str) -> Facts:
    told = found.avoided
    unit = UNITS[told.indicator]
    pairs = {
        "net": f"{_six(told.net)} {unit}",
        "gross": f"{_six(told.gross)} {unit}",
        "range": _headline(told.net_range, unit),
        "reasons": " ".join(say(f"impact.reason.{each}", language) for each in told.reasons),
        "grade": told.grade.value if told.grade else "",
        "units": str(told.units),
        "counted": str(told.counted),
        "without": str(told.units_without_number),
        "waiting": str(found.waiting),
        "method": told.method,
        "set": f"{told.factor_set} ({told.factor_set_sha256})",
        "on": found.on.isoformat(),
    }
    said = [(say(f"report.{name}", language), text) for name, text in pairs.items() if text]
    return Facts(say("report.avoided", language), said)


def _plot(found: Report, language: str) -> Bars:
    bars = [
        _bar(_category(each.category, language), each.net, found.ranges.get(each.category))
        for each in found.avoided.categories
        if each.category in found.ranges
    ]
    if len(bars) > 1:
        bars.append(_bar(say("report.total", language), found.avoided.net, found.avoided.net_range))
    title = f"{say('report.plot', language)} ({UNITS[found.avoided.indicator]})"
    return Bars(title, bars, say("report.plot.note", language))


def _bar(name: str, value: Decimal, drawn: Range | None) -> Bar:
    if drawn is None:
        return Bar(name, float(value), shown(value))
    low, high = float(drawn.p05), float(drawn.p95)
    middle = drawn.p50 if drawn.p50 is not None else value
    said = f"{shown(middle)} ({shown(drawn.p05)} … {shown(drawn.p95)})"
    return Bar(name, float(middle), said, low, high)


def _categories(found: Report, language: str) -> Table:
    rows = [_row(each, language) for each in found.avoided.categories]
    counts = [sum(e.outcomes.get(o, 0) for e in found.avoided.categories) for o in _OUTCOMES]
    told = found.avoided
    grade = told.grade.value if told.grade else ""
    total = [say("report.total", language), *map(str, counts)]
    rows.append([*total, _six(told.gross), _six(told.net), grade])
    names = [say(f"report.outcome.{each}", language) for each in _OUTCOMES]
    heads = [say("report.category", language), *names]
    heads += [say("report.gross.short", language), say("report.net.short", language)]
    widths = (0.2, *(0.09 for _ in _OUTCOMES), 0.14, 0.14, 0.07)
    return Table(say("report.lines", language), [*heads, ""], widths, rows)


def _row(each: CategoryPart, language: str) -> list[str]:
    counts = [str(each.outcomes.get(name, 0)) for name in _OUTCOMES]
    grade = each.grade.value if each.grade else ""
    return [_category(each.category, language), *counts, _six(each.gross), _six(each.net), grade]


def _bought(found: Report, language: str) -> Bars:
    """What was bought refurbished beside what new devices would be; none without a number."""
    kg, new = totals(found.scopes, CAPITAL_GOODS)
    if not new:
        return Bars("", [])
    bars = [
        Bar(say("report.as_new", language), float(new), f"{shown(new)} kg CO2e"),
        Bar(say("report.refurbished", language), float(kg), f"{shown(kg)} kg CO2e"),
    ]
    return Bars(say("report.bought", language), bars)


def _scopes(found: tuple[ScopeLine, ...], language: str) -> Table:
    none = say("report.none", language)
    rows = [
        [
            str(each.scope3_category),
            _category(each.category, language),
            str(each.units),
            none if each.kg is None else _six(each.kg),
            "" if each.as_new is None else _six(each.as_new),
        ]
        for each in found
    ]
    names = ("scope", "category", "devices", "kg", "as_new")
    heads = [say(f"report.{name}", language) for name in names]
    note = say("report.scope.note", language)
    return Table(say("report.scopes", language), heads, (0.12, 0.28, 0.2, 0.2, 0.2), rows, note)


def _category(name: str, language: str) -> str:
    """A category for people: those of a set are told apart."""
    plain, _, kind = name.partition("_")
    word = NAMES[language].get(plain, plain)
    return f"{word} ({say(f'report.{kind}', language)})" if kind in {"home", "pro"} else word


def _six(value: Decimal) -> str:
    return f"{stored(value):f}"
