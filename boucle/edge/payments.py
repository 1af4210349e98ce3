"""What providers of payments send us, and the page of the simulated bank.

Source: docs/payments.md, "Webhooks" and "The simulator".
"""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from boucle.edge.answers import Code, NotServed, answer, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.pages.render import STRICT, page
from boucle.pages.site import language_of
from domain.money import Currency, amount_of
from domain.orders.payments import PaymentState, Provider
from integrations.http import Rejected
from integrations.payments.base import BadSignature
from integrations.payments.simulator import Simulator
from integrations.payments.till import ProviderTill
from resolvers.orders.payments import heard, tills

log = structlog.get_logger()

MOST_BYTES = 1024 * 1024
MOST_FORM_BYTES = 2_000
BODY_SECONDS = 10.0


async def hear(request: Request) -> Response:
    """Take a webhook: 200 once it is stored, and for one that we had; 401 without its proof."""
    till = _till(request.path_params["provider"])
    if till is None:
        raise _not_found()
    body = await _body(request, MOST_BYTES)
    now = datetime.now(UTC)
    try:
        told = till.provider.event(request.headers, body, now)
    except BadSignature as error:
        log.warning("payment_webhook.forged", provider=till.name.value, why=str(error))
        message = "The signature does not fit."
        raise NotServed(
            HTTPStatus.UNAUTHORIZED, Code.UNAUTHENTICATED, "BAD_SIGNATURE", message
        ) from error
    except Rejected as error:
        raise bad_request("BAD_WEBHOOK", "The webhook cannot be read.") from error
    try:
        new = await heard(till.name, told.event_id, told.kind, told.payment_ref, body, now)
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    return answer({"received": True, "known": not new})


async def bank_page(request: Request) -> Response:
    """The page on which a customer confirms, or not, a payment of the simulated provider."""
    till = _till(Provider.SIMULATOR.value)
    if till is None or not isinstance(till.provider, Simulator):
        raise _not_found()
    ref, proof = request.path_params["ref"], request.query_params.get("proof", "")
    if request.method == "POST":
        form = parse_qs((await _body(request, MOST_FORM_BYTES)).decode("ascii", "replace"))
        approved = form.get("choice") == ["approve"]
        back = await till.provider.answer(ref, proof, approved=approved)
        if back is None:
            raise _not_found()
        return RedirectResponse(back, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
    facts = await till.provider.waiting(ref, proof)
    if facts is None:
        raise _not_found()
    currency = Currency(facts["currency"])
    amount = {"amount": str(amount_of(facts["amount"], currency)), "currency": currency.value}
    shop = urlsplit(facts["return_url"])
    policy = STRICT.replace(
        "form-action 'self'", f"form-action 'self' {shop.scheme}://{shop.netloc}"
    )
    waits = facts["state"] == PaymentState.ACTION_REQUIRED
    shown = {"amount": amount, "waits": waits, "back": facts["return_url"]}
    return page("bank.html", language_of(request), shown, policy=policy)


def _till(name: str) -> ProviderTill | None:
    found = tills().get(Provider(name)) if name in tuple(Provider) else None
    return found if isinstance(found, ProviderTill) else None


async def _body(request: Request, most: int) -> bytes:
    """The raw bytes, read once. Raises: NotServed for too many, or too slow."""
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                content += piece
                if len(content) > most:
                    raise _closed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE")
    except TimeoutError as error:
        raise _closed(HTTPStatus.REQUEST_TIMEOUT, "BODY_TOO_SLOW") from error
    return bytes(content)


def _closed(status: HTTPStatus, reason: str) -> NotServed:
    message = "The body is too large, or came too slowly."
    return NotServed(status, Code.BAD_REQUEST, reason, message, headers={"Connection": "close"})


def _not_found() -> NotServed:
    message = "There is nothing here."
    return NotServed(HTTPStatus.NOT_FOUND, Code.BAD_REQUEST, "NOT_FOUND", message)
