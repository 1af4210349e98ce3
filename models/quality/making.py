"""Making reports: margins and levies line by line, sellers by quarter."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from domain.markets.rules import Rule, RuleBook, RuleKind
from domain.merchants import dpi, sellers
from domain.merchants.sellers import Document, Quarter, Told, Year
from domain.orders.levy import CapacityRequired, Device, Levy, levy
from domain.orders.sale import Buyer, refused_by
from domain.orders.vat import VatScheme
from models.markets import rules
from models.orders import tax
from models.quality import reports, traders
from models.quality.reports import ALL, SQL, Line, Made, Report

UNION = "EU"
EVIDENCE_MISSING = "MARGIN_EVIDENCE_MISSING"
GLOBAL_UNSETTLED = "GLOBAL_MARGIN_UNSETTLED"


async def margins(raw: asyncpg.Connection, of: Report) -> Made:
    """Every device sold on its margin that was sent in the period, as its tax stands now.

    Held are those whose purchase is not known, and those on the global margin: its tax is one for
    all that was bought in the period, which we do not know.
    """
    zone = await reports.zone_of(of.scope) if of.scope != ALL else "UTC"
    start, end = of.span.within(zone)
    rows = await raw.fetch(SQL["margin_lines"], start, end, of.merchant_id)
    kept = await tax.kept([row["id"] for row in rows])
    found = [_margin(row, kept[row["id"]], zone) for row in rows if row["id"] in kept]
    return Made(found)


def _margin(row: asyncpg.Record, kept: tax.Kept, zone: str) -> Line:
    left = kept.credit.left if kept.credit else kept.tax
    on_global = kept.tax.scheme is VatScheme.MARGIN_GLOBAL
    lacks = kept.tax.purchase_minor is None
    faults = [EVIDENCE_MISSING] if lacks else [GLOBAL_UNSETTLED] if on_global else []
    facts = {
        "line": row["id"], "order": row["number"], "unit": row["unit_id"], "title": row["title"],
        "sentOn": _day(row["shipped_at"], zone), "boughtOn": row["bought_on"],
        "purchaseDocument": row["bought_by"], "scheme": kept.tax.scheme, "country": left.country,
        "rate": left.rate, "currency": row["currency"], "sMinor": kept.tax.s_minor,
        "refundedMinor": kept.credit.refunded_minor if kept.credit else 0,
        "purchaseMinor": kept.tax.purchase_minor,
        "marginMinor": None if faults else left.margin_minor,
        "vatMinor": None if faults else left.vat_minor,
        "rules": list(kept.tax.rule_ids), "verified": kept.tax.verified,
    }  # fmt: skip
    return Line(row["merchant_id"], facts, faults)


async def levies(raw: asyncpg.Connection, of: Report) -> Made:
    """The levy of every device that was sent to a country in the period, by the day of its sale."""
    zone, book = await reports.zone_of(of.scope), await rules.book()
    start, end = of.span.within(zone)
    rows = await raw.fetch(SQL["levy_lines"], start, end, of.scope)
    made = (_levy(row, book, zone) for row in rows)
    return Made([line for line in made if line is not None])


def _levy(row: asyncpg.Record, book: RuleBook, zone: str) -> Line | None:
    sold_on = _day(row["paid_at"] or row["shipped_at"], zone)
    capacity = None if row["capacity_gb"] is None else Decimal(row["capacity_gb"])
    device = Device(row["category"], capacity, row["country"], sold_on, Buyer(row["buyer"]))
    facts: dict[str, Any] = {
        "line": row["id"], "order": row["number"], "title": row["title"],
        "category": row["category"], "capacityGb": row["capacity_gb"], "buyer": row["buyer"],
        "soldOn": sold_on, "sentOn": _day(row["shipped_at"], zone), "currency": row["currency"],
        "chargedMinor": row["levies_minor"],
    }  # fmt: skip
    match levy(device, book):
        case None:
            return None
        case Levy() as found:
            facts |= {"netMinor": found.net_minor, "grossMinor": found.gross_minor}
            facts |= {"rules": list(found.rule_ids), "verified": found.verified}
            if found.currency.value == row["currency"]:
                return Line(row["merchant_id"], facts)
            facts["levyCurrency"] = found.currency.value
            return Line(row["merchant_id"], facts, [sellers.CURRENCY_MIXED])
        case CapacityRequired(code):
            return Line(row["merchant_id"], facts, [code])
        case refused:
            return Line(row["merchant_id"], facts, [refused_by(refused).code.value])


async def sellers_of(raw: asyncpg.Connection, of: Report, at: datetime) -> Made:
    """A message on sellers: who is to be reported now, against what was said of each before."""
    if of.message is None or of.message_ref is None:
        raise LookupError(of.id)
    book = await rules.book()
    rule = book.find(RuleKind.REPORT_SALES, UNION, of.ends_on)
    if not isinstance(rule, Rule):
        raise LookupError(f"no rule on reports of sales on {of.ends_on}")
    years, last = await _years(raw, of), await _last(raw, of)
    known = await traders.facts(sorted({*years, *last}))
    union = frozenset(_union(book, of.ends_on))
    lines = []
    for merchant in sorted({*years, *last}):
        said = sellers.told(known[merchant])
        mine = years.get(merchant, [])
        due = any(_due(year, rule) for year in mine)
        lines += _line(of, merchant, said, mine if due else [], last.get(merchant), union)
    parts = [_part(line) for line in lines if line.document]
    if not parts and of.message is not sellers.Message.INITIAL:
        return Made(lines)
    begun = await reports.first(of.scope, of.period)
    first = of.message_ref if begun is None else begun[1]
    head = dpi.Head(of.message, of.message_ref, first, of.starts_on.year, at)
    return Made(lines, dpi.message(head, of.operator, parts))


def _due(year: Year, rule: Rule) -> bool:
    """Amounts in another currency than the rule's are not converted: their sellers are reported."""
    if year.currency != rule.value["currency"]:
        return year.sales > 0
    return year.sales > 0 and sellers.reportable(year, rule)


def _line(
    of: Report,
    merchant: UUID,
    said: Mapping[str, str],
    years: list[Year],
    told: Told | None,
    union: frozenset[str],
) -> list[Line]:
    facts: dict[str, Any] | None = None
    if years:
        quarters = [_quarter(quarter) for quarter in years[0].quarters]
        facts = {"seller": dict(said), "currency": years[0].currency, "quarters": quarters}
        if faults := sellers.faults(said, years, union):
            return [Line(merchant, facts, faults)]
    document = sellers.document(of.message or sellers.Message.INITIAL, facts, told)
    if document is None:
        return []
    content = facts if facts is not None else dict(told.facts) if told else {}
    content = content | {"reference": dpi.document_ref(of.message_ref or "", merchant)}
    if document is not Document.NEW and told is not None:
        content["corrects"] = told.reference
    return [Line(merchant, content, document=document)]


def _part(line: Line) -> dpi.Part:
    if line.document is None:
        raise LookupError(line.merchant_id)
    facts = line.facts
    return dpi.Part(line.document, facts, facts["reference"], facts.get("corrects"))


def _quarter(of: Quarter) -> dict[str, int]:
    return {
        "paidMinor": of.paid_minor, "sales": of.sales, "feesMinor": of.fees_minor,
        "taxesMinor": of.taxes_minor,
    }  # fmt: skip


async def _years(raw: asyncpg.Connection, of: Report) -> dict[UUID, list[Year]]:
    zone, year = await reports.zone_of(of.scope), of.starts_on.year
    here = ZoneInfo(zone)
    starts = [datetime(year, month, 1, tzinfo=here) for month in (1, 4, 7, 10)]
    starts.append(datetime(year + 1, 1, 1, tzinfo=here))
    found: dict[UUID, dict[str, list[Quarter]]] = {}
    for row in await raw.fetch(SQL["seller_quarters"], starts):
        of_currency = found.setdefault(row["merchant_id"], {})
        quarters = of_currency.setdefault(row["currency"], [Quarter()] * sellers.QUARTERS)
        quarters[row["quarter"] - 1] = Quarter(row["paid"], row["sales"], row["fees"], row["taxes"])
    return {
        merchant: [Year(currency, (q[0], q[1], q[2], q[3])) for currency, q in sorted(by.items())]
        for merchant, by in found.items()
    }


async def _last(raw: asyncpg.Connection, of: Report) -> dict[UUID, Told]:
    found = {}
    for row in await raw.fetch(SQL["last_told"], of.scope, of.period, of.id):
        whole = orjson.loads(row["facts"])
        facts = {name: whole[name] for name in ("seller", "currency", "quarters")}
        told = Told(whole["reference"], facts, row["document"] == Document.DELETED)
        found[row["merchant_id"]] = told
    return found


def _union(book: RuleBook, day: date) -> list[str]:
    countries = {rule.scope.country for rule in book if rule.scope.kind is RuleKind.GROUP_MEMBER}
    return [country for country in countries if book.in_union(country, day)]


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
