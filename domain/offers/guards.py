"""When a full feed looks like an accident, and is held for a person instead of applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Guard(StrEnum):
    """What made a run stop before it was applied."""

    SHRUNK = "SHRUNK"
    REJECTED = "REJECTED"
    PRICES_JUMPED = "PRICES_JUMPED"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a full feed would do, were it applied.

    Shapes: of the feed's `live` offers `missing` are not in the file; of `lines` read `rejected`
    were refused; `known` lines name a stored offer, `jumped` of them change its price by over half.
    """

    live: int
    missing: int
    lines: int
    rejected: int
    known: int
    jumped: int


@dataclass(frozen=True, slots=True)
class Held:
    """A guard that stopped the run: `n` of `total`, more than the guard allows."""

    guard: Guard
    n: int
    total: int


SHARE_BP = {Guard.SHRUNK: 3000, Guard.REJECTED: 2000, Guard.PRICES_JUMPED: 2000}
SHRINK_MINIMUM = 50


def held(facts: Facts) -> Sequence[Held]:
    """The guards that stop a full feed; empty when it may be applied.

    Source: docs/feeds.md, "Guards": live offers fall by more than 30 % and more than 50; more than
    20 % of lines rejected; more than 20 % of prices change by more than half.
    """
    checked = (
        Held(Guard.SHRUNK, facts.missing, facts.live),
        Held(Guard.REJECTED, facts.rejected, facts.lines),
        Held(Guard.PRICES_JUMPED, facts.jumped, facts.known),
    )
    return [
        c for c in checked if _over(c) and (c.guard is not Guard.SHRUNK or c.n > SHRINK_MINIMUM)
    ]


def _over(check: Held) -> bool:
    return check.n * 10_000 > check.total * SHARE_BP[check.guard]
