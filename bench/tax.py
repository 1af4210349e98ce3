"""What tax costs: a purchase report of 1,000 lines, and one lookup in the registry.

Held against a registry as one would write it first, a list of rules that is gone through for each
question; the two must tell the same taxes. The impact of the same lines is measured beside them.
"""

import itertools
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.figures import AT_LEAST, AT_MOST, Figure, information, ratio
from bench.impact import listings
from bench.world import World, opened
from domain.impact.draws import drawn, vectors
from domain.impact.engine import assess
from domain.markets.rules import (
    UNION,
    Audience,
    Found,
    Rule,
    RuleBook,
    RuleKind,
    RuleMissing,
    RulePolicy,
    RuleUnverified,
)
from domain.money import Currency
from domain.orders.margin import complete
from domain.orders.parts import PriceParts, price_parts, shown_of, summed
from domain.orders.sale import Buyer, Sale, VatNumber
from domain.orders.vat import Acquisition, Amounts, LineTax, Supplier, VatScheme
from domain.orders.vat_scheme import line_tax
from models.impact import factor_set
from models.kept import keep_for
from models.markets import rules

LINES, LOOKUPS, TURNS = 1_000, 2_000, 9
DAY = date(2026, 11, 23)
FOLDER = Path(__file__).parent.parent / "models" / "reference" / "rules"
STATES = ("FR", "DE", "ES", "IT", "NL", "BE", "PT", "AT", "FI", "EE")
LENIENT = RulePolicy(strict=False)
_BOUGHT = Acquisition(date(2026, 3, 1), Supplier.PERSON, "FR", 18_000, "receipt")


class Listed(RuleBook):
    """The plain way: all rules in a list, gone through for each question; nothing is kept."""

    def find(
        self,
        kind: RuleKind,
        country: str,
        on: date,
        *,
        region: str | None = None,
        category: str | None = None,
        audience: Audience = Audience.ANY,
    ) -> Found:
        """The rule of the narrowest place, found by looking at every rule for every place."""
        places: list[tuple[str, str | None, str | None]] = []
        if region:
            places += [(country, region, category), (country, region, None)]
        places += [(country, None, category), (country, None, None)]
        if kind is not RuleKind.GROUP_MEMBER and self.in_union(country, on):
            places += [(UNION, None, category), (UNION, None, None)]
        for place in (*places, ("*", None, None)):
            for who in (audience, Audience.ANY):
                for rule in self:
                    s = rule.scope
                    same = s.kind is kind and (s.country, s.region, s.category) == place
                    if same and s.audience is who and rule.holds(on):
                        return rule if self.policy.allows(rule) else RuleUnverified(rule)
        return RuleMissing(kind, country, on, region, category)


def shipped() -> list[Rule]:
    """The rules of the files."""
    return [rule for path in sorted(FOLDER.glob("*.csv")) for rule in rules.read_rules(path)]


def sales() -> list[Sale]:
    """Lines of a report: ten states, three schemes, two kinds of buyer, days of three years."""
    start = Sale(DAY, DAY, "FR", "FR", "FR", "", Currency.EUR, Amounts(1), 1)
    return [replace(start, **_line(n)) for n in range(LINES)]


def _line(n: int) -> dict[str, Any]:
    away, to = STATES[n % 10], STATES[n // 10 % 10]
    price, on = 10_000 + 37 * n, DAY - timedelta(days=n % 900)
    business = n % 5 == 0
    return {
        "ordered_on": on,
        "tax_point": on,
        "established": away,
        "dispatch_country": away,
        "ship_to_country": to,
        "amounts": Amounts(price, shipping_minor=490),
        "consignment_minor": price,
        "declared": VatScheme.MARGIN if n % 3 else VatScheme.NORMAL,
        "category": ("smartphone", "tablet", "laptop")[n % 3],
        "capacity_gb": Decimal(64),
        "buyer": Buyer.BUSINESS if business else Buyer.CONSUMER,
        "vat_number": VatNumber.VALID if business else VatNumber.NONE,
        "vat_number_country": to if business else None,
        "oss": n % 2 == 0,
    }


def report(of: list[Sale], book: RuleBook) -> tuple[list[LineTax], PriceParts | None, Counter[str]]:
    """The tax of each line with its unit, the parts of all together, and tax by whose rate it is.

    Raises: TypeError for a line that is refused: none of these is.
    """
    taxes = []
    for sale in of:
        decided = line_tax(sale, book)
        known = complete(decided, _BOUGHT, book) if isinstance(decided, LineTax) else decided
        if not isinstance(known, LineTax):
            raise TypeError(known)
        taxes.append(known)
    owed: Counter[str] = Counter()
    for tax in taxes:
        owed[f"{tax.country} {tax.rate}"] += tax.vat_minor or 0
    return taxes, summed([price_parts(tax, shown_of(tax)) for tax in taxes]), owed


def timed(work: Callable[[], object]) -> float:
    """How long one run takes. Units: seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


async def lookup_us(world: World) -> tuple[float, float]:
    """A lookup in the registry of a process that serves, by 360 questions in turn; and a plain one.

    Units: microseconds; the median of nine turns. The rules are those of the database.
    """
    asked = [
        (kind, country, DAY - timedelta(days=30 * month))
        for kind in (RuleKind.VAT_STANDARD_RATE, RuleKind.VAT_ROUNDING, RuleKind.PRICE_PRIOR)
        for country in STATES
        for month in range(12)
    ]
    async with world.database() as url, opened(url):
        keep_for(1.0)
        try:
            ours, plain = [], []
            slow = Listed(await rules.book(policy=LENIENT), LENIENT)
            for _ in range(TURNS):
                turn = list(itertools.islice(itertools.cycle(asked), LOOKUPS))
                start = time.perf_counter()
                for kind, country, on in turn:
                    (await rules.book()).find(kind, country, on)
                ours.append((time.perf_counter() - start) / LOOKUPS)
                few = turn[:100]
                start = time.perf_counter()
                for kind, country, on in few:
                    slow.find(kind, country, on)
                plain.append((time.perf_counter() - start) / len(few))
        finally:
            keep_for(0)
    return statistics.median(ours) * 1e6, statistics.median(plain) * 1e6


async def measure(world: World) -> list[Figure]:
    """A lookup, a report of taxes both ways, and its taxes and impact together."""
    found, plain = await lookup_us(world)
    of, shared = sales(), shipped()
    slow = Listed(shared, LENIENT)
    ours, listed = [], []
    for _ in range(3):
        book = RuleBook(shared, LENIENT)
        ours.append(timed(lambda book=book: report(of, book)))  # type: ignore[misc]
        listed.append(timed(lambda: report(of, slow)))
    if report(of, RuleBook(shared, LENIENT)) != report(of, slow):
        raise AssertionError("the plain registry tells other taxes")
    took = statistics.median(ours)
    return [
        Figure("rule_lookup_us", round(found, 2), AT_MOST, 5),
        Figure("rule_lookup_ratio", ratio(plain, found), AT_LEAST, 10),
        Figure("tax_1000_seconds", round(took, 3), AT_MOST, 0.25),
        Figure("tax_1000_ratio", ratio(statistics.median(listed), took), AT_LEAST, 5),
        Figure("tax_impact_1000_seconds", round(took + _impact(), 3), AT_MOST, 1.25),
        information("tax_line_us", took / LINES * 1e6),
    ]


def _impact() -> float:
    """The seconds of the impact of as many lines, with ranges, none of them kept."""
    factors = factor_set("be-v2")
    assess(listings()[0], factors, drawn)
    drawn.cache_clear()
    vectors.cache_clear()
    return timed(lambda: [assess(inputs, factors, drawn) for inputs in listings()])
