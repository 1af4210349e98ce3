"""What a device, an order and a purchase cost: parts that add up exactly, and are never rounded.

A device costs what its offer showed; an order is the sum of its devices, a purchase that of its
orders.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Amounts:
    """The parts of what is paid. Units: minor units of one currency."""

    item: int = 0
    shipping: int = 0
    service_fee: int = 0
    levies: int = 0
    duties: int = 0

    @property
    def total(self) -> int:
        """The landed total."""
        return self.item + self.shipping + self.service_fee + self.levies + self.duties

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.item + other.item,
            self.shipping + other.shipping,
            self.service_fee + other.service_fee,
            self.levies + other.levies,
            self.duties + other.duties,
        )

    def times(self, pieces: int) -> "Amounts":
        """What so many of it cost."""
        return Amounts(
            self.item * pieces,
            self.shipping * pieces,
            self.service_fee * pieces,
            self.levies * pieces,
            self.duties * pieces,
        )

    def taxed(self, shown: int, paid: int) -> "Amounts":
        """The same where tax makes of the `shown` goods something else that is `paid`.

        Tax on top stands with the duties; a price without its tax is a lower one.
        """
        more = paid - shown
        parts = {"item": self.item + min(more, 0), "duties": self.duties + max(more, 0)}
        return replace(self, **parts)

    @classmethod
    def sum(cls, parts: Iterable["Amounts"]) -> Self:
        """What several cost together; of none, nothing."""
        total = Amounts()
        for part in parts:
            total += part
        return cls(total.item, total.shipping, total.service_fee, total.levies, total.duties)
