"""What tests of the response cache share."""

import math

from boucle.edge.cache.freshness import Freshness


def sure() -> Freshness:
    """Freshness that does not end."""
    found = Freshness()
    found.until = math.inf
    return found


class Clock:
    """Both clocks of the machine, set by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now
