"""Who asks: the headers that each role sends."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.accounts.roles import MERCHANT_SCOPES, ORGANISATION_SCOPES
from domain.accounts.roles import Role as Seat
from models.accounts import people, sign_in
from models.merchants import Merchant
from resolvers.accounts.house import house
from tests.boucle.edge import key

Headers = dict[str, str]


class Role(StrEnum):
    """The callers that the whole schema is asked for."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    MERCHANT = "merchant"
    ORGANISATION = "organisation"


async def _anonymous() -> Headers:
    return {}


async def _merchant() -> Headers:
    owner = await Merchant.get(slug="amber")
    text, _ = await key(owner.id, *sorted(MERCHANT_SCOPES))
    return {"Authorization": f"Bearer {text}"}


async def _customer() -> Headers:
    now = datetime.now(UTC)
    account = await people.enter("fuzz@example.org", frozenset({Seat.CUSTOMER}))
    session = await sign_in.open_session(account, now + timedelta(days=1))
    await house().signing.ready(now)
    token, _ = await house().signing.sign(account.id, session.id, now)
    return {"Authorization": f"Bearer {token}"}


async def _organisation() -> Headers:
    company = await people.organisation("fuzz", "Fuzz")
    text, _ = await key(None, *sorted(ORGANISATION_SCOPES), organisation_id=company.id)
    return {"Authorization": f"Bearer {text}"}


HEADERS: dict[Role, Callable[[], Awaitable[Headers]]] = {
    Role.ANONYMOUS: _anonymous,
    Role.CUSTOMER: _customer,
    Role.MERCHANT: _merchant,
    Role.ORGANISATION: _organisation,
}
