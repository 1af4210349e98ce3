"""The evidence of a margin sale: whether a unit may be sold under the scheme, and its margin.

A unit that may not is refused; nothing falls back to the normal scheme by itself.
Source: Directive 2006/112/EC art. 311-325; docs/rules/vat.md, "Margin scheme".
"""

from dataclasses import replace
from decimal import Decimal

from domain.markets.rules import Rule, RuleBook, RuleKind
from domain.orders.sale import TaxRefusalCode, TaxRefused, refused_by
from domain.orders.vat import (
    MODES,
    ON_MARGIN,
    Acquisition,
    LineTax,
    Supplier,
    VatScheme,
    margin_vat,
)

UNION = "EU"


def eligible(unit: Acquisition, country: str, book: RuleBook) -> TaxRefused | None:
    """Whether a unit may be sold on its margin from a country; None: it may.

    Refuses: NOT_ELIGIBLE for an import, an invoice with tax, a supplier or a country outside the
    scheme; MARGIN_EVIDENCE_MISSING without a price or a document; what the registry refuses.
    """
    rule = book.find(RuleKind.VAT_MARGIN_SCHEME, country, unit.bought_on)
    if not isinstance(rule, Rule):
        return refused_by(rule)
    if (reason := _outside(unit, str(rule.value["bought_in"]), book)) is not None:
        return TaxRefused(TaxRefusalCode.NOT_ELIGIBLE, {"reason": reason})
    missing = [
        name
        for name, there in (
            ("purchasePrice", unit.price_minor is not None),
            ("purchaseDocument", bool(unit.document_no.strip())),
        )
        if not there
    ]
    if not missing:
        return None
    return TaxRefused(TaxRefusalCode.MARGIN_EVIDENCE_MISSING, {"missing": missing})


def _outside(unit: Acquisition, bought_in: str, book: RuleBook) -> str | None:
    if unit.imported:
        return "IMPORTED"
    if unit.vat_invoice or unit.supplier is Supplier.TAXABLE:
        return "VAT_INVOICE"
    inside = (
        book.in_union(unit.country, unit.bought_on)
        if bought_in == UNION
        else unit.country == bought_in
    )
    return None if inside else "BOUGHT_OUTSIDE"


def _above_cap(tax: LineTax, unit: Acquisition, book: RuleBook) -> TaxRefused | None:
    """A unit that cost more than the global scheme takes is sold on its own margin, or not."""
    rule = book.find(RuleKind.VAT_GLOBAL_MARGIN, tax.country or "", unit.bought_on)
    if not isinstance(rule, Rule):
        return refused_by(rule)
    cap = rule.value["item_cap"]
    if cap is None:
        return None
    if rule.value["currency"] != tax.currency.value:
        reason = {"currency": rule.value["currency"]}
        return TaxRefused(TaxRefusalCode.CONSIGNMENT_VALUE_UNKNOWN, reason)
    if (unit.price_minor or 0) <= Decimal(cap).scaleb(tax.currency.digits):
        return None
    return TaxRefused(TaxRefusalCode.NOT_ELIGIBLE, {"reason": "ABOVE_ITEM_CAP"})


def complete(tax: LineTax, unit: Acquisition, book: RuleBook) -> LineTax | TaxRefused:
    """The tax of a margin line once its unit is known; any other line stays as it is.

    Refuses: as `eligible`.
    """
    if tax.scheme not in ON_MARGIN or tax.country is None:
        return tax
    if (refusal := eligible(unit, tax.country, book)) is not None:
        return refusal
    bought = unit.price_minor or 0
    if tax.scheme is VatScheme.MARGIN_GLOBAL:
        refusal = _above_cap(tax, unit, book)
        return refusal if refusal is not None else replace(tax, purchase_minor=bought)
    percent = Decimal(tax.rate or 0)
    margin, vat = margin_vat(tax.s_minor, bought, percent, MODES[tax.mode])
    net = tax.s_minor - vat
    return replace(tax, purchase_minor=bought, margin_minor=margin, vat_minor=vat, net_minor=net)
