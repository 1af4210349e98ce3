"""Whether sales of a year are to be reported, or make a seller one of high volume.

Source: docs/rules/registry.md, "Reports of sellers"; Directive (EU) 2021/514; 15 U.S.C. 45f.
"""

from dataclasses import dataclass
from decimal import Decimal

from domain.markets.rules import Rule


@dataclass(frozen=True, slots=True)
class Sold:
    """What somebody sold in the time that a rule looks at. Units: major units of its currency.

    Shapes: `new_sales` and `new_amount` are of goods that are new or unused.
    """

    sales: int
    amount: Decimal
    new_sales: int = 0
    new_amount: Decimal = Decimal(0)


def reached(rule: Rule, sold: Sold) -> bool:
    """Whether a rule `report.sales` asks for a report of these sales.

    DAC7 leaves out who has fewer sales **and** takes no more than the amount; INFORM asks for as
    many sales and as much of goods that are new, so that no refurbished device counts.
    Raises: ValueError for a regime that is neither.
    """
    least, amount = int(rule.value["sales"]), Decimal(rule.value["amount"])
    match rule.value["regime"]:
        case "DAC7":
            return sold.sales >= least or sold.amount > amount
        case "INFORM":
            return sold.new_sales >= least and sold.new_amount >= amount
        case regime:
            raise ValueError(f"no regime of reports: {regime}")
