"""When a full feed looks like an accident, and is held for a person instead of applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.offers.policy import FeedPolicy


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
    """A guard that stopped the run: `n` of `total`, more than the `limit` it lets through."""

    guard: Guard
    n: int
    total: int
    limit: int


SHARE_BP = {Guard.SHRUNK: 3000, Guard.REJECTED: 2000, Guard.PRICES_JUMPED: 2000}
SHRINK_MINIMUM = 50


def held(facts: Facts, policy: FeedPolicy = FeedPolicy.REJECT_FAILED_ROWS) -> Sequence[Held]:
    """The guards that stop a full feed; empty when it may be applied.

    Source: docs/feeds.md, "Guards": live offers fall by more than 30 % and more than 50; more than
    20 % of lines rejected, unless the policy ignores them; more than 20 % of prices change by more
    than half.
    """
    rejected = facts.rejected if policy.counts_failed else 0
    checked = (
        _check(Guard.SHRUNK, facts.missing, facts.live, SHRINK_MINIMUM),
        _check(Guard.REJECTED, rejected, facts.lines),
        _check(Guard.PRICES_JUMPED, facts.jumped, facts.known),
    )
    return [check for check in checked if check.n > check.limit]


def all_or_nothing(rejected: int, lines: int) -> Held:
    """What stopped a file of which one line was too many. Source: docs/feeds.md, "Policies"."""
    return Held(Guard.REJECTED, rejected, lines, 0)


def _check(guard: Guard, n: int, total: int, at_least: int = 0) -> Held:
    return Held(guard, n, total, max(at_least, total * SHARE_BP[guard] // 10_000))
