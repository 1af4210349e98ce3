"""A line about to be sold, as its tax is decided, and the ways in which it cannot be.

Source: docs/rules/vat.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.markets.rules import NoRule, RuleConflict, RuleMissing, RuleUnverified
from domain.money import Currency
from domain.orders.vat import Amounts, VatScheme


class Buyer(StrEnum):
    """In which capacity somebody buys."""

    CONSUMER = "CONSUMER"
    BUSINESS = "BUSINESS"


class VatNumber(StrEnum):
    """What is known of a buyer's VAT number; only VALID is valid."""

    NONE = "NONE"
    VALID = "VALID"
    INVALID = "INVALID"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Sale:
    """One line about to be sold, or shipped: all that the decision is made of.

    Shapes: `ordered_on` and `tax_point` are days in the zone of the market; countries are ISO
    3166-1 alpha-2, `established` is the merchant's. `declared` is the scheme of the offer. `oss`:
    the merchant is above the threshold of distance sales, or chose the one-stop shop; None: nobody
    knows. `tax_included`: the price is shown with tax. `language`: of the invoice, ISO 639-1.
    `solidarity`: the merchant is of the solidarity sector. `first_placed`: the country where the
    device was first made available; None: nobody knows.
    Units: minor units of `currency`; `capacity_gb` gigabytes. `consignment_minor`: the goods that
    travel together, as shown; `transaction_minor`: the devices of this category sold to this buyer
    at once, as shown.
    """

    ordered_on: date
    tax_point: date
    established: str
    dispatch_country: str
    ship_to_country: str
    ship_to_postcode: str
    currency: Currency
    amounts: Amounts
    consignment_minor: int
    declared: VatScheme = VatScheme.NORMAL
    buyer: Buyer = Buyer.CONSUMER
    vat_number: VatNumber = VatNumber.NONE
    vat_number_country: str | None = None
    category: str | None = None
    ship_to_region: str | None = None
    transaction_minor: int | None = None
    oss: bool | None = None
    language: str = "en"
    tax_included: bool = True
    capacity_gb: Decimal | None = None
    solidarity: bool = False
    first_placed: str | None = None

    @property
    def taxable_buyer(self) -> bool:
        """Whether the buyer proved to be a taxable person; who did not is taxed as a consumer."""
        return self.buyer is Buyer.BUSINESS and self.vat_number is VatNumber.VALID

    @property
    def evidence(self) -> dict[str, Any]:
        """What is kept beside the decision."""
        return {
            "established": self.established,
            "dispatch_country": self.dispatch_country,
            "ship_to_country": self.ship_to_country,
            "buyer": self.buyer.value,
            "vat_number": self.vat_number.value,
            "consignment_minor": self.consignment_minor,
            "ordered_on": self.ordered_on.isoformat(),
            "tax_point": self.tax_point.isoformat(),
            "oss": self.oss,
            "shown": {
                "price_minor": self.amounts.price_minor,
                "shipping_minor": self.amounts.shipping_minor,
                "levy_minor": self.amounts.levy_minor,
                "discount_minor": self.amounts.discount_minor,
            },
        }


class TaxRefusalCode(StrEnum):
    """Why a line cannot be taxed, and so not be sold."""

    TAX_PROVIDER_REQUIRED = "TAX_PROVIDER_REQUIRED"
    TAX_PROVIDER_UNAVAILABLE = "TAX_PROVIDER_UNAVAILABLE"
    TAX_ADDRESS_REFUSED = "TAX_ADDRESS_REFUSED"
    TAX_TERRITORY_UNSUPPORTED = "TAX_TERRITORY_UNSUPPORTED"
    IMPORT_VAT_AT_BORDER = "IMPORT_VAT_AT_BORDER"
    CONSIGNMENT_VALUE_UNKNOWN = "CONSIGNMENT_VALUE_UNKNOWN"
    DISTANCE_SALES_UNKNOWN = "DISTANCE_SALES_UNKNOWN"
    MARGIN_EVIDENCE_MISSING = "MARGIN_EVIDENCE_MISSING"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    RULE_MISSING = "RULE_MISSING"
    RULE_UNVERIFIED = "RULE_UNVERIFIED"
    RULE_CONFLICT = "RULE_CONFLICT"


@dataclass(frozen=True, slots=True)
class TaxRefused:
    """A line is not sold, and why; `facts` are for programs, `rule` what the registry answered."""

    code: TaxRefusalCode
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    rule: NoRule | None = None


def refused_by(found: NoRule) -> TaxRefused:
    """What the registry's answer means for a sale."""
    match found:
        case RuleMissing(kind, country):
            code, facts = TaxRefusalCode.RULE_MISSING, {"kind": kind.value, "country": country}
        case RuleUnverified(rule):
            code, facts = TaxRefusalCode.RULE_UNVERIFIED, {"rule": rule.id}
        case RuleConflict(kind, country):
            code, facts = TaxRefusalCode.RULE_CONFLICT, {"kind": kind.value, "country": country}
    return TaxRefused(code, facts, found)
