"""A tax provider that plays one: its rates are invented, and its answers say so.

It runs inside the process and asks nobody. A question has one answer, whenever it is asked.
"""

import hashlib
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from domain.orders.sales_tax import NoSalesTax, SalesTaxAnswer, SalesTaxQuestion
from domain.orders.vat import Jurisdiction, vat_on

VALID_FROM = date(2026, 1, 1)
NO_SALES_TAX = frozenset({"DE", "MT", "NH", "OR"})
LOCAL_ONLY = frozenset({"AK"})
_STATES = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY
NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY
"""
STATES = frozenset(_STATES.split())


class Simulator:
    """Invented rates by state and by the first three digits of the postcode."""

    name = "simulator"

    async def quote(self, question: SalesTaxQuestion) -> SalesTaxAnswer:
        """As `TaxProvider.quote`. Raises: NoSalesTax for what is no state or no ZIP code."""
        region, code = question.region.upper(), question.postcode.strip()
        if region not in STATES or not (code[:5].isdigit() and len(code[:5]) == 5):
            raise NoSalesTax(f"{region} {code[:10]} is no place in the United States", later=False)
        rates = rates_of(region, code)
        lines = {
            line.key: tuple(
                Jurisdiction(
                    level, name, f"{rate:f}", vat_on(line.amount_minor, rate, ROUND_HALF_UP)
                )
                for level, name, rate in rates
            )
            for line in question.lines
        }
        source = "simulator: invented rates, not for sales"
        return SalesTaxAnswer(question.reference, source, VALID_FROM, lines)


def rates_of(region: str, postcode: str) -> list[tuple[str, str, Decimal]]:
    """The authorities of a place and their rates in percent, the widest first."""
    if region in NO_SALES_TAX:
        return []
    found = []
    if region not in LOCAL_ONLY:
        found.append(("STATE", f"{region} (simulated)", _rate(region, 16, "4")))
    area = postcode[:3]
    found.append(("COUNTY", f"{region} {area} (simulated)", _rate(region + area, 8, "0.25")))
    return found


def _rate(name: str, steps: int, least: str) -> Decimal:
    """A rate in quarters of a percent that a name always has."""
    step = hashlib.sha256(name.encode()).digest()[0] % steps
    return Decimal(least) + Decimal(step) / 4
