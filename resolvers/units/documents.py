"""Documents by an address that ends: whoever has it may read the one document, until then.

A part of the marketplace that has documents names a kind and how one is made; `link` gives the
address to whom its use case lets have it.
Source: docs/certificates.md, "Documents".
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from resolvers.context import Context, Seal

LIFE: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(days=7)
PATH: Final = "/documents/"
_OF: Final = "document"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is sent: always as an attachment, under this name."""

    media_type: str
    name: str
    data: bytes


Detailed = Callable[[UUID, str], Awaitable[Document | None]]
"""The same for a document that an id alone does not name: with what else the link says."""
Maker = Callable[[UUID], Awaitable[Document | None]]
"""Makes a document by the id that its link names; None for one that is not there any more.

It is called without a caller: the link is the permission. It opens what it reads.
"""
_KINDS: Final[dict[str, Detailed]] = {}


@dataclass(frozen=True, slots=True)
class Ended:
    """A link whose time is over."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says."""

    kind: str
    id: UUID
    ends_at: datetime
    about: str = ""


def register(kind: str, maker: Maker) -> None:
    """Let links of a kind be read. Raises: ValueError for a kind that another maker has."""
    register_detailed(kind, _Plain(maker))


def register_detailed(kind: str, maker: Detailed) -> None:
    """The same for documents whose links say more than an id."""
    if _KINDS.setdefault(kind, maker) != maker:
        raise ValueError(f"documents of kind {kind!r} are made elsewhere")


@dataclass(frozen=True, slots=True)
class _Plain:
    maker: Maker

    async def __call__(self, document_id: UUID, _: str) -> Document | None:
        return await self.maker(document_id)


def link(
    ctx: Context, kind: str, document_id: UUID, expires_in: timedelta = LIFE, about: str = ""
) -> str:
    """The path of a document for whoever is handed it, until its time is over.

    Call it only for a caller who may read the document.
    Raises: KeyError for a kind that nobody registered; ValueError for over 7 days.
    """
    if kind not in _KINDS:
        raise KeyError(kind)
    if not timedelta(0) < expires_in <= LONGEST:
        raise ValueError("a link lives for up to 7 days")
    ends = int((ctx.now + expires_in).timestamp())
    said = [kind, str(document_id), ends, *([about] if about else [])]
    return PATH + ctx.seal.close(orjson.dumps(said), _OF)


def opened(seal: Seal, token: str, now: datetime) -> Link | Ended | None:
    """What a token names; `Ended` after its time, None for what was not made here."""
    text = seal.open(token, _OF)
    if text is None:
        return None
    kind, document_id, ends, *about = orjson.loads(text)
    ends_at = datetime.fromtimestamp(ends, UTC)
    return Ended(ends_at) if now >= ends_at else Link(kind, UUID(document_id), ends_at, *about)


async def made(found: Link) -> Document | None:
    """The document of a link; None where it is not there any more."""
    maker = _KINDS.get(found.kind)
    return None if maker is None else await maker(found.id, found.about)
