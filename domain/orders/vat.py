"""VAT of one order line: what the schemes make of what the buyer pays, and what a refund changes.

Tax is rounded once per line, by the rule of the country; our own arithmetic elsewhere stays half to
even. No offset between lines, except under the global margin scheme.
Source: docs/rules/vat.md, "Amounts".
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Self

from domain.money import Currency

MODES: Mapping[str, str] = {
    "HALF_UP": ROUND_HALF_UP,
    "HALF_EVEN": ROUND_HALF_EVEN,
    "DOWN": ROUND_DOWN,
}
_HUNDRED = Decimal(100)
SALES_TAX = "SALES_TAX"


class VatScheme(StrEnum):
    """How a line is taxed."""

    NORMAL = "NORMAL"
    MARGIN = "MARGIN"
    MARGIN_GLOBAL = "MARGIN_GLOBAL"
    EXEMPT = "EXEMPT"
    REVERSE_CHARGE = "REVERSE_CHARGE"
    DEEMED = "DEEMED"


ON_MARGIN = frozenset({VatScheme.MARGIN, VatScheme.MARGIN_GLOBAL})
UNTAXED = frozenset({VatScheme.EXEMPT, VatScheme.REVERSE_CHARGE})


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a buyer pays the merchant for one device.

    Units: minor units of one currency. `levy_minor` only where it is not in the price already;
    `discount_minor` is the merchant's own. A voucher that the platform pays is no discount.
    """

    price_minor: int
    shipping_minor: int = 0
    levy_minor: int = 0
    discount_minor: int = 0

    @property
    def s_minor(self) -> int:
        """All that is obtained for the device; never below nothing."""
        paid = self.price_minor + self.shipping_minor + self.levy_minor - self.discount_minor
        return max(0, paid)


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """The part of a sales tax that one authority takes. Units: `rate` in percent."""

    level: str
    name: str
    rate: str
    amount_minor: int


class LevyState(StrEnum):
    """What is known of a levy on a line; its amounts stand for DUE and EXEMPT alone."""

    DUE = "DUE"
    EXEMPT = "EXEMPT"
    CAPACITY_REQUIRED = "CAPACITY_REQUIRED"
    CURRENCY_UNKNOWN = "CURRENCY_UNKNOWN"
    ORIGIN_UNKNOWN = "ORIGIN_UNKNOWN"
    AMOUNT_UNKNOWN = "AMOUNT_UNKNOWN"
    RULE_MISSING = "RULE_MISSING"
    RULE_UNVERIFIED = "RULE_UNVERIFIED"
    RULE_CONFLICT = "RULE_CONFLICT"


@dataclass(frozen=True, slots=True)
class LevyPart:
    """A levy inside the price of a line. Units: minor units, without tax and with it.

    Shapes: `kind` is that of its rule; `exempt` the ground on which none is due.
    """

    kind: str
    state: LevyState
    net_minor: int | None = None
    gross_minor: int | None = None
    exempt: str | None = None
    rule_ids: tuple[str, ...] = ()
    verified: bool = True

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """The part that a line was stored with."""
        known = {**facts, "state": LevyState(facts["state"])}
        return cls(**known | {"rule_ids": tuple(facts["rule_ids"])})


@dataclass(frozen=True, slots=True)
class SalesTax:
    """What a tax provider answered for one line, and by which of its tables."""

    jurisdictions: tuple[Jurisdiction, ...]
    source: str
    valid_from: date
    reference: str


class Supplier(StrEnum):
    """From whom a unit was bought; the first four allow the margin scheme.

    Source: Directive 2006/112/EC art. 314.
    """

    PERSON = "PERSON"
    EXEMPT_SUPPLIER = "EXEMPT_SUPPLIER"
    SMALL_ENTERPRISE = "SMALL_ENTERPRISE"
    MARGIN_DEALER = "MARGIN_DEALER"
    TAXABLE = "TAXABLE"


@dataclass(frozen=True, slots=True)
class Acquisition:
    """How the merchant came by a unit: seen by it and by finance, never by a buyer.

    Units: `price_minor` in the currency of the sale, all that the supplier got; None: not known.
    """

    bought_on: date
    supplier: Supplier
    country: str
    price_minor: int | None
    document_no: str = ""
    vat_invoice: bool = False
    imported: bool = False


@dataclass(frozen=True, slots=True)
class LineTax:
    """The tax of one line, as it is stored on it: a fact with the ids of the rules it rests on.

    Shapes: `scheme` None where a sales tax is collected by the platform; `row` is the line of the
    table that decided; `rate` percent as text, None where none is charged; `vat_minor` None while
    the purchase price of a margin unit is not known. `words` by language. `reference` and `proof`:
    the ground of an exemption and what proves it, or a provider's answer and its table.
    `evidence` is what the decision was made of; `levies` are inside `s_minor`.
    Units: minor units of `currency`; `s_minor` is all that the buyer pays, `net_minor` without tax.
    """

    scheme: VatScheme | None
    row: int
    currency: Currency
    s_minor: int
    net_minor: int | None
    vat_minor: int | None
    country: str | None = None
    rate: str | None = None
    mode: str = "HALF_UP"
    collected_by: str = "MERCHANT"
    rule_ids: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    reference: str = ""
    proof: tuple[str, ...] = ()
    import_vat_at_border: bool = False
    deductible: bool = True
    jurisdictions: tuple[Jurisdiction, ...] = ()
    purchase_minor: int | None = None
    margin_minor: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)
    levies: tuple[LevyPart, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every rule used was compared with its source."""
        return not self.unverified

    @property
    def name(self) -> str:
        """The scheme as a line keeps it; `SALES_TAX` where the platform collects one."""
        return self.scheme.value if self.scheme else SALES_TAX

    @property
    def on_margin(self) -> bool:
        """Whether its tax is that of a margin, which no buyer sees."""
        return self.scheme in ON_MARGIN

    @property
    def open(self) -> bool:
        """Whether the purchase price of the unit is still to come."""
        return self.scheme is VatScheme.MARGIN and self.vat_minor is None

    @property
    def notices(self) -> tuple[str, ...]:
        """Codes of what a buyer must know of it before paying."""
        known = {
            "SALES_TAX_ADDED": self.scheme is None,
            "IMPORT_VAT_AT_BORDER": self.import_vat_at_border,
            "VAT_NOT_DEDUCTIBLE": not self.deductible,
            "VAT_BY_PLATFORM": self.scheme is VatScheme.DEEMED,
            "RULES_UNVERIFIED": not self.verified,
        }
        return tuple(code for code, holds in known.items() if holds)

    def facts(self) -> dict[str, Any]:
        """The tax as JSON, internal parts included: for the merchant and finance only."""
        return asdict(self) | {
            "scheme": self.scheme.value if self.scheme else None,
            "currency": self.currency.value,
            "verified": self.verified,
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """The tax that `facts` gave."""
        known = {name: value for name, value in facts.items() if name != "verified"}
        for name in ("rule_ids", "unverified", "stale", "proof"):
            known[name] = tuple(known[name])
        known["jurisdictions"] = tuple(Jurisdiction(**each) for each in known["jurisdictions"])
        known["levies"] = tuple(LevyPart.of(each) for each in known.get("levies") or ())
        known["scheme"] = VatScheme(known["scheme"]) if known["scheme"] else None
        known["currency"] = Currency(known["currency"])
        return cls(**known)

    def shown(self) -> dict[str, Any]:
        """What a buyer may see: on a margin line neither rate nor tax, and never a purchase.

        A levy of such a line stands with its tax alone: beside the net one, the rate is told.
        """
        hidden = self.scheme in ON_MARGIN
        return {
            "scheme": self.scheme.value if self.scheme else None,
            "currency": self.currency.value,
            "s_minor": self.s_minor,
            "net_minor": None if hidden else self.net_minor,
            "vat_minor": None if hidden else self.vat_minor,
            "rate": None if hidden else self.rate,
            "country": None if hidden else self.country,
            "collected_by": self.collected_by,
            "words": dict(self.words),
            "reference": self.reference,
            "import_vat_at_border": self.import_vat_at_border,
            "deductible": self.deductible,
            "jurisdictions": [asdict(each) for each in self.jurisdictions],
            "levies": [
                asdict(each) | ({"net_minor": None} if hidden else {}) for each in self.levies
            ],
            "verified": self.verified,
        }


def vat_in(minor: int, percent: Decimal, mode: str = ROUND_HALF_UP) -> int:
    """The tax inside an amount: a·r / (100 + r), rounded once to the minor unit."""
    return int((Decimal(minor) * percent / (_HUNDRED + percent)).to_integral_value(mode))


def vat_on(minor: int, percent: Decimal, mode: str = ROUND_HALF_UP) -> int:
    """The tax on top of an amount: a·r / 100, rounded once to the minor unit."""
    return int((Decimal(minor) * percent / _HUNDRED).to_integral_value(mode))


def margin_vat(
    s_minor: int, b_minor: int, percent: Decimal, mode: str = ROUND_HALF_UP
) -> tuple[int, int]:
    """The margin of one unit and the tax in it; a loss is none, and is lost.

    Source: Directive 2006/112/EC art. 312, 315.
    """
    margin = max(0, s_minor - b_minor)
    return margin, vat_in(margin, percent, mode)


def global_margin_vat(
    sales_minor: int,
    purchases_minor: int,
    carry_minor: int,
    percent: Decimal,
    mode: str = ROUND_HALF_UP,
) -> tuple[int, int]:
    """The tax of a period under the global margin scheme, and the loss that goes to the next.

    Shapes: `carry_minor` and the second answer are 0 or negative. Purchases count in the period in
    which they were bought, sold or not. Source: Directive 2006/112/EC art. 318.
    """
    margin = sales_minor - purchases_minor + carry_minor
    return vat_in(max(0, margin), percent, mode), min(0, margin)


def priced(tax: LineTax, s_minor: int) -> LineTax:
    """The same line for another amount: the tax is computed again, by the rules it was made of."""
    percent, mode = Decimal(tax.rate or 0), MODES[tax.mode]
    if tax.scheme is None:
        return _sales_taxed(tax, s_minor)
    if tax.scheme is VatScheme.MARGIN and tax.purchase_minor is not None:
        margin, vat = margin_vat(s_minor, tax.purchase_minor, percent, mode)
        net = s_minor - vat
        return replace(tax, s_minor=s_minor, net_minor=net, vat_minor=vat, margin_minor=margin)
    if tax.scheme in ON_MARGIN:
        return replace(tax, s_minor=s_minor)
    vat = 0 if tax.scheme in UNTAXED else vat_in(s_minor, percent, mode)
    return replace(tax, s_minor=s_minor, net_minor=s_minor - vat, vat_minor=vat)


def _sales_taxed(tax: LineTax, s_minor: int) -> LineTax:
    """Each authority's share of what stays paid, rounded by itself; everything back leaves none."""
    mode = MODES[tax.mode]
    parts = tuple(
        replace(
            each,
            amount_minor=int(
                (Decimal(each.amount_minor) * s_minor / tax.s_minor).to_integral_value(mode)
            )
            if tax.s_minor
            else 0,
        )
        for each in tax.jurisdictions
    )
    vat = sum(each.amount_minor for each in parts)
    return replace(
        tax, s_minor=s_minor, net_minor=s_minor - vat, vat_minor=vat, jurisdictions=parts
    )


def goods_in(back_minor: int, merchant_minor: int, fee_minor: int) -> int:
    """What of the money that went back is the goods' and their taxes'; the rest is our fee.

    The merchant's money goes back first, then our fee, then taxes: `domain.orders.ledger.split`.
    """
    return back_minor - min(max(0, back_minor - merchant_minor), fee_minor)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a refund gives back, the tax in it (None while not known), and what is left."""

    refunded_minor: int
    vat_minor: int | None
    left: LineTax


def refunded(tax: LineTax, refund_minor: int) -> Credit:
    """A line after money went back: computed again with what stays paid.

    Raises: ValueError for less than nothing or more than was paid.
    """
    if not 0 <= refund_minor <= tax.s_minor:
        raise ValueError(f"{refund_minor} cannot be given back of {tax.s_minor}")
    left = priced(tax, tax.s_minor - refund_minor)
    if tax.vat_minor is None or left.vat_minor is None:
        return Credit(refund_minor, None, left)
    return Credit(refund_minor, tax.vat_minor - left.vat_minor, left)
