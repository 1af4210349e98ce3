"""Whether this process has heard of every change that is older than a second.

A relay's heartbeat says that at a moment of its own clock every committed change had been
announced. The two clocks differ by an unknown number and a message is under way for a while; the
least difference that a relay has shown lately stands for both, and by whatever a heartbeat is above
it, it is late. So one that lay in a socket while this process was busy counts for its age.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

FRESH_SECONDS = 1.0
SETTLED_SECONDS = 0.2
WINDOW_SECONDS = 60.0
CORRECTED_SECONDS = 0.05
MOST_RELAYS = 16


@dataclass(slots=True)
class _Relay:
    """The least difference to a relay's clock, of this window and of the one before."""

    since: float
    window: float
    least: float
    least_before: float

    def base(self, offset: float, now: float) -> float:
        if now - self.window >= WINDOW_SECONDS:
            self.window, self.least_before, self.least = now, self.least, offset
        self.least = min(self.least, offset)
        return min(self.least, self.least_before)


class Freshness:
    """`until` is the moment of the monotonic clock up to which what is cached may be served."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.until = 0.0
        self._clock = clock
        self._relays: dict[str, _Relay] = {}

    def beat(self, relay: str, at: float) -> None:
        """A heartbeat of `relay`, sent at `at` of its clock, was heard now.

        The first ones of a relay only show how its clock stands to ours.
        """
        now = self._clock()
        offset = now - at
        known = self._relays.get(relay)
        if known is None:
            if len(self._relays) >= MOST_RELAYS:
                self._relays.clear()
            self._relays[relay] = _Relay(now, now, offset, offset)
            return
        before = min(known.least, known.least_before)
        good = at + known.base(offset, now) + FRESH_SECONDS
        if now - known.since < SETTLED_SECONDS:
            return
        corrected = offset < before - CORRECTED_SECONDS
        self.until = good if corrected else max(self.until, good)

    def lost(self) -> None:
        """Nothing is heard any more."""
        self.until = 0.0
        self._relays.clear()
