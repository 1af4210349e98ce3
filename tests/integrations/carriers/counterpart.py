"""A counterpart without a network: it answers what a test says, and keeps what it was asked."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import orjson
from multidict import CIMultiDict
from yarl import URL

from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers.base import Account, CarrierClient, Parcel
from integrations.http import Guard, Outbound, Rejected

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
MADE = datetime(2026, 1, 5, tzinfo=UTC)
ROOT = "https://carrier.example"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Asked:
    """A request as it went out."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer: JSON unless it is bytes."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Asked], Reply]


class _Response:
    def __init__(self, reply: Reply) -> None:
        body = reply.body
        self.status = reply.status
        self.headers = CIMultiDict(reply.headers)
        self._body = body if isinstance(body, bytes) else orjson.dumps(body)
        self.content = self

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self._body

    async def __aenter__(self) -> "_Response":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class Counterpart:
    """Stands where the client session is; `out` is handed to a carrier's client."""

    def __init__(self, answering: Answering | Sequence[Reply] | Reply) -> None:
        self.asked: list[Asked] = []
        self._answering = answering
        self.out = Outbound(cast("Any", self), Guard())

    def request(self, method: str, url: URL, **how: Any) -> _Response:
        asked = Asked(method, url, CIMultiDict(how["headers"]), how["data"] or b"")
        self.asked.append(asked)
        answering = self._answering
        if isinstance(answering, Reply):
            return _Response(answering)
        if callable(answering):
            return _Response(answering(asked))
        return _Response(answering[len(self.asked) - 1])


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("Result", done.value)
    raise AssertionError("it waits for something")


def parcel(number: str, **about: Any) -> Parcel:
    return Parcel(number, MADE, **about)


SECRETS = {
    "okapi_key": "okapi",
    "api_key": "key",
    "api_secret": "hush",
    "user": "zt12345",
    "password": "geheim & <more>",
    "client_id": "id",
    "client_secret": "hush",
}


def account(**secrets: str) -> Account:
    return Account("account", ROOT, {**SECRETS, **secrets})


def track(
    client: CarrierClient,
    answering: Answering | Sequence[Reply] | Reply,
    *parcels: Parcel,
    of: Account | None = None,
) -> Mapping[str, Told | Rejected]:
    """What a client makes of an answer."""
    counterpart = Counterpart(answering)
    return at_once(client.track(counterpart.out, of or account(), parcels, NOW))


def told(client: CarrierClient, answering: Answering | Reply, one: Parcel) -> Told:
    """What a client makes of an answer about one parcel."""
    found = track(client, answering, one)[one.number]
    assert isinstance(found, Told), found
    return found


def statuses(scans: Sequence[Scan]) -> list[ShipmentStatus | None]:
    return [scan.status for scan in scans]
