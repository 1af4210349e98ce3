"""What a price is made of: goods, delivery, levies, tax, our fee. The parts are the whole, exactly.

On a margin line neither the tax nor a rate is shown: each of its parts has its own tax inside.
Source: docs/rules/vat.md, "Parts of a price"; Directive 2006/112/EC art. 325.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from domain.markets.rules import RuleKind
from domain.money import Currency
from domain.orders.vat import Amounts, LevyPart, LineTax


class PartKind(StrEnum):
    """What a part of a price is for."""

    GOODS = "GOODS"
    DELIVERY = "DELIVERY"
    LEVY = "LEVY"
    ECO_CONTRIBUTION = "ECO_CONTRIBUTION"
    TAX = "TAX"
    SERVICE_FEE = "SERVICE_FEE"
    DUTIES = "DUTIES"


_OF_RULE = {
    RuleKind.LEVY_PRIVATE_COPY.value: PartKind.LEVY,
    RuleKind.ECO_CONTRIBUTION.value: PartKind.ECO_CONTRIBUTION,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a price. Units: minor units; None where nobody knows: it is then in the goods.

    Shapes: `state` is that of a levy, a word of `LevyState`; None of any other part.
    """

    kind: PartKind
    amount_minor: int | None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class PriceParts:
    """A price and its parts, which sum to it. `net_minor` and `tax_minor` None: not to be shown.

    Units: minor units of `currency`. `net_minor` and `tax_minor` are of what the merchant sells,
    without our fee and duties.
    """

    currency: Currency
    gross_minor: int
    net_minor: int | None
    tax_minor: int | None
    parts: tuple[Part, ...]


def price_parts(
    tax: LineTax, shown: Amounts, fee_minor: int = 0, duties_minor: int = 0
) -> PriceParts:
    """The parts of what a buyer pays for one device.

    Delivery has its share of what is paid without tax, rounded once; levies have what their rules
    say; the goods have what is left, and less than nothing where a price is below its levies.
    Units: `shown` as the offer showed it; `fee_minor` and `duties_minor` are outside of `tax`.
    """
    hidden = tax.on_margin or tax.net_minor is None
    base = tax.s_minor if hidden or tax.net_minor is None else tax.net_minor
    delivery = _share(base, min(shown.shipping_minor, shown.s_minor), shown.s_minor)
    levies = tuple(_levy(each, hidden=hidden) for each in tax.levies)
    goods = base - delivery - sum(each.amount_minor or 0 for each in levies)
    parts = (
        Part(PartKind.GOODS, goods),
        Part(PartKind.DELIVERY, delivery),
        *levies,
        *(() if hidden else (Part(PartKind.TAX, tax.s_minor - base),)),
        *(Part(kind, minor) for kind, minor in _more(fee_minor, duties_minor) if minor),
    )
    gross = tax.s_minor + fee_minor + duties_minor
    net, vat = (None, None) if hidden else (base, tax.s_minor - base)
    return PriceParts(tax.currency, gross, net, vat, _known_first(parts))


def _more(fee_minor: int, duties_minor: int) -> tuple[tuple[PartKind, int], ...]:
    return (PartKind.SERVICE_FEE, fee_minor), (PartKind.DUTIES, duties_minor)


def _share(base: int, part: int, whole: int) -> int:
    """So much of `base` as `part` is of `whole`, rounded half up; of nothing, nothing."""
    if whole == 0:
        return 0
    return int((Decimal(base) * part / whole).to_integral_value(ROUND_HALF_UP))


def _levy(part: LevyPart, *, hidden: bool) -> Part:
    amount = part.gross_minor if hidden else part.net_minor
    return Part(_OF_RULE[part.kind], amount, part.state.value)


def shown_of(tax: LineTax) -> Amounts:
    """What the offer showed when a line was decided; of an old line, all of it is goods."""
    return Amounts(**tax.evidence.get("shown") or {"price_minor": tax.s_minor})


def summed(prices: Sequence[PriceParts]) -> PriceParts | None:
    """The parts of several prices of one currency together, by kind and state; None of none.

    Parts whose amount nobody knows come last, so that the first nine are the whole.
    What is not shown of one is not shown of the sum. Raises: ValueError for two currencies.
    """
    if not prices:
        return None
    if len({each.currency for each in prices}) != 1:
        raise ValueError("prices of two currencies have no sum")
    found: dict[tuple[PartKind, str | None], int | None] = {}
    for part in (part for each in prices for part in each.parts):
        key, minor = (part.kind, part.state), part.amount_minor
        found[key] = minor if key not in found else (found[key] or 0) + (minor or 0)
    parts = [Part(kind, minor, state) for (kind, state), minor in found.items()]
    return PriceParts(
        prices[0].currency,
        sum(each.gross_minor for each in prices),
        _whole(each.net_minor for each in prices),
        _whole(each.tax_minor for each in prices),
        _known_first(parts),
    )


def _known_first(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.amount_minor is None))


def _whole(amounts: Iterable[int | None]) -> int | None:
    known = list(amounts)
    return None if None in known else sum(each for each in known if each is not None)
