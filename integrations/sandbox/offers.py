"""What an invented merchant sells at a tick, and how that changes from minute to minute.

A merchant looks at its shop every few ticks. An offer's price and its stock each keep their value
for a while of their own, so that a few offers in a hundred change at a look.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.catalog import Grade
from domain.money import Currency
from integrations.sandbox.chance import Draws, draws
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.variants import DemoVariant, in_currency, popular, wanted, worth_cents
from integrations.sandbox.words import title

GRADE_WEIGHTS: Final = {
    Grade.FAIR: 2,
    Grade.GOOD: 4,
    Grade.VERY_GOOD: 4,
    Grade.EXCELLENT: 4,
    Grade.PREMIUM: 1,
}
_LETTERS: Final = {grade: "FGVEP"[grade.rank] for grade in Grade}
_POPULAR_WEIGHT: Final = 40
_KEYBOARDS: Final = {
    "FR": "azerty",
    "BE": "azerty",
    "DE": "qwertz",
    "AT": "qwertz",
    "ES": "qwerty-es",
    "IT": "qwerty-it",
    "GB": "qwerty-uk",
    "PT": "qwerty-pt",
    "US": "qwerty-us",
    "JP": "jis",
}
_WITH_BATTERY: Final = frozenset({"smartphone", "laptop"})
_WARRANTIES: Final = (12, 12, 12, 12, 12, 24, 24, 24, 24, 36)


@dataclass(frozen=True, slots=True)
class DemoOffer:
    """One offer as its merchant means it, before any file is written.

    Shapes: `prices` pairs other markets with their own price in the same currency.
    """

    sku: str
    variant: DemoVariant
    grade: Grade
    title: str
    price_minor: int
    currency: Currency
    prices: tuple[tuple[str, int], ...]
    quantity: int
    battery: str
    warranty_months: int
    markets: tuple[str, ...]
    site: str
    handling_hours: int
    language: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A variant in a grade, on a merchant's shelf."""

    sku: str
    variant: DemoVariant
    grade: Grade
    worth_minor: int
    luck: Draws


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with its shelf filled. Filling it takes a while, asking it little."""

    merchant: DemoMerchant
    places: tuple[_Place, ...]

    @property
    def cadence(self) -> int:
        """Every how many ticks the merchant looks at its shop."""
        return (1, 1, 2, 3, 5)[draws(self.merchant.slug, "cadence").below(0, 5)]

    def look(self, tick: int) -> int:
        """The number of the merchant's last look; offers change only from one to the next."""
        return tick // self.cadence

    def offers(self, tick: int) -> list[DemoOffer]:
        """What the merchant sells at this tick, in the order of its shelf."""
        look = self.look(tick)
        return [self._offer(place, look) for place in self.places]

    def _offer(self, place: _Place, look: int) -> DemoOffer:
        merchant = self.merchant
        price = self._price(place, look)
        return DemoOffer(
            sku=place.sku,
            variant=place.variant,
            grade=place.grade,
            title=title(place.variant, merchant.language),
            price_minor=price,
            currency=merchant.currency,
            prices=self._overrides(place, price),
            quantity=_stock(place, look),
            battery=_battery(place),
            warranty_months=_WARRANTIES[place.luck.below(3, len(_WARRANTIES))],
            markets=merchant.markets,
            site=merchant.sites[0] if merchant.sites else "",
            handling_hours=merchant.handling_hours,
            language=merchant.language,
        )

    def _price(self, place: _Place, look: int) -> int:
        own = 940 + draws(self.merchant.slug, "level").below(0, 130)
        view = 960 + place.luck.below(0, 80)
        step = (look + place.luck.below(4, 60)) // (20 + place.luck.below(5, 60))
        mood = 985 + draws(place.sku, "price", step).below(0, 31)
        minor = place.worth_minor * own // 1000 * view // 1000 * mood // 1000
        return _rounded(minor, self.merchant)

    def _overrides(self, place: _Place, price: int) -> tuple[tuple[str, int], ...]:
        luck = draws(place.sku, "markets")
        others = self.merchant.markets[1:16]
        return tuple(
            (market, _rounded(price * (970 + luck.below(at, 80)) // 1000, self.merchant))
            for at, market in enumerate(others)
            if luck.below(at, 1000) % 5 == 0
        )


def open_shop(merchant: DemoMerchant, variants: Sequence[DemoVariant]) -> Shop:
    """Fill a merchant's shelf from its assortment, the wanted variants more often than others."""
    favourites = popular(variants)
    carried = [variant for variant in variants if _carries(merchant, variant)]
    ranked = (
        (key, variant.gtin, variant, grade)
        for variant in carried
        for key, grade in _keys(merchant, variant, variant.gtin in favourites)
    )
    chosen = heapq.nsmallest(merchant.offers, ranked, key=lambda each: (each[0], each[1], each[3]))
    prefix = "".join(word[:2] for word in merchant.slug.split("-")).upper()
    places = (
        _Place(
            sku=f"{prefix}-{variant.gtin}-{_LETTERS[grade]}",
            variant=variant,
            grade=grade,
            worth_minor=in_currency(worth_cents(variant, grade), merchant.currency),
            luck=draws(merchant.slug, variant.gtin, grade),
        )
        for _, _, variant, grade in chosen
    )
    return Shop(merchant, tuple(sorted(places, key=lambda place: place.sku)))


def offers(merchant: DemoMerchant, variants: Sequence[DemoVariant], tick: int) -> list[DemoOffer]:
    """What a merchant sells at a tick: the same for the same slug, variants and tick."""
    return open_shop(merchant, variants).offers(tick)


def _carries(merchant: DemoMerchant, variant: DemoVariant) -> bool:
    if not merchant.assortment:
        return True
    return not {variant.category, f"brand:{variant.brand_code}"}.isdisjoint(merchant.assortment)


def _keys(merchant: DemoMerchant, variant: DemoVariant, favourite: bool) -> list[tuple[int, Grade]]:
    weight = min(wanted(variant), 2000) + 50
    if favourite:
        weight *= _POPULAR_WEIGHT
    layout = str(variant.attributes.get("keyboard_layout", ""))
    if layout and not layout.startswith(_KEYBOARDS.get(merchant.country, "qwerty-us")):
        weight = weight // 20 + 1
    digest = draws(merchant.slug, variant.gtin).digest
    return [
        (int.from_bytes(digest[6 * at : 6 * at + 6], "big") // (weight * share), grade)
        for at, (grade, share) in enumerate(GRADE_WEIGHTS.items())
    ]


def _rounded(minor: int, merchant: DemoMerchant) -> int:
    """A price as shops write it: ending in 90 or 99 hundredths, or in 80 where there are none."""
    ending = (0, 90, 99)[draws(merchant.slug, "ending").below(0, 3)]
    if merchant.currency.digits == 0:
        ending = 80
    return max(minor // 100, 1) * 100 + ending


def _stock(place: _Place, look: int) -> int:
    step = (look + place.luck.below(6, 50)) // (15 + place.luck.below(7, 45))
    luck = draws(place.sku, "stock", step)
    if luck.below(0, 100) < 6:
        return 0
    most = (3, 3, 8, 8, 25, 60)[luck.below(1, 6)]
    return luck.between(2, 1, most)


def _battery(place: _Place) -> str:
    if place.variant.category not in _WITH_BATTERY or place.luck.below(8, 100) < 30:
        return ""
    return "new" if place.luck.below(8, 100) > 84 else str(place.luck.between(9, 80, 100))
