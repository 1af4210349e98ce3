"""Which VAT scheme a line falls under, and whose rate: the first line of the table that applies.

Source: docs/rules/vat.md, "Which scheme".
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from domain.markets.rules import Audience, Rule, RuleBook, RuleKind, RuleMissing
from domain.orders.levy import levied
from domain.orders.sale import Sale, TaxRefusalCode, TaxRefused, refused_by
from domain.orders.vat import (
    MODES,
    ON_MARGIN,
    LineTax,
    SalesTax,
    VatScheme,
    vat_in,
    vat_on,
)

_C, _K = TaxRefusalCode, RuleKind
NORTHERN_IRELAND = "XI"
US, GB = "US", "GB"


class _Stop(Exception):
    """A refusal on its way to the one caller that answers with it."""

    def __init__(self, refusal: TaxRefused) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def _stop(code: TaxRefusalCode, **facts: Any) -> _Stop:
    return _Stop(TaxRefused(code, facts))


class _Read:
    """The rules that one decision reads, and those that it used."""

    def __init__(self, sale: Sale, book: RuleBook) -> None:
        self.sale, self.book = sale, book
        self.used: dict[str, Rule] = {}

    def need(self, kind: RuleKind, country: str, on: date | None = None, **more: Any) -> Rule:
        """The rule, which is then one of those used. Raises: _Stop where there is none."""
        found = self.book.find(kind, country, on or self.sale.tax_point, **more)
        if not isinstance(found, Rule):
            raise _Stop(refused_by(found))
        self.used[found.id] = found
        return found

    def member(self, country: str) -> bool:
        """Whether a country is in the Union at the tax point."""
        return self.book.in_union(country, self.sale.tax_point)

    def percent(self, country: str) -> Decimal:
        """The standard rate of a country at the tax point."""
        return Decimal(self.need(_K.VAT_STANDARD_RATE, country).value["percent"])

    def mode(self, country: str) -> str:
        """How a country rounds tax."""
        return str(self.need(_K.VAT_ROUNDING, country).value["mode"])

    def words(self, scheme: VatScheme, country: str) -> dict[str, str]:
        """What an invoice must say of a scheme, in its language. Raises: _Stop."""
        language = self.sale.language
        rule = self.need(_K.VAT_INVOICE_WORDS, country, category=language)
        if scheme.value not in rule.value["words"]:
            kind, on = _K.VAT_INVOICE_WORDS, self.sale.tax_point
            raise _Stop(refused_by(RuleMissing(kind, country, on, category=language)))
        return {language: str(rule.value["words"][scheme.value])}

    def made(self, scheme: VatScheme | None, row: int, net: int | None, **more: Any) -> LineTax:
        """The decision with the rules it rests on."""
        used, today = self.used.values(), self.sale.ordered_on
        return LineTax(
            scheme=scheme,
            row=row,
            currency=self.sale.currency,
            net_minor=net,
            rule_ids=tuple(self.used),
            unverified=tuple(rule.id for rule in used if not rule.verified),
            stale=tuple(rule.id for rule in used if rule.stale(today)),
            evidence=self.sale.evidence,
            **more,
        )


def line_tax(sale: Sale, book: RuleBook, sales_tax: SalesTax | None = None) -> LineTax | TaxRefused:
    """The tax of a line, by the first line of the table that applies.

    Shapes: `sales_tax` is what a tax provider answered for a line that goes to the United States.
    Refuses: every code of `TaxRefusalCode` but MARGIN_EVIDENCE_MISSING, NOT_ELIGIBLE and
    TAX_PROVIDER_UNAVAILABLE, as a value.
    Source: docs/rules/vat.md, "Which scheme".
    """
    read = _Read(sale, book)
    try:
        tax = next(found for row in _ROWS if (found := row(read, sales_tax)) is not None)
        return levied(tax, sale, book)
    except _Stop as stop:
        return stop.refusal


_Row = Callable[[_Read, SalesTax | None], LineTax | None]


def _facilitated(read: _Read, sales_tax: SalesTax | None) -> LineTax | None:
    """Row 1: to the United States; the platform collects what a provider computed."""
    sale = read.sale
    if sale.ship_to_country != US:
        return None
    read.need(_K.MARKETPLACE_FACILITATOR, US, sale.ordered_on, region=sale.ship_to_region)
    if sales_tax is None:
        raise _stop(_C.TAX_PROVIDER_REQUIRED, country=US)
    net, tax = sale.amounts.s_minor, sum(each.amount_minor for each in sales_tax.jurisdictions)
    return read.made(
        None,
        1,
        net,
        s_minor=net + tax,
        vat_minor=tax,
        country=US,
        collected_by="PLATFORM",
        jurisdictions=sales_tax.jurisdictions,
        reference=sales_tax.reference,
        proof=(sales_tax.source, sales_tax.valid_from.isoformat()),
    )


def _territory(read: _Read, _: object) -> None:
    """Row 2: places outside their state's normal VAT are refused until they are modelled."""
    sale = read.sale
    rule = read.need(_K.VAT_TERRITORY, sale.ship_to_country)
    code = "".join(sale.ship_to_postcode.split()).upper()
    inside = any(code.startswith(prefix) for prefix in rule.value["prefixes"])
    start = read.need(_K.VAT_TERRITORY, sale.dispatch_country)
    special = rule.value["whole"] or start.value["whole"] or inside
    if special or sale.established == NORTHERN_IRELAND:
        raise _stop(
            _C.TAX_TERRITORY_UNSUPPORTED, country=sale.ship_to_country, postcode=code, rule=rule.id
        )


def _deemed(read: _Read, row: int, country: str) -> LineTax:
    percent, mode = read.percent(country), read.mode(country)
    return _taxed(read, VatScheme.DEEMED, row, country, percent, mode, collected_by="PLATFORM")


def _within(read: _Read, country: str) -> bool:
    """Whether the goods without tax are worth no more than the limit of imports to a country."""
    sale = read.sale
    rule = read.need(_K.VAT_DEEMED_IMPORT_LIMIT, country, sale.ordered_on)
    if rule.value["currency"] != sale.currency.value:
        raise _stop(_C.CONSIGNMENT_VALUE_UNKNOWN, currency=rule.value["currency"])
    limit = Decimal(rule.value["amount"]).scaleb(sale.currency.digits)
    share = Decimal(100) + read.percent(country) if sale.tax_included else Decimal(100)
    return Decimal(sale.consignment_minor) * 100 <= limit * share


def _to_britain(read: _Read, _: object) -> LineTax | None:
    """Row 3: small consignments from abroad, and stock in Britain of sellers from abroad."""
    sale = read.sale
    if sale.ship_to_country != GB or sale.taxable_buyer:
        return None
    abroad = sale.dispatch_country != GB
    if (abroad and _within(read, GB)) or (not abroad and sale.established != GB):
        return _deemed(read, 3, GB)
    return None


def _imported(read: _Read, _: object) -> LineTax | None:
    """Rows 4 and 5: goods that are outside the Union when a consumer in it orders them."""
    sale = read.sale
    to = sale.ship_to_country
    if sale.taxable_buyer or read.member(sale.dispatch_country) or not read.member(to):
        return None
    if _within(read, to):
        return _deemed(read, 4, to)
    raise _stop(_C.IMPORT_VAT_AT_BORDER, country=to)


def _stock_inside(read: _Read, _: object) -> LineTax | None:
    """Row 6: goods in the Union of a seller who is not, to a buyer who is no taxable person."""
    sale = read.sale
    to = sale.ship_to_country
    inside = read.member(sale.dispatch_country) and read.member(to)
    if inside and not read.member(sale.established) and not sale.taxable_buyer:
        return _deemed(read, 6, to)
    return None


def _exported(read: _Read, _: object) -> LineTax | None:
    """Row 7: goods that leave the Union, or the country that is outside it."""
    sale = read.sale
    away, to = sale.dispatch_country, sale.ship_to_country
    if away == to or (read.member(away) and read.member(to)):
        return None
    rule = read.need(_K.VAT_EXPORT, away)
    s = sale.amounts.s_minor
    return read.made(
        VatScheme.EXEMPT,
        7,
        s,
        s_minor=s,
        vat_minor=0,
        country=away,
        reference=rule.value["reference"],
        proof=tuple(rule.value["proof"]),
        import_vat_at_border=True,
    )


def _on_margin(read: _Read, _: object) -> LineTax | None:
    """Row 8: the merchant chose the margin scheme; the unit's evidence comes when it is known."""
    sale = read.sale
    if sale.declared not in ON_MARGIN:
        return None
    country = sale.dispatch_country
    if not read.need(_K.VAT_MARGIN_SCHEME, country).value["allowed"]:
        raise _stop(_C.NOT_ELIGIBLE, country=country)
    in_periods = sale.declared is VatScheme.MARGIN_GLOBAL
    if in_periods and not read.need(_K.VAT_GLOBAL_MARGIN, country).value["allowed"]:
        raise _stop(_C.NOT_ELIGIBLE, country=country)
    percent, mode = read.percent(country), read.mode(country)
    return read.made(
        sale.declared,
        8,
        None,
        s_minor=sale.amounts.s_minor,
        vat_minor=None,
        country=country,
        rate=f"{percent:f}",
        mode=mode,
        deductible=False,
        words=read.words(sale.declared, country),
    )


def _to_another_state(read: _Read, _: object) -> LineTax | None:
    """Row 9: a business in another member state, by its valid number; the buyer accounts."""
    sale = read.sale
    away, to = sale.dispatch_country, sale.ship_to_country
    another = read.member(away) and read.member(to) and away != to
    if not (another and sale.taxable_buyer and sale.vat_number_country != away):
        return None
    rule = read.need(_K.VAT_INTRA_EU_SUPPLY, away)
    return _without(
        read,
        VatScheme.EXEMPT,
        9,
        reference=rule.value["reference"],
        proof=tuple(rule.value["proof"]),
    )


def _reverse_charged(read: _Read, _: object) -> LineTax | None:
    """Row 10: a business in the same state, where its law says so for the goods and the amount."""
    sale = read.sale
    state = sale.dispatch_country
    if not sale.taxable_buyer or state != sale.ship_to_country:
        return None
    kind = _K.VAT_DOMESTIC_REVERSE_CHARGE
    found = read.book.find(
        kind, state, sale.tax_point, category=sale.category, audience=Audience.BUSINESS
    )
    if isinstance(found, RuleMissing):
        return None
    if not isinstance(found, Rule):
        raise _Stop(refused_by(found))
    value = found.value
    if not value["applies"]:
        return None
    if value["threshold"] is not None:
        if value["currency"] != sale.currency.value:
            raise _stop(_C.CONSIGNMENT_VALUE_UNKNOWN, currency=value["currency"])
        least = Decimal(value["threshold"]).scaleb(sale.currency.digits)
        shown = sale.transaction_minor
        if _net(read, sale.amounts.s_minor if shown is None else shown) < least:
            return None
    read.used[found.id] = found
    words = read.words(VatScheme.REVERSE_CHARGE, state)
    return _without(read, VatScheme.REVERSE_CHARGE, 10, words=words)


def _distance(read: _Read, _: object) -> LineTax | None:
    """Row 11: a consumer in another member state, above the threshold or by choice."""
    sale = read.sale
    away, to = sale.dispatch_country, sale.ship_to_country
    if not (read.member(away) and read.member(to)) or away == to:
        return None
    read.need(_K.VAT_DISTANCE_THRESHOLD, to, sale.ordered_on)
    if sale.oss is None:
        raise _stop(_C.DISTANCE_SALES_UNKNOWN, country=to)
    return _normal(read, 11, to) if sale.oss else None


def _normal(read: _Read, row: int, country: str) -> LineTax:
    percent, mode = read.percent(country), read.mode(country)
    return _taxed(read, VatScheme.NORMAL, row, country, percent, mode)


def _else(read: _Read, _: object) -> LineTax:
    """Row 12: the rate of where dispatch starts."""
    return _normal(read, 12, read.sale.dispatch_country)


_ROWS: tuple[_Row, ...] = (
    *(_facilitated, _territory, _to_britain, _imported, _stock_inside, _exported),
    *(_on_margin, _to_another_state, _reverse_charged, _distance, _else),
)


def _taxed(
    read: _Read,
    scheme: VatScheme,
    row: int,
    country: str,
    percent: Decimal,
    mode: str,
    **more: Any,
) -> LineTax:
    """The tax in a price that is shown with it, or on top of one that is not."""
    s, rounding = read.sale.amounts.s_minor, MODES[mode]
    if read.sale.tax_included:
        vat = vat_in(s, percent, rounding)
        net = s - vat
    else:
        net, vat = s, vat_on(s, percent, rounding)
    return read.made(
        scheme,
        row,
        net,
        s_minor=net + vat,
        vat_minor=vat,
        country=country,
        rate=f"{percent:f}",
        mode=mode,
        **more,
    )


def _net(read: _Read, shown: int) -> int:
    """An amount as shown without the tax of where dispatch starts."""
    if not read.sale.tax_included:
        return shown
    away = read.sale.dispatch_country
    return shown - vat_in(shown, read.percent(away), MODES[read.mode(away)])


def _without(read: _Read, scheme: VatScheme, row: int, **more: Any) -> LineTax:
    """The price without the tax that it is shown with: the buyer accounts for it."""
    net = _net(read, read.sale.amounts.s_minor)
    country = read.sale.dispatch_country
    return read.made(scheme, row, net, s_minor=net, vat_minor=0, country=country, **more)
