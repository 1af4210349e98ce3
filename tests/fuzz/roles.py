"""Who asks: the headers that each role sends, or why a role cannot be had."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

from models.merchants import Merchant
from tests.boucle.edge import key

Headers = dict[str, str]
SCOPES = ("feeds:read", "feeds:write", "offers:read")


class Role(StrEnum):
    """The callers that the whole schema is asked for."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    ORGANISATION = "organisation"


class NotToBeHad(Exception):
    """This server has no such callers; the message says what is missing."""


async def _anonymous() -> Headers:
    return {}


async def _merchant() -> Headers:
    owner = await Merchant.get(slug="amber")
    text, _ = await key(owner.id, *SCOPES)
    return {"Authorization": f"Bearer {text}"}


async def _customer() -> Headers:
    raise NotToBeHad("the server has no customers who sign in")


async def _organisation() -> Headers:
    raise NotToBeHad("the server has no organisations")


HEADERS: dict[Role, Callable[[], Awaitable[Headers]]] = {
    Role.ANONYMOUS: _anonymous,
    Role.CUSTOMER: _customer,
    Role.MERCHANT: _merchant,
    Role.ORGANISATION: _organisation,
}
