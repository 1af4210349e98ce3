"""How the demo's people reach the API and the carriers' simulator: by HTTP, as everybody does."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
import orjson
import structlog

from integrations.http import Outbound, Rejected, Request, Unavailable, call

log = structlog.get_logger()

_TIMEOUT: Final = aiohttp.ClientTimeout(total=40, sock_connect=3)
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


class NotNow(Exception):
    """What is asked is not answered now: another try may be."""


class SignedOut(NotNow):
    """The token that was sent opens nothing any more."""


@dataclass(slots=True)
class Api:
    """The GraphQL API. Shapes: `url` is its base, without a slash at its end."""

    out: Outbound = field(repr=False)
    url: str

    async def ask(
        self, document: str, token: str | None = None, **variables: Any
    ) -> Mapping[str, Any]:
        """The one root field of the answer. Raises: NotNow for errors, and for no answer."""
        headers = {**_JSON, **({"Authorization": f"Bearer {token}"} if token else {})}
        body = orjson.dumps({"query": document, "variables": variables})
        answer = await _call(
            self.out, Request("POST", f"{self.url}/graphql", headers, body, _TIMEOUT)
        )
        try:
            found = orjson.loads(answer[1])
        except ValueError as error:
            raise NotNow(f"status {answer[0]}") from error
        errors, data = found.get("errors"), found.get("data")
        if errors or not data:
            raise _problem(errors, answer[0])
        (said,) = data.values()
        known: Mapping[str, Any] = said if isinstance(said, dict) else {}
        return known

    async def attach(self, token: str, purpose: str, picture: bytes) -> str:
        """Send a picture as PNG; its id. Raises: NotNow."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/png"}
        url = f"{self.url}/v1/attachments?{urlencode({'purpose': purpose})}"
        status, body = await _call(self.out, Request("POST", url, headers, picture, _TIMEOUT))
        if status >= 300:
            raise NotNow(f"an attachment is answered {status}")
        return str(orjson.loads(body)["attachment_id"])

    async def approve(self, url: str, *, approved: bool) -> None:
        """Answer on the page of the bank, as its form does. Raises: NotNow."""
        form = urlencode({"choice": "approve" if approved else "decline"}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
        status, _ = await _call(self.out, Request("POST", url, headers, form, _TIMEOUT))
        if status >= 400:
            raise NotNow(f"the bank's page answers {status}")


@dataclass(slots=True)
class Control:
    """The control of the carriers' simulator."""

    out: Outbound = field(repr=False)
    url: str

    async def post(self, path: str, asked: Mapping[str, Any]) -> bool:
        """Whether the simulator did it; False for what it cannot play. Raises: NotNow."""
        request = Request(
            "POST", f"{self.url}/control/{path}", _JSON, orjson.dumps(asked), _TIMEOUT
        )
        status, _ = await _call(self.out, request)
        if status >= 500:
            raise NotNow(f"the simulator answers {status}")
        return status < 300


def key(*names: object) -> str:
    """An idempotency key that the same names always give."""
    return "demo-" + hashlib.sha256("|".join(map(str, names)).encode()).hexdigest()[:40]


async def _call(out: Outbound, request: Request) -> tuple[int, bytes]:
    try:
        answer = await call(out, request)
    except (Unavailable, Rejected) as error:
        raise NotNow(str(error)) from error
    return answer.status, answer.body


def _problem(errors: Any, status: int) -> NotNow:
    first = errors[0] if isinstance(errors, list) and errors else {}
    code = str(first.get("extensions", {}).get("code", status))
    kind = SignedOut if code == "UNAUTHENTICATED" else NotNow
    return kind(f"{code}: {first.get('message', 'no data')}")
