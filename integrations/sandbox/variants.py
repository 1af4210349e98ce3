"""What the sandbox knows of a variant: how much it is wanted and what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.catalog import Grade
from domain.money import Currency
from integrations.sandbox.chance import draws

PRICES_AS_OF: Final = date(2026, 6, 1)
# How many variants of a category, or of all others together, every merchant wants: 420 in all.
POPULAR: Final = {
    "smartphone": 190,
    "tablet": 50,
    "laptop": 110,
    "console": 15,
    "smartwatch": 15,
    "headphones": 15,
    "": 25,
}


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """A variant of the catalogue, with the demo GTIN by which feeds name it."""

    gtin: str
    mpn: str | None
    brand: str
    model: str
    category: str
    attributes: Mapping[str, str | int | float | bool]
    release_date: date | None = None

    @property
    def brand_code(self) -> str:
        """The brand as an assortment names it."""
        return self.brand.lower().replace(" ", "-")

    @property
    def age_years(self) -> int:
        """Whole years since the release, 4 where the date is unknown."""
        if self.release_date is None:
            return 4
        return max(0, (PRICES_AS_OF - self.release_date).days // 365)


# Euros for a new device of the brand (or of any, under "") in the category; ours.
_NEW_EUROS: Final[Mapping[str, Mapping[str, int]]] = {
    "smartphone": {
        "apple": 900,
        "samsung": 700,
        "google": 700,
        "sony": 800,
        "fairphone": 600,
        "oneplus": 600,
        "huawei": 650,
        "xiaomi": 400,
        "honor": 450,
        "nothing": 450,
        "motorola": 300,
        "nokia": 200,
        "": 350,
    },
    "tablet": {"apple": 550, "samsung": 400, "microsoft": 900, "": 300},
    "laptop": {"apple": 1500, "": 950},
    "desktop": {"apple": 1500, "": 800},
    "console": {"nintendo": 300, "": 450},
    "smartwatch": {"apple": 420, "garmin": 400, "": 250},
    "headphones": {"apple": 230, "bose": 300, "": 180},
    "e-reader": {"": 150},
    "vacuum-cleaner": {"dyson": 550, "": 250},
    "robot-vacuum": {"dyson": 900, "": 450},
    "food-processor": {"": 450},
    "blender": {"": 120},
    "multicooker": {"": 200},
    "pressure-cooker": {"": 150},
    "air-fryer": {"": 160},
    "coffee-machine": {"": 420},
    "iron": {"": 150},
    "hair-care": {"dyson": 430, "": 90},
    "air-purifier": {"dyson": 500, "": 200},
}
_LINES: Final = (
    ("pro max", 1350),
    ("fold", 1900),
    ("ultra", 1500),
    ("flip", 1200),
    ("galaxy a", 450),
    ("galaxy j", 350),
    ("galaxy m", 350),
    ("galaxy note", 1200),
    ("moto g", 600),
    ("pro", 1200),
    ("plus", 1100),
    ("mini", 850),
    ("lite", 600),
    (" fe", 750),
    (" se", 600),
)
_KEEPS: Final = {"smartphone": 780, "tablet": 810, "smartwatch": 760, "laptop": 830, "desktop": 830}
_GRADES: Final = {
    Grade.FAIR: 800,
    Grade.GOOD: 880,
    Grade.VERY_GOOD: 940,
    Grade.EXCELLENT: 1000,
    Grade.PREMIUM: 1120,
}
_WITH_STORAGE: Final = frozenset({"smartphone", "tablet", "laptop", "desktop"})
_REFURBISHED: Final = 850
_LEAST_CENTS: Final = 1500
# Units of the currency for 1,000 euros: fixed for the demo, no rate of any day.
PER_THOUSAND_EUROS: Final = {
    Currency.EUR: 1_000,
    Currency.GBP: 850,
    Currency.USD: 1_100,
    Currency.JPY: 160_000,
    Currency.CHF: 950,
    Currency.PLN: 4_300,
    Currency.SEK: 11_300,
    Currency.CZK: 25_000,
}


def worth_cents(variant: DemoVariant, grade: Grade) -> int:
    """What the variant costs refurbished in this grade, in euro cents, before any merchant's view.

    Units: whole cents; every factor is a whole number of thousandths, so it repeats exactly.
    """
    brands = _NEW_EUROS.get(variant.category, {"": 200})
    cents = 100 * brands.get(variant.brand_code, brands[""])
    name = f" {variant.model.lower()}"
    factors = [next((factor for word, factor in _LINES if word in name), 1000)]
    factors += [_KEEPS.get(variant.category, 930)] * min(variant.age_years, 9)
    factors += [_memory(variant), _REFURBISHED, _GRADES[grade]]
    for factor in factors:
        cents = cents * factor // 1000
    return max(cents, _LEAST_CENTS)


def _memory(variant: DemoVariant) -> int:
    if variant.category not in _WITH_STORAGE:
        return 1000
    storage = variant.attributes.get("storage_gb")
    doublings = int(storage).bit_length() - 8 if isinstance(storage, int) else 0
    return 1000 + 70 * max(-3, min(doublings, 4))


def in_currency(cents: int, currency: Currency) -> int:
    """Euro cents as whole units of another currency's minor unit, at the demo's fixed rate."""
    scale: int = 10**currency.digits
    return cents * PER_THOUSAND_EUROS[currency] * scale // 100_000


_WANTED_CATEGORIES: Final = {"smartphone": 60, "console": 40, "tablet": 25, "laptop": 25}
_WANTED_BRANDS: Final = {
    "apple": 8,
    "samsung": 4,
    "google": 3,
    "nintendo": 4,
    "sony": 2,
    "xiaomi": 2,
    "dyson": 6,
    "seb": 5,
    "moulinex": 5,
    "fairphone": 3,
}
_WANTED_LINES: Final = ("iphone", "galaxy s", "macbook", "ipad", "playstation", "switch", "pixel")


def wanted(variant: DemoVariant) -> int:
    """How much buyers look for a variant: a weight, 1 or more."""
    age = variant.age_years
    by_age = 2 if age < 1 else 10 if age < 6 else 4 if age < 8 else 1
    famous = 4 if any(line in variant.model.lower() for line in _WANTED_LINES) else 1
    return (
        _WANTED_CATEGORIES.get(variant.category, 15)
        * _WANTED_BRANDS.get(variant.brand_code, 1)
        * by_age
        * famous
        * draws("wanted", variant.gtin).between(0, 1, 6)
    )


def popular(variants: Sequence[DemoVariant]) -> frozenset[str]:
    """The GTINs of the variants that every merchant wants to have, some of each category."""
    ranked = sorted(variants, key=lambda variant: (-wanted(variant), variant.gtin))
    room = dict(POPULAR)
    chosen = []
    for variant in ranked:
        shelf = variant.category if variant.category in room else ""
        if room[shelf]:
            room[shelf] -= 1
            chosen.append(variant.gtin)
    return frozenset(chosen)
