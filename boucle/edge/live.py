"""How many may follow at once: the limits of sockets and event streams, counted per process.

A caller without a name is counted by address, IPv6 by its /64; others by key or account.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from prometheus_client import Gauge
from starlette.types import Scope

from boucle.telemetry import REGISTRY
from resolvers.accounts import caller_of
from resolvers.context import Caller

if TYPE_CHECKING:
    from boucle.edge.subscriptions import Served
    from integrations.bus import Bus

Identify = Callable[[str | None, str | None], Awaitable[Caller]]
"""The caller that an `Authorization` header names, and the address that it comes from."""

FOLLOWERS = Gauge("boucle_live_connections", "Open sockets and event streams.", registry=REGISTRY)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take, each a choice of ours. Units: in the names, else counts."""

    init_seconds: float = 5.0
    operations: int = 50
    anonymous_operations: int = 10
    per_key: int = 20
    per_address: int = 5
    at_once: int = 2000
    streams_at_once: int = 256
    messages: int = 100
    messages_seconds: float = 10.0
    message_bytes: int = 65_536
    waiting: int = 64
    waiting_bytes: int = 4 * 1024 * 1024
    slow_seconds: float = 10.0
    heartbeat_seconds: float = 12.0
    recheck_seconds: float = 60.0
    drain_seconds: float = 10.0


class Live:
    """All that sockets and event streams of one process share."""

    def __init__(
        self,
        served: "Served",
        *,
        bus: "Bus | None" = None,
        limits: Limits | None = None,
        identify: Identify = caller_of,
    ) -> None:
        self.served, self.bus, self.identify = served, bus, identify
        self.limits = limits or Limits()
        self.stopping = asyncio.Event()
        self._taken: Counter[str] = Counter()
        self._sockets = self._streams = 0

    def stop(self) -> None:
        """Accept nobody any more; sockets finish what runs and close, streams end."""
        self.stopping.set()

    def seat(self, scope: Scope, *, stream: bool = False) -> "Seat | None":
        """A place for one connection, to be left; None if there is none for its address."""
        address = f"address {_network(scope)}"
        full = self._sockets + self._streams >= self.limits.at_once or (
            stream and self._streams >= self.limits.streams_at_once
        )
        if full or self._taken[address] >= self.limits.per_address:
            return None
        return Seat(self, address, stream=stream)

    def count(self, name: str, step: int) -> None:
        """Count one more or one less of an address or a key."""
        self._taken[name] += step
        if self._taken[name] <= 0:
            del self._taken[name]

    def taken(self, name: str) -> int:
        """How many places an address or a key has."""
        return self._taken.get(name, 0)

    def count_connection(self, step: int, *, stream: bool) -> None:
        """Count one more or one less of all."""
        FOLLOWERS.inc(step)
        if stream:
            self._streams += step
        else:
            self._sockets += step


class Seat:
    """One connection's place: of its address until its caller is known, then of its caller."""

    def __init__(self, live: Live, name: str, *, stream: bool) -> None:
        self._live, self._name, self._stream = live, name, stream
        self._left = False
        live.count(name, 1)
        live.count_connection(1, stream=stream)

    def own(self, caller: Caller) -> bool:
        """Count it for the caller from now on; False if the caller has no place left."""
        owner = caller.key_prefix or caller.user_id or caller.merchant_id
        if owner is None:
            return True
        name = f"caller {owner}"
        if self._live.taken(name) >= self._live.limits.per_key:
            return False
        self._live.count(self._name, -1)
        self._live.count(name, 1)
        self._name = name
        return True

    def leave(self) -> None:
        """Give the place back; a second time changes nothing."""
        if not self._left:
            self._left = True
            self._live.count(self._name, -1)
            self._live.count_connection(-1, stream=self._stream)


def _network(scope: Scope) -> str:
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return str(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(getattr(address, "ipv4_mapped", None) or address)
