"""The simulator's own time: another clock, set, shifted or sped up."""

from collections.abc import Callable
from datetime import datetime, timedelta

Now = Callable[[], datetime]


class SimulatorClock:
    """Tells the time of `now` until it is set otherwise. It never goes back by itself."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._anchor: tuple[datetime, datetime] | None = None
        self._rate = 1.0

    def __call__(self) -> datetime:
        """The time here. Shapes: aware, UTC."""
        now = self._now()
        if self._anchor is None:
            return now
        there, here = self._anchor
        return here + (now - there) * self._rate

    def set(self, to: datetime) -> None:
        """Let it be this time now."""
        self._anchor = (self._now(), to)

    def shift(self, by: timedelta) -> None:
        """Go forward, or back."""
        self.set(self() + by)

    def speed_up(self, rate: float) -> None:
        """Let every second of the other clock be `rate` seconds here."""
        self.set(self())
        self._rate = rate
