"""The levy for private copying on a device, by the country it goes to, its kind and capacity.

Source: docs/rules/levies.md.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.markets.rules import NoRule, Rule, RuleBook, RuleKind, RuleMissing
from domain.money import Currency
from domain.orders.sale import Buyer
from domain.orders.vat import vat_on

PROFESSIONAL_BUYER = "PROFESSIONAL_BUYER"


@dataclass(frozen=True, slots=True)
class Levy:
    """A levy as it is part of a price. Units: minor units, without tax and with it."""

    net_minor: int
    gross_minor: int
    currency: Currency
    rule_ids: tuple[str, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True)
class CapacityRequired:
    """The levy goes by capacity, and nobody knows that of this device."""

    code: str = "CAPACITY_REQUIRED"


@dataclass(frozen=True, slots=True)
class Device:
    """What a levy depends on. Units: `capacity_gb` gigabytes."""

    category: str
    capacity_gb: Decimal | None
    ship_to_country: str
    sold_on: date
    buyer: Buyer = Buyer.CONSUMER


def levy(device: Device, book: RuleBook) -> Levy | CapacityRequired | NoRule | None:
    """The levy in a device's price; None where no levy of that country is recorded for its kind.

    Refuses: CapacityRequired; RuleUnverified, RuleConflict; RuleMissing for a rate of tax.
    """
    country, on = device.ship_to_country, device.sold_on
    kind = RuleKind.LEVY_PRIVATE_COPY
    rule = book.find(kind, country, on, category=device.category)
    if isinstance(rule, RuleMissing):
        return None
    if not isinstance(rule, Rule):
        return rule
    currency = Currency(rule.value["currency"])
    if device.buyer is Buyer.BUSINESS and PROFESSIONAL_BUYER in rule.value["exempt"]:
        return Levy(0, 0, currency, (rule.id,), rule.verified)
    if device.capacity_gb is None:
        return CapacityRequired()
    rate = book.find(RuleKind.VAT_STANDARD_RATE, country, on)
    if not isinstance(rate, Rule):
        return rate
    net = int(_amount(rule, device.capacity_gb).scaleb(currency.digits))
    gross = net + vat_on(net, Decimal(rate.value["percent"]))
    verified = rule.verified and rate.verified
    return Levy(net, gross, currency, (rule.id, rate.id), verified)


def _amount(rule: Rule, capacity_gb: Decimal) -> Decimal:
    """The amount of the band that a capacity is in; its upper end belongs to it."""
    for band in rule.value["bands"]:
        above = capacity_gb > Decimal(band["gt"])
        if above and (band["le"] is None or capacity_gb <= Decimal(band["le"])):
            return Decimal(band["amount"])
    return Decimal(0)
