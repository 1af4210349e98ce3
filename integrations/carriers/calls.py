"""One call to a carrier: what its status means, and its body read as what was promised.

Whatever comes back, only `Unavailable`, `Throttled`, `Rejected` and `CredentialRefused` get out.
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import reduce
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from lxml import etree

from integrations.carriers.base import Account, CredentialRefused, Throttled
from integrations.carriers.reading import at, clean, code, number, text
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable, call

FORM: Final = "application/x-www-form-urlencoded"
DEPTH_LEFT: Final = 32
"""How much deeper than a body what holds a part of it may be, for the writer of JSON."""

LONGEST_WAIT: Final = 24 * 3600.0
TOKEN_MARGIN: Final = 60.0
TOKEN_SHORTEST: Final = 30.0
TOKEN_LONGEST: Final = 24 * 3600.0
_CHARSETS: Final = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "windows-1252"})

Clock = Callable[[], float]
Making = Callable[[str], Request]


def secret(account: Account, name: str) -> str:
    """A secret of an account. Raises: CredentialRefused where it is missing or no plain text."""
    value = account.secrets.get(name, "")
    if not value or not value.isprintable():
        raise CredentialRefused(f"the account has no usable {name}")
    return value


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def join(root: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """A URL of a root, a path below it and a query. The path is quoted already."""
    asked = "?" + urlencode(query, quote_via=quote) if query else ""
    return f"{root.rstrip('/')}/{path.lstrip('/')}{asked}" if path else root.rstrip("/") + asked


async def ask(out: Outbound, request: Request, handed: Collection[int] = (404,)) -> Answer:
    """Call once. Statuses below 300 and those in `handed` come back, all others are raised.

    Raises: CredentialRefused for 401 and 403; Throttled for 429, and for 503 with a `Retry-After`;
    Unavailable for no answer, redirects and 5xx; Rejected for the rest.
    """
    answer = await call(out, request)
    status = answer.status
    if 200 <= status < 300 or status in handed:
        return answer
    if status in {401, 403}:
        raise CredentialRefused(f"status {status}")
    wait = retry_after(answer.headers, datetime.now(UTC))
    if status == 429 or (status == 503 and wait is not None):
        raise Throttled(f"status {status}", wait)
    if 300 <= status < 400 or status in {408, 425} or status >= 500:
        raise Unavailable(f"status {status}")
    raise Rejected(f"status {status}")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that a `Retry-After` asks to wait, at most a day; None where it says none."""
    said = headers.get("Retry-After", "").strip()
    if not said:
        return None
    seconds = number(said)
    if seconds is None:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)
    return min(max(float(seconds), 0.0), LONGEST_WAIT)


def json_of(answer: Answer) -> Any:
    """A body as JSON: an object or a list. Raises: Unavailable for anything else."""
    found = loads(answer.body, charset_of(answer))
    if not isinstance(found, dict | list):
        raise Unavailable("the answer is not JSON")
    return found


def loads(body: bytes, charset: str = "") -> Any:
    """JSON of bytes, without NUL characters; None for what is none, or too deep to be written."""
    if charset in _CHARSETS:
        body = body.decode(charset, "replace").encode()
    try:
        found = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
        orjson.dumps(reduce(lambda inner, _: [inner], range(DEPTH_LEFT), found))
    except (orjson.JSONDecodeError, TypeError):
        return None
    return clean(found) if b"\\u0000" in body else found


def charset_of(answer: Answer) -> str:
    """The charset of the Content-Type, lower case, or an empty text."""
    said = answer.headers.get("Content-Type", "").lower().partition("charset=")[2]
    return said.partition(";")[0].strip(" \"'")


def xml_of(answer: Answer) -> etree._Element:
    """A body as XML, its root. Raises: Unavailable for anything else, and for a DTD."""
    found = xml_root(answer.body)
    if found is None:
        raise Unavailable("the answer is not XML")
    return found


def xml_root(body: bytes) -> etree._Element | None:
    """The root of XML without a DTD and entities; None for what is none."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None
    if root is None:
        return None
    tree = root.getroottree()
    return None if tree.docinfo.internalDTD is not None else root


@dataclass(slots=True)
class _Kept:
    value: str
    until: float


@dataclass(slots=True)
class Tokens:
    """Access tokens by account, kept until shortly before they end; one caller at a time fetches.

    Units: `clock` counts seconds and never goes back.
    """

    clock: Clock = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def of(self, account: Account, fetch: Callable[[], Awaitable["Token"]]) -> str:
        """The account's token, fetched where there is none. Raises: what `fetch` raises."""
        if (kept := self._current(account)) is not None:
            return kept
        async with self._locks.setdefault(account.id, asyncio.Lock()):
            if (kept := self._current(account)) is not None:
                return kept
            token = await fetch()
            margin = min(TOKEN_MARGIN, token.seconds / 10)
            self._kept[account.id] = _Kept(token.value, self.clock() + token.seconds - margin)
            return token.value

    def forget(self, account: Account, value: str) -> None:
        """Drop a token that the carrier refused, unless a newer one has come."""
        kept = self._kept.get(account.id)
        if kept is not None and kept.value == value:
            del self._kept[account.id]

    def _current(self, account: Account) -> str | None:
        kept = self._kept.get(account.id)
        return kept.value if kept is not None and self.clock() < kept.until else None


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. Units: `seconds` that it lives from now."""

    value: str = field(repr=False)
    seconds: float


async def fetch_token(out: Outbound, request: Request) -> Token:
    """Ask for a token. `expires_in` may be a number or a text.

    Raises: CredentialRefused for 400, 401 and 403; Unavailable, Throttled, Rejected as `ask`.
    """
    answer = await ask(out, request, handed=(400,))
    if answer.status == 400:
        raise CredentialRefused("the token endpoint refused the credential")
    told = json_of(answer)
    value = text(at(told, "access_token"), 8192)
    if not value:
        raise Unavailable("the answer holds no token")
    seconds = number(at(told, "expires_in"))
    lives = TOKEN_SHORTEST if seconds is None else float(seconds)
    return Token(value, min(max(lives, TOKEN_SHORTEST), TOKEN_LONGEST))


def client_credentials(
    account: Account, url: str, fields: Mapping[str, str] | None = None, *, in_body: bool = False
) -> Request:
    """The request of OAuth's client credentials, by Basic or with both in the form.

    Shapes: the account's secrets `client_id` and `client_secret`; `fields` join the form.
    Raises: CredentialRefused where one is missing.
    """
    user, password = secret(account, "client_id"), secret(account, "client_secret")
    form = {"grant_type": "client_credentials", **(fields or {})}
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    if in_body:
        form |= {"client_id": user, "client_secret": password}
    else:
        headers["Authorization"] = basic(user, password)
    return Request("POST", url, headers, urlencode(form).encode())


@dataclass(frozen=True, slots=True)
class Signed:
    """Calls with a token: a refused one is fetched anew once, then the credential is refused."""

    out: Outbound
    account: Account
    tokens: Tokens
    token: Request

    async def ask(self, make: Making, handed: Collection[int] = (404,)) -> Answer:
        """Call with the token that `make` puts into the request. Raises: as `ask`."""
        value = await self._token()
        try:
            return await ask(self.out, make(value), handed)
        except CredentialRefused:
            self.tokens.forget(self.account, value)
        return await ask(self.out, make(await self._token()), handed)

    async def _token(self) -> str:
        return await self.tokens.of(self.account, lambda: fetch_token(self.out, self.token))


def error_code(answer: Answer, *path: str) -> str:
    """A code in the body of an error; empty where there is none."""
    return code(at(loads(answer.body, charset_of(answer)), *path))
