"""The demo's bids for devices of people: invented amounts of invented merchants, set as theirs are.

Each merchant's are set once; what an operator changes stays.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from boucle.demo_catalogue import merchants as demo_merchants
from boucle.demo_catalogue import variants
from domain.accounts.roles import CallerKind
from domain.catalog import Grade
from domain.money import Currency, amount_of
from domain.trade_in import TradeInGrade
from domain.trade_in.bids import MOST_ITEMS, BidOutcome, Item
from integrations.sandbox.chance import draws
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.variants import DemoVariant, wanted, worth_cents
from models.base import as_system, fetch
from models.merchants import Merchant
from resolvers.context import Caller, Context
from resolvers.trade_in.bidding import WRITE, ItemCount, set_bids

MARKETS: Final = ("FR", "DE", "ES")
MODELS: Final[Mapping[str, int]] = {
    "smartphone": 6,
    "tablet": 1,
    "laptop": 1,
    "smartwatch": 1,
    "console": 2,
    "headphones": 2,
}
"""How many models of each category are bought, in every colour and size."""
BUYERS: Final = (
    *("remiz-atelier", "wiederwerk", "segunda-luz", "renaissance-mobile", "rigenera-italia"),
    *("hergebruik-centrale", "drugi-obieg"),
)
# What is paid of a refurbished price, in thousandths; ours.
_PAID: Final[Mapping[TradeInGrade, int]] = {
    TradeInGrade.FUNCTIONAL_FLAWLESS: 640,
    TradeInGrade.FUNCTIONAL_GOOD: 580,
    TradeInGrade.FUNCTIONAL_USED: 500,
    TradeInGrade.FUNCTIONAL_CRACKED: 330,
    TradeInGrade.NOT_FUNCTIONAL_USED: 220,
    TradeInGrade.NOT_FUNCTIONAL_CRACKED: 130,
}


async def bring(merchants: Mapping[str, Merchant], now: datetime) -> int:
    """Set the bids of merchants that have none; how many stand then. A second call sets none."""
    buyers = [each for each in demo_merchants() if each.slug in BUYERS]
    async with as_system():
        rows = await fetch(
            "SELECT DISTINCT merchant_id FROM trade_in_bid WHERE merchant_id = ANY ($1)",
            [merchants[each.slug].id for each in buyers],
        )
    known = {row["merchant_id"] for row in rows}
    waiting = [each for each in buyers if merchants[each.slug].id not in known]
    chosen = bought() if waiting else []
    return sum([await _set(merchants[each.slug].id, _items(each, chosen), now) for each in waiting])


def bought() -> list[DemoVariant]:
    """Every variant of the models that people look for most."""
    known, room, chosen = variants(), dict(MODELS), set()
    for each in sorted(known, key=lambda each: (-wanted(each), each.gtin)):
        model = (each.brand_code, each.model)
        if room.get(each.category) and model not in chosen:
            room[each.category] -= 1
            chosen.add(model)
    return [each for each in known if (each.brand_code, each.model) in chosen]


def _items(each: DemoMerchant, chosen: Sequence[DemoVariant]) -> list[Item]:
    """Its bids: more where it is at home, none for a few variants that it does not want."""
    found = []
    for variant in chosen:
        chance = draws("trade-in", each.slug, variant.gtin)
        if chance.below(0, 10) == 0:
            continue
        days = 2 + draws("trade-in days", each.slug).below(0, 9)
        for at, market in enumerate(each.markets):
            if market not in MARKETS:
                continue
            likes = 940 + chance.below(1 + at % 8, 120) + (15 if market == each.country else 0)
            found += [
                Item(None, variant.gtin, grade, market, _amount(variant, grade, likes), None, days)
                for grade in TradeInGrade
            ]
    return found


def _amount(variant: DemoVariant, grade: TradeInGrade, likes: int) -> Decimal:
    """Whole euros, one at least."""
    cents = worth_cents(variant, Grade.GOOD) * _PAID[grade] * likes // 1_000_000
    return amount_of(max(100, cents // 100 * 100), Currency.EUR)


async def _set(owner: UUID, items: Sequence[Item], now: datetime) -> int:
    """Set bids as the merchant's own program would. Raises: LookupError where none is taken."""
    caller = Caller(
        kind=CallerKind.MERCHANT, merchant_id=owner, key_prefix="demo", scopes=frozenset({WRITE})
    )
    applied = 0
    for at in range(0, len(items), MOST_ITEMS):
        told = await set_bids(Context(caller, now=now), items[at : at + MOST_ITEMS], None)
        if isinstance(told, ItemCount):
            raise LookupError(owner)
        applied += told.count(BidOutcome.APPLIED)
    return applied
