"""How often each carrier may be asked, and how many parcels one call may ask about."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.tables import rows

SHORT_SECONDS: Final = 60
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls of one credential in a window of so many seconds."""

    calls: int
    seconds: float


@cache
def published() -> Mapping[TrackingApi, tuple[Limit, ...]]:
    """The limits that the carriers publish; generous ones where they publish none."""
    found: dict[TrackingApi, list[Limit]] = defaultdict(list)
    for row in rows("limits.csv"):
        found[TrackingApi(row["api"])].append(Limit(int(row["calls"]), float(row["seconds"])))
    return {api: tuple(limits) for api, limits in found.items()}


@cache
def batch(api: TrackingApi) -> int:
    """How many parcels one call may ask about."""
    return next(int(row["numbers"]) for row in rows("limits.csv") if row["api"] == api)


class Quotas:
    """Counts the calls of every credential, by the simulator's clock, in windows that do not slide.

    Units: `speed` shortens every window, as parcels of the demo travel faster. Windows under a
    minute count only where `short` says so: a clock that stands still would fill them.
    """

    def __init__(self, *, speed: float = 1.0, short: bool = False) -> None:
        self._speed = speed
        self._limits = {
            api: tuple(limit for limit in limits if short or limit.seconds >= SHORT_SECONDS)
            for api, limits in published().items()
        }
        self._counts: dict[tuple[TrackingApi, str, float], tuple[int, int]] = {}

    def set(self, api: TrackingApi, *limits: Limit) -> None:
        """Replace the limits of a carrier."""
        self._limits = {**self._limits, api: limits}

    def spend(self, api: TrackingApi, credential: str, now: datetime) -> float | None:
        """Count a call. Units: seconds until the window ends where a limit is passed, else None."""
        wait: float | None = None
        elapsed = (now - _EPOCH) // _MICROSECOND
        for limit in self._limits[api]:
            length = max(1, int(limit.seconds * 1_000_000 / self._speed))
            window, passed = divmod(elapsed, length)
            key = (api, credential, limit.seconds)
            at, count = self._counts.get(key, (window, 0))
            count = count + 1 if at == window else 1
            self._counts[key] = (window, count)
            if count > limit.calls:
                wait = max(wait or 0.0, (length - passed) / 1_000_000)
        return wait
