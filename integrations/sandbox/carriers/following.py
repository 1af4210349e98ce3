"""Who is told of what: parcels that were subscribed to, and addresses that pushes go to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from yarl import URL

from domain.shipments.carriers import TrackingApi

LASTS: Final = {TrackingApi.UPS: timedelta(days=14)}
"""How long a subscription lasts, where it ends by itself."""

ONE_BY_ONE: Final = frozenset(
    {
        TrackingApi.UPS,
        TrackingApi.AFTERSHIP,
        TrackingApi.EASYPOST,
        TrackingApi.SEVENTEEN_TRACK,
    }
)
"""APIs that push only what was subscribed to number by number; others push a whole account's."""

PUSHING: Final = frozenset({*ONE_BY_ONE, TrackingApi.FEDEX, TrackingApi.DHL_UNIFIED})
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Callback:
    """Where the pushes of an API go. Shapes: without `number` those of every parcel.

    Raises: ValueError for an address that is not on this machine, or an API that pushes nothing.
    """

    api: TrackingApi
    url: str
    secret: str = field(repr=False)
    since: datetime
    number: str | None = None

    def __post_init__(self) -> None:
        url = URL(self.url)
        if self.api not in PUSHING:
            raise ValueError(f"{self.api} pushes nothing")
        if url.scheme not in {"http", "https"} or url.host not in _HERE:
            raise ValueError("pushes go to this machine only")


@dataclass(slots=True)
class Following:
    """What is subscribed to, and since when. Shapes: `changed` names what was changed last."""

    callbacks: list[Callback] = field(default_factory=list)
    numbers: dict[tuple[TrackingApi, str], datetime] = field(default_factory=dict)
    changed: set[tuple[TrackingApi, str] | Callback] = field(default_factory=set)

    def call(self, callback: Callback, *, only: bool = False) -> None:
        """Send pushes there from now on; one for the same number and address is replaced.

        With `only` those of the API go nowhere else any more.
        """
        same = (callback.api, callback.url, callback.number)
        self.callbacks[:] = [
            each
            for each in self.callbacks
            if (each.api, each.url, each.number) != same and not (only and each.api is callback.api)
        ]
        self.callbacks.append(callback)
        self.changed.add(callback)

    def follow(self, api: TrackingApi, number: str, now: datetime) -> bool:
        """Subscribe to a number. False: it was already."""
        fresh = self.since(api, number, now) is None
        if fresh or api in LASTS:
            self.numbers[api, number] = now
            self.changed.add((api, number))
        return fresh

    def unfollow(self, api: TrackingApi, number: str) -> bool:
        """End a subscription. False: there was none."""
        self.changed.add((api, number))
        return self.numbers.pop((api, number), None) is not None

    def since(self, api: TrackingApi, number: str, now: datetime) -> datetime | None:
        """Since when a number is subscribed to; None where it is not, or not any more."""
        since = self.numbers.get((api, number))
        if since is not None and api in LASTS and now > since + LASTS[api]:
            return None
        return since
