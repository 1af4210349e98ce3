"""Documents that a client names instead of sending: automatic ones, and a registered set.

A name exempts nothing from price, rights or rates. Automatic ones are Apollo's: a hash alone is
answered with `PersistedQueryNotFound`, upon which the client sends hash and text.
Source: docs/rules/cost.md, "Named documents".
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from boucle.edge.answers import Code, NotServed, bad_request
from boucle.edge.kept import KeptDocuments
from boucle.edge.registered import Registered

MAX_BYTES = 16 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_MAX_ID = 256


@dataclass(frozen=True, slots=True)
class Named:
    """A document's name as it was sent. `automatic`: by Apollo's protocol, so it is a hash."""

    id: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class Resolved:
    """A document to run. `keep_as`: the hash to keep it under once it has proved valid."""

    text: str
    registered: bool = False
    keep_as: str | None = None


class PersistedDocuments:
    """What a name stands for. `only`: no other document than a registered one is run."""

    def __init__(
        self, kept: KeptDocuments, registered: Registered | None = None, *, only: bool = False
    ) -> None:
        self._kept, self._only = kept, only
        self._registered = registered or Registered({})

    @property
    def only(self) -> bool:
        """Whether no other document than a registered one is run."""
        return self._only

    async def resolve(self, query: str | None, named: Named | None) -> Resolved:
        """The document that a request asks for, by its text, its name or both.

        Raises: NotServed: 200 for an unknown name, else 400.
        """
        if named is not None and query is None:
            return await self._by_name(named)
        if not query:
            raise bad_request("QUERY_MISSING", "The member 'query' must be a document.")
        automatic = named is not None and named.automatic
        own = hash_of(query) if automatic else None
        if named is not None and automatic and named.id != own:
            raise _bad_hash("provided sha does not match query")
        if self._registered.has_text(query):
            return Resolved(query, registered=True)
        if self._only:
            raise _not_registered()
        fits = len(query) <= MAX_BYTES and len(query.encode()) <= MAX_BYTES
        return Resolved(query, keep_as=own if fits else None)

    async def accepted(self, resolved: Resolved, who: str) -> None:
        """The document passed price and validation: keep it, if it is to be kept.

        `who`: the caller's bucket; a caller has 200 new ones in an hour, more are not kept.
        """
        if resolved.keep_as is not None:
            await self._kept.keep(resolved.keep_as, resolved.text, who)

    async def _by_name(self, named: Named) -> Resolved:
        if (text := self._registered.text(named.id)) is not None:
            return Resolved(text, registered=True)
        automatic = named.automatic and not self._only and _HASH.fullmatch(named.id)
        if automatic and (text := await self._kept.text(named.id)) is not None:
            return Resolved(text)
        raise _not_found()


def named(message: Mapping[str, Any]) -> Named | None:
    """The name in a request's members, if there is one.

    Shapes: Apollo's `extensions.persistedQuery`; where there is no `query`, else `documentId` or
    Relay's `id`.
    Raises: NotServed, 400, for a name that cannot be read.
    """
    extensions = message.get("extensions")
    asked = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    if asked is not None:
        return _apollo(asked)
    if message.get("query") is not None:
        return None
    for member in ("documentId", "id"):
        if (found := message.get(member)) is not None:
            if not isinstance(found, str) or not 0 < len(found) <= _MAX_ID:
                text = f"The member '{member}' must be a text of 1 to {_MAX_ID} characters."
                raise bad_request("BAD_MEMBER", text)
            return Named(found.removeprefix("sha256:"), automatic=False)
    return None


def hash_of(text: str) -> str:
    """A document's hash, as clients make it: SHA-256 of its text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _apollo(asked: Any) -> Named:
    version = asked.get("version") if isinstance(asked, Mapping) else None
    found = asked.get("sha256Hash") if isinstance(asked, Mapping) else None
    if type(version) is not int or version != 1:
        raise _bad_hash("Unsupported persisted query version")
    if not isinstance(found, str) or not 0 < len(found) <= _MAX_ID:
        raise _bad_hash("provided sha does not match query")
    return Named(found, automatic=True)


def _bad_hash(message: str) -> NotServed:
    return NotServed(
        HTTPStatus.BAD_REQUEST,
        Code.BAD_USER_INPUT,
        "BAD_PERSISTED_QUERY",
        message,
        argument="extensions.persistedQuery",
    )


def _not_found() -> NotServed:
    """Clients look for this very message, in an answer of status 200."""
    code = Code.PERSISTED_QUERY_NOT_FOUND
    return NotServed(HTTPStatus.OK, code, code.value, "PersistedQueryNotFound")


def _not_registered() -> NotServed:
    message = "This server runs registered documents only. Send the id of one."
    return NotServed(HTTPStatus.BAD_REQUEST, Code.BAD_REQUEST, "DOCUMENT_NOT_REGISTERED", message)
