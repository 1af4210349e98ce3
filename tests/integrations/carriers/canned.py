"""A carrier that gives the answers it is told, and keeps what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
from multidict import CIMultiDict

from integrations.carriers.base import Account, CarrierClient, Parcel
from integrations.http import Guard, Outbound, Rejected

BODIES = Path(__file__).parents[2] / "data" / "carriers"
CREATED = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)


def golden(name: str) -> bytes:
    return (BODIES / name).read_bytes()


def golden_json(name: str) -> Any:
    return json.loads(golden(name))


@dataclass
class Asked:
    """One request that the carrier got."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass
class Said:
    """One answer that it gives."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class _Response:
    def __init__(self, said: Said) -> None:
        self.status = said.status
        self.headers = CIMultiDict(said.headers)
        self.content = self
        self._body = said.body

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self._body


class Carrier:
    """Stands where an `aiohttp.ClientSession` would; `answer` says what to each request."""

    def __init__(self, answer: Callable[[Asked], Said | Exception]) -> None:
        self.asked: list[Asked] = []
        self._answer = answer

    @asynccontextmanager
    async def request(
        self, method: str, url: object, *, headers: Mapping[str, str], data: bytes | None, **_: Any
    ) -> AsyncIterator[_Response]:
        asked = Asked(method, str(url), CIMultiDict(headers), data)
        self.asked.append(asked)
        said = self._answer(asked)
        if isinstance(said, Exception):
            raise said
        yield _Response(said)

    def out(self) -> Outbound:
        return Outbound(cast("aiohttp.ClientSession", self), Guard())


TOKEN = Said(
    json.dumps({"token_type": "Bearer", "access_token": "tok-1", "expires_in": 14400}).encode()
)


def saying(*said: Said | bytes | Exception, token: Said = TOKEN) -> Carrier:
    """A carrier that gives a token to whoever asks, and then these answers; the last again."""
    rest = [Said(each) if isinstance(each, bytes) else each for each in said]

    def answer(asked: Asked) -> Said | Exception:
        if "oauth" in asked.url:
            return token
        return rest.pop(0) if len(rest) > 1 else rest[0]

    return Carrier(answer)


def parcels(*numbers: str, **more: Any) -> list[Parcel]:
    return [Parcel(number, CREATED, **more) for number in numbers]


def track(
    client: CarrierClient,
    carrier: Carrier,
    asked: Sequence[Parcel],
    secrets: Mapping[str, str],
    now: datetime = NOW,
    url: str = "https://carrier.example",
    account: str = "acc",
) -> Any:
    """What a client makes of the answers."""
    opened = Account(account, url, secrets)
    return asyncio.run(client.track(carrier.out(), opened, asked, now))


def refusal(client: CarrierClient, carrier: Carrier, asked: Sequence[Parcel], **more: Any) -> Any:
    """The error with which a client ends."""
    try:
        track(client, carrier, asked, **more)
    except Exception as error:
        return error
    return None


__all__ = ["NOW", "Asked", "Carrier", "Rejected", "Said", "golden", "parcels", "saying", "track"]
