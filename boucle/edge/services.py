"""What the requests of one process share: the bus, rates, named documents, kept answers."""

import hashlib
from dataclasses import dataclass
from typing import Self

import strawberry

from boucle.edge.cache import ResponseCache
from boucle.edge.footprint import Method
from boucle.edge.kept import KeptDocuments
from boucle.edge.persisted import PersistedDocuments
from boucle.edge.rates import RateLimiter, rates_of
from boucle.edge.registered import load
from boucle.edge.shared import Shared
from boucle.edge.usage import Usage
from boucle.settings import Settings
from integrations.bus import Bus, Event, MemoryBus, RedisBus
from models.kept import forget

MEBIBYTE = 1_048_576


class _Forgetting:
    """Forgets the small tables when one of them is announced to have changed."""

    def heard(self, event: Event) -> None:
        if event.topic.startswith("market:"):
            forget()

    def lost(self) -> None:
        forget()


@dataclass(slots=True)
class Services:
    """Each works without Valkey, as well as it can. Started by the application's lifespan."""

    shared: Shared
    bus: Bus
    rates: RateLimiter
    documents: PersistedDocuments
    cache: ResponseCache
    method: Method
    usage: Usage

    @classmethod
    def of(cls, settings: Settings, schema: strawberry.Schema) -> Self:
        """The services that the settings ask for. Raises: BadDocuments."""
        url = str(settings.redis_url) or None
        shared = Shared(url)
        bus = RedisBus(url) if url else MemoryBus()
        registered = load(settings.documents) if settings.documents else None
        keys = settings.keys[0].value if settings.keys else b""
        digest = hashlib.sha256(schema.as_str().encode() + b"cursors" + keys).hexdigest()
        kept_in = url if settings.keys else None  # cursors of a process are no other's
        return cls(
            shared,
            bus,
            RateLimiter(url, rates_of(settings.rate_limits), shared=shared),
            PersistedDocuments(KeptDocuments(shared), registered, only=settings.documents_only),
            ResponseCache(bus, kept_in, schema=digest, most_bytes=settings.cache_mb * MEBIBYTE),
            Method(gco2e_per_kwh=settings.grid_gco2e_per_kwh),
            Usage(),
        )

    def start(self) -> None:
        """Listen to what other processes announce, on the running event loop.

        The small tables are forgotten before the cache drops an answer that was made of them.
        """
        self.bus.watch(_Forgetting())
        self.cache.start()
        self.usage.start()

    async def aclose(self) -> None:
        """End what is under way, then the connections."""
        await self.usage.aclose()
        await self.cache.aclose()
        await self.rates.aclose()
        await self.bus.aclose()
