"""What stops in a market beside its stage, and which of the visitors may buy while it opens.

Source: docs/markets.md, "Pauses".
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.markets import PauseScope

EVERYBODY = 100


@dataclass(frozen=True, slots=True)
class Pause:
    """What stops since when. `category` is named by a pause of a CATEGORY alone."""

    scope: PauseScope
    category: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What a market has beside its row.

    Shapes: `stopped` are the categories of the pauses with those below them.
    Units: `percent` of the visitors may buy while the market is SOFT.
    """

    percent: int = EVERYBODY
    pauses: tuple[Pause, ...] = ()
    stopped: frozenset[str] = frozenset()

    def scope_of(self, wanted: PauseScope, categories: Iterable[str] = ()) -> PauseScope | None:
        """The pause that stops `wanted`, or one of these categories; None where nothing does.

        One of ALL stops everything, and is named first.
        """
        return stops({each.scope for each in self.pauses}, self.stopped, wanted, categories)


ANYTHING = PauseScope.ALL
"""What is wanted by whoever only looks: a pause of ALL or of its category alone stops it."""


def stops(
    scopes: Collection[PauseScope],
    stopped: Collection[str],
    wanted: PauseScope,
    categories: Iterable[str] = (),
) -> PauseScope | None:
    """The scope that stops `wanted` or one of the categories."""
    if PauseScope.ALL in scopes:
        return PauseScope.ALL
    if wanted in scopes and wanted is not PauseScope.CATEGORY:
        return wanted
    return PauseScope.CATEGORY if any(each in stopped for each in categories) else None


def drawn(market: str, visitor: str | None, percent: int) -> bool:
    """Whether a visitor is among the percentage that a market opens for.

    The draw is the visitor's in that market: whoever is in stays in as the percentage grows. One
    of whom nothing is known is in only where everybody is.
    """
    if percent >= EVERYBODY:
        return True
    if visitor is None:
        return False
    digest = hashlib.sha256(f"{market}|{visitor}".encode()).digest()
    return int.from_bytes(digest[:8]) % EVERYBODY < percent
