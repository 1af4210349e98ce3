"""What an invoice says: its lines, its totals, the words of its schemes. The number is another's.

A margin line shows neither a rate nor a tax, and no total of the invoice tells them either. What
cannot be said in the invoice's language as the law wants it is not invoiced.
Source: docs/rules/vat.md, "Invoice"; Directive 2006/112/EC art. 226, 325.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.markets.rules import NoRule, Rule, RuleBook, RuleKind, RuleMissing
from domain.money import Currency
from domain.orders.vat import ON_MARGIN, Jurisdiction, LineTax, VatScheme


@dataclass(frozen=True, slots=True)
class Sold:
    """A line to be invoiced. `tax` as it is stored; of a margin unit, complete."""

    sku: str
    title: str
    serial: str
    tax: LineTax
    used: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """A side of an invoice. `vat_number` with its prefix; empty where there is none."""

    name: str
    address: tuple[str, ...]
    country: str
    vat_number: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line as the buyer reads it.

    Units: minor units. `net_minor`, `vat_minor` and `rate` are None where they must not be shown.
    `words` say the scheme and what the country wants on the line.
    """

    sku: str
    title: str
    serial: str
    gross_minor: int
    net_minor: int | None
    vat_minor: int | None
    rate: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VatTotal:
    """What lines of one country and rate come to. Units: minor units; `rate` in percent."""

    country: str
    rate: str
    net_minor: int
    vat_minor: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice without its number.

    `seller` is whoever sells for VAT: the merchant, or the platform on deemed supplies.
    `vat_minor` is the sum of the lines that show a tax; None where none does.
    """

    issued_on: date
    language: str
    currency: Currency
    seller: Party
    buyer: Party
    lines: tuple[InvoiceLine, ...]
    summary: tuple[VatTotal, ...]
    sales_tax: tuple[Jurisdiction, ...]
    gross_minor: int
    vat_minor: int | None
    words: tuple[str, ...]
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotInvoiced:
    """Why there is no invoice: a code of MARGIN_EVIDENCE_MISSING, VAT_NUMBER_MISSING, MIXED."""

    code: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be invoiced, in which language, from whom to whom.

    `platform` takes the seller's place on lines that it collects tax for.
    """

    issued_on: date
    language: str
    seller: Party
    platform: Party
    buyer: Party
    sold: Sequence[Sold]


def invoice(asked: Asked, book: RuleBook) -> Invoice | NotInvoiced | NoRule:
    """The invoice of lines of one seller.

    Refuses: RuleMissing where the words of a scheme lack in the language, and what else the
    registry refuses; NotInvoiced for a margin line without its evidence, a reverse charge without
    both VAT numbers, lines of two sellers or currencies.
    """
    if (refusal := _unfit(asked)) is not None:
        return refusal
    used: dict[str, Rule] = {}
    words: dict[int, tuple[str, ...]] = {}
    for n, sold in enumerate(asked.sold):
        found = _words(asked, sold, book)
        if not isinstance(found, tuple):
            return found
        words[n] = found[0]
        used |= {rule.id: rule for rule in found[1]}
    taxes = [sold.tax for sold in asked.sold]
    shown = [tax.vat_minor for tax in taxes if _shows_tax(tax) and tax.vat_minor is not None]
    seller = asked.platform if taxes[0].collected_by == "PLATFORM" else asked.seller
    return Invoice(
        issued_on=asked.issued_on,
        language=asked.language,
        currency=taxes[0].currency,
        seller=seller,
        buyer=asked.buyer,
        lines=tuple(_line(sold, words[n]) for n, sold in enumerate(asked.sold)),
        summary=_summary(taxes),
        sales_tax=_sales_tax(taxes),
        gross_minor=sum(tax.s_minor for tax in taxes),
        vat_minor=sum(shown) if shown else None,
        words=tuple(dict.fromkeys(word for each in words.values() for word in each)),
        rule_ids=tuple(dict.fromkeys([*used, *(r for tax in taxes for r in tax.rule_ids)])),
    )


def _unfit(asked: Asked) -> NotInvoiced | None:
    taxes = [sold.tax for sold in asked.sold]
    if len({(tax.currency, tax.collected_by) for tax in taxes}) != 1:
        return NotInvoiced("MIXED")
    if any(tax.scheme in ON_MARGIN and tax.purchase_minor is None for tax in taxes):
        return NotInvoiced("MARGIN_EVIDENCE_MISSING")
    numbers = asked.buyer.vat_number and asked.seller.vat_number
    named = [tax for tax in taxes if tax.scheme is VatScheme.REVERSE_CHARGE or tax.row == 9]
    return NotInvoiced("VAT_NUMBER_MISSING") if named and not numbers else None


def _shows_tax(tax: LineTax) -> bool:
    return tax.scheme not in ON_MARGIN


def _line(sold: Sold, words: tuple[str, ...]) -> InvoiceLine:
    tax, shows = sold.tax, _shows_tax(sold.tax)
    return InvoiceLine(
        sku=sold.sku,
        title=sold.title,
        serial=sold.serial,
        gross_minor=tax.s_minor,
        net_minor=tax.net_minor if shows else None,
        vat_minor=tax.vat_minor if shows else None,
        rate=tax.rate if shows else None,
        words=words,
    )


def _words(
    asked: Asked, sold: Sold, book: RuleBook
) -> tuple[tuple[str, ...], tuple[Rule, ...]] | NoRule:
    """What must stand beside a line, and the rules that say so."""
    tax, found, used = sold.tax, [], []
    if tax.scheme in ON_MARGIN or tax.scheme is VatScheme.REVERSE_CHARGE:
        rule = scheme_words(tax, asked.language, asked.issued_on, book)
        if not isinstance(rule, Rule):
            return rule
        found.append(str(rule.value["words"][tax.scheme.value]))
        used.append(rule)
    elif tax.scheme is VatScheme.EXEMPT:
        found.append(tax.reference)
    for country in dict.fromkeys((asked.seller.country, asked.buyer.country)):
        required = book.find(RuleKind.WORDING_REQUIRED, country, asked.issued_on)
        if isinstance(required, Rule) and sold.used and required.value["where"] == "INVOICE_LINE":
            found.append(str(required.value["word"]))
            used.append(required)
        elif not isinstance(required, Rule | RuleMissing):
            return required
    return tuple(found), tuple(used)


def scheme_words(tax: LineTax, language: str, on: date, book: RuleBook) -> Rule | NoRule:
    """The rule with the words of a line's scheme in a language. Refuses: as `RuleBook.find`."""
    country, kind = tax.country or "", RuleKind.VAT_INVOICE_WORDS
    rule = book.find(kind, country, on, category=language)
    if isinstance(rule, Rule) and (
        tax.scheme is None or tax.scheme.value not in rule.value["words"]
    ):
        return RuleMissing(kind, country, on, category=language)
    return rule


def _summary(taxes: Sequence[LineTax]) -> tuple[VatTotal, ...]:
    """One row for each country and rate of the lines that show them, by country and rate."""
    rows: Mapping[tuple[str, str], list[LineTax]] = defaultdict(list)
    for tax in taxes:
        if _shows_tax(tax) and tax.scheme is not None:
            rows[(tax.country or "", tax.rate or "0")].append(tax)
    return tuple(
        VatTotal(
            country,
            rate,
            sum(tax.net_minor or 0 for tax in of),
            sum(tax.vat_minor or 0 for tax in of),
        )
        for (country, rate), of in sorted(rows.items(), key=_in_order)
    )


def _in_order(row: tuple[tuple[str, str], object]) -> tuple[str, Decimal]:
    (country, rate), _ = row
    return country, Decimal(rate)


def _sales_tax(taxes: Sequence[LineTax]) -> tuple[Jurisdiction, ...]:
    """What each authority gets of the whole invoice."""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for tax in taxes:
        for each in tax.jurisdictions:
            sums[(each.level, each.name, each.rate)] += each.amount_minor
    return tuple(Jurisdiction(*name, amount) for name, amount in sums.items())
