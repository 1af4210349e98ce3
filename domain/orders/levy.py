"""What a country asks of a device inside its price: the levy for copying, the eco-contribution.

Source: docs/rules/levies.md.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.markets.rules import NoRule, Rule, RuleBook, RuleKind, RuleMissing
from domain.money import Currency
from domain.orders.sale import Buyer, Sale, refused_by
from domain.orders.vat import LevyPart, LevyState, LineTax, vat_on

PROFESSIONAL_BUYER = "PROFESSIONAL_BUYER"
SOLIDARITY_SECTOR = "SOLIDARITY_SECTOR"
PLACED_THERE_BEFORE = "PLACED_THERE_BEFORE"


@dataclass(frozen=True, slots=True)
class Levy:
    """A levy as it is part of a price; `exempt` is why none is due, a word of the rule.

    Units: minor units of `currency`, without tax and with it.
    """

    net_minor: int
    gross_minor: int
    currency: Currency
    rule_ids: tuple[str, ...] = ()
    verified: bool = True
    exempt: str | None = None


@dataclass(frozen=True, slots=True)
class CapacityRequired:
    """The levy goes by capacity, and nobody knows that of this device."""

    code: str = "CAPACITY_REQUIRED"


@dataclass(frozen=True, slots=True)
class Device:
    """What a levy depends on; `solidarity`: its seller is of the solidarity sector.

    Units: `capacity_gb` gigabytes.
    """

    category: str
    capacity_gb: Decimal | None
    ship_to_country: str
    sold_on: date
    buyer: Buyer = Buyer.CONSUMER
    solidarity: bool = False


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
    if (exempt := _exempt(device, rule)) is not None:
        return Levy(0, 0, currency, (rule.id,), rule.verified, exempt)
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


def _exempt(device: Device, rule: Rule) -> str | None:
    """The first ground of the rule on which nothing is due."""
    holds = {
        PROFESSIONAL_BUYER: device.buyer is Buyer.BUSINESS,
        SOLIDARITY_SECTOR: device.solidarity,
    }
    return next((each for each in rule.value["exempt"] if holds.get(each)), None)


def levied(tax: LineTax, sale: Sale, book: RuleBook) -> LineTax:
    """The tax of a line with the levies and the eco-contribution that are part of its price.

    What cannot be told of one is told by its state: it is inside the price, so that the buyer
    pays the same, and nobody declares a levy that was guessed.
    """
    parts = (_copying(sale, book), eco_contribution(sale, book))
    return replace(tax, levies=tuple(part for part in parts if part is not None))


def _copying(sale: Sale, book: RuleBook) -> LevyPart | None:
    if sale.category is None:
        return None
    device = Device(
        category=sale.category,
        capacity_gb=sale.capacity_gb,
        ship_to_country=sale.ship_to_country,
        sold_on=sale.ordered_on,
        buyer=sale.buyer,
        solidarity=sale.solidarity,
    )
    found = levy(device, book)
    return None if found is None else _part(found, sale)


def _part(found: Levy | CapacityRequired | NoRule, sale: Sale) -> LevyPart:
    kind = RuleKind.LEVY_PRIVATE_COPY.value
    match found:
        case Levy() if found.currency is not sale.currency:
            return LevyPart(kind, LevyState.CURRENCY_UNKNOWN, rule_ids=found.rule_ids)
        case Levy(net, gross, _, ids, verified, exempt):
            state = LevyState.DUE if exempt is None else LevyState.EXEMPT
            return LevyPart(kind, state, net, gross, exempt, ids, verified)
        case CapacityRequired():
            return LevyPart(kind, LevyState.CAPACITY_REQUIRED)
        case none:
            return _refused(kind, none)


def _refused(kind: str, found: NoRule) -> LevyPart:
    refused = refused_by(found)
    rule = refused.facts.get("rule")
    ids = (str(rule),) if rule else ()
    return LevyPart(kind, LevyState(refused.code.value), rule_ids=ids, verified=False)


def eco_contribution(sale: Sale, book: RuleBook) -> LevyPart | None:
    """The eco-contribution in a device's price; None where no country asks for one.

    It is due of whoever first makes a device available in the country: of one that comes from
    abroad, not of one that was collected there. Whether it was is ORIGIN_UNKNOWN until somebody
    says so; where no tariff is recorded the amount is AMOUNT_UNKNOWN.
    Source: docs/rules/levies.md, "Eco-contribution".
    """
    kind, to = RuleKind.ECO_CONTRIBUTION, sale.ship_to_country
    rule = book.find(kind, to, sale.ordered_on, category=sale.category)
    if isinstance(rule, RuleMissing):
        return None
    if not isinstance(rule, Rule):
        return _refused(kind.value, rule)
    if sale.first_placed == to:
        ground = PLACED_THERE_BEFORE
        return LevyPart(kind.value, LevyState.EXEMPT, 0, 0, ground, (rule.id,), rule.verified)
    state = _unknown(sale, rule)
    if state is not None:
        return LevyPart(kind.value, state, rule_ids=(rule.id,), verified=rule.verified)
    rate = book.find(RuleKind.VAT_STANDARD_RATE, to, sale.ordered_on)
    if not isinstance(rate, Rule):
        return _refused(kind.value, rate)
    net = int(Decimal(rule.value["amount"]).scaleb(sale.currency.digits))
    gross = net + vat_on(net, Decimal(rate.value["percent"]))
    ids, verified = (rule.id, rate.id), rule.verified and rate.verified
    return LevyPart(kind.value, LevyState.DUE, net, gross, None, ids, verified)


def _unknown(sale: Sale, rule: Rule) -> LevyState | None:
    """What is in the way of an amount, if anything is."""
    if sale.first_placed is None and sale.dispatch_country == sale.ship_to_country:
        return LevyState.ORIGIN_UNKNOWN
    if rule.value["amount"] is None:
        return LevyState.AMOUNT_UNKNOWN
    return LevyState.CURRENCY_UNKNOWN if rule.value["currency"] != sale.currency.value else None
