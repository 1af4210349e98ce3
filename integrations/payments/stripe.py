"""Stripe, over its documented HTTP API: payment intents that are confirmed at once, taken later.

Source: docs.stripe.com/api (payment_intents, refunds, errors, idempotent_requests, versioning);
docs.stripe.com/currencies, "Special cases"; docs.stripe.com/declines/codes.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

import orjson
import structlog

from domain.orders.payments import (
    DECLINE_CODES,
    PaymentState,
    Provider,
    RefundState,
    Told,
    ToldRefund,
)
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable, call
from integrations.payments.base import Charge, Happened, Return
from integrations.payments.signatures import verify

log = structlog.get_logger()

Json = dict[str, Any]
Form = Sequence[tuple[str, str]]
S = PaymentState

API: Final = "https://api.stripe.com"
VERSION: Final = "2024-06-20"
SIGNATURE: Final = "stripe-signature"
_EXPAND: Final = ("expand[]", "latest_charge.balance_transaction")
_IN_HUNDREDTHS: Final = frozenset({"ISK"})
"""Currencies without decimals whose amounts Stripe wants with two."""

_STATES: Final[Mapping[str, PaymentState]] = {
    "requires_payment_method": S.DECLINED,
    "requires_confirmation": S.CREATED,
    "requires_action": S.ACTION_REQUIRED,
    "processing": S.CREATED,
    "requires_capture": S.AUTHORISED,
    "canceled": S.CANCELLED,
    "succeeded": S.CAPTURED,
}
_REFUND_STATES: Final[Mapping[str, RefundState]] = {
    "pending": RefundState.SENT,
    "requires_action": RefundState.SENT,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
_WORDS: Final[Mapping[str, str]] = {
    "INSUFFICIENT_FUNDS": "insufficient_funds",
    "EXPIRED_CARD": "expired_card",
    "INCORRECT_DETAILS": (
        "incorrect_number incorrect_cvc incorrect_pin incorrect_zip incorrect_address "
        "invalid_account invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number "
        "invalid_pin"
    ),
    "AUTHENTICATION_FAILED": (
        "authentication_required payment_intent_authentication_failure "
        "authentication_not_handled online_or_offline_pin_required offline_pin_required"
    ),
    "LIMIT_EXCEEDED": "card_velocity_exceeded withdrawal_count_limit_exceeded pin_try_exceeded",
    "TRY_AGAIN": (
        "try_again_later processing_error issuer_not_available reenter_transaction "
        "approve_with_id lock_timeout"
    ),
}
_CODES: Final = {word: code for code, words in _WORDS.items() for word in words.split()}


class Stripe:
    """The provider. `secrets` are those of the webhook's endpoint, the present one first."""

    name: ClassVar[Provider] = Provider.STRIPE

    def __init__(self, out: Outbound, key: str, secrets: Sequence[str], url: str = API) -> None:
        self._out, self._secrets, self._url = out, secrets, url.rstrip("/")
        self._authorisation = "Basic " + b64encode(f"{key}:".encode()).decode()

    async def authorise(self, charge: Charge) -> Told:
        """Make an intent and confirm it. Raises: Unavailable, Rejected."""
        form = [
            ("amount", str(_amount(charge.amount_minor, charge.currency))),
            ("currency", charge.currency.lower()),
            ("capture_method", "manual"),
            ("confirm", "true"),
            ("payment_method", charge.method),
            ("payment_method_types[]", "card"),
            ("return_url", charge.return_url),
            ("metadata[payment]", str(charge.id)),
        ]
        return await self._intent("POST", "/v1/payment_intents", charge, form, "authorise")

    async def capture(self, charge: Charge) -> Told:
        """Take what is held. Raises: Unavailable, Rejected."""
        path = f"/v1/payment_intents/{_ref(charge)}/capture"
        return await self._intent("POST", path, charge, [_EXPAND], "capture")

    async def cancel(self, charge: Charge) -> Told:
        """Let go of what is held. Raises: Unavailable, Rejected."""
        path = f"/v1/payment_intents/{_ref(charge)}/cancel"
        form = [("cancellation_reason", "abandoned")]
        return await self._intent("POST", path, charge, form, "cancel")

    async def find(self, charge: Charge) -> Told | None:
        """The intent by its id, or by ours, which Stripe finds after a minute at most.

        Raises: Unavailable, Rejected.
        """
        if charge.ref is not None:
            query = urlencode([_EXPAND])
            return await self._intent(
                "GET", f"/v1/payment_intents/{_ref(charge)}?{query}", charge, (), ""
            )
        query = urlencode({"query": f'metadata["payment"]:"{charge.id}"', "limit": "10"})
        status, body = await self._ask("GET", f"/v1/payment_intents/search?{query}", (), "")
        found = [self._told(each, charge) for each in _list(status, body)]
        return max(found, key=lambda told: told.state is S.CAPTURED) if found else None

    async def refund(self, given: Return) -> ToldRefund:
        """Send money back, unless it was: a refund that Stripe has is told as it stands.

        Raises: Unavailable, Rejected.
        """
        if given.ref is not None:
            path = f"/v1/refunds/{quote(given.ref, safe='')}"
            return _refund(*await self._ask("GET", path, (), ""))
        query = urlencode({"payment_intent": given.payment_ref, "limit": "100"})
        for each in _list(*await self._ask("GET", f"/v1/refunds?{query}", (), "")):
            if _dict(each.get("metadata")).get("refund") == str(given.id):
                return _refund(200, each)
        form = [
            ("payment_intent", given.payment_ref),
            ("amount", str(_amount(given.amount_minor, given.currency))),
            ("reason", "requested_by_customer"),
            ("metadata[refund]", str(given.id)),
        ]
        return _refund(*await self._ask("POST", "/v1/refunds", form, given.key))

    def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Happened:
        """Read a webhook of Stripe's. Raises: BadSignature, Rejected."""
        verify(headers.get(SIGNATURE), body, self._secrets, now)
        event = _json(body)
        about = _dict(_dict(event.get("data")).get("object"))
        event_id, kind = event.get("id"), event.get("type")
        if not (isinstance(event_id, str) and isinstance(kind, str)) or len(event_id) > 255:
            raise Rejected("not an event")
        of = about.get("id") if about.get("object") == "payment_intent" else None
        ref = of or about.get("payment_intent")
        return Happened(event_id, kind[:100], ref if isinstance(ref, str) else None)

    async def _intent(self, method: str, path: str, charge: Charge, form: Form, step: str) -> Told:
        status, body = await self._ask(method, path, form, charge.key(step) if step else "")
        error = _dict(body.get("error"))
        if status == 200:
            return self._told(body, charge)
        if isinstance(error.get("payment_intent"), dict):
            return self._told(error["payment_intent"], charge, error)
        if status == 402:
            return _declined(None, error)
        raise Rejected(_why(status, error))

    def _told(self, intent: Json, charge: Charge, error: Json | None = None) -> Told:
        """What an intent says, if it is the intent of this payment."""
        ref, state = intent.get("id"), _STATES.get(str(intent.get("status")))
        if state is None or not isinstance(ref, str):
            raise Unavailable("an intent that cannot be read")
        ours = _dict(intent.get("metadata")).get("payment") == str(charge.id)
        amount = _amount(charge.amount_minor, charge.currency)
        same = (intent.get("amount"), intent.get("currency")) == (amount, charge.currency.lower())
        if not (ours and same) or (charge.ref or ref) != ref:
            raise Rejected("an intent of another payment")
        if state is S.CAPTURED and intent.get("amount_received") != amount:
            raise Rejected("an intent that took another amount")
        if state is S.DECLINED:
            return _declined(ref, error or _dict(intent.get("last_payment_error")))
        if state is S.CANCELLED:
            return Told(state, ref, "TRY_AGAIN", retryable=True)
        return Told(state, ref, action_url=_page(intent), fee_minor=_fee(intent, charge))

    async def _ask(self, method: str, path: str, form: Form, key: str) -> tuple[int, Json]:
        """Status and body of one call. Raises: Unavailable where another try may succeed."""
        headers = {"Authorization": self._authorisation, "Stripe-Version": VERSION}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Idempotency-Key"] = key
        body = urlencode(form).encode() if method == "POST" else None
        answer = await call(self._out, Request(method, self._url + path, headers, body))
        if answer.status in {401, 403}:
            log.error("stripe.credential_refused", status=answer.status)
            raise Unavailable("our key is refused: nothing is known of the payment")
        if answer.status in {409, 425, 429} or answer.status >= 500:
            raise Unavailable(f"status {answer.status}")
        found = _body(answer)
        if _dict(found.get("error")).get("type") == "idempotency_error":
            raise Unavailable("the step was asked for before with other words")
        return answer.status, found


def _amount(minor: int, currency: str) -> int:
    return minor * 100 if currency in _IN_HUNDREDTHS else minor


def _ref(charge: Charge) -> str:
    if charge.ref is None:
        raise Rejected("the provider has not named the payment")
    return quote(charge.ref, safe="")


def _body(answer: Answer) -> Json:
    try:
        return _json(answer.body)
    except Rejected as error:
        raise Unavailable("a body that is no JSON object") from error


def _json(body: bytes) -> Json:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Rejected("not JSON") from error
    if not isinstance(found, dict):
        raise Rejected("not a JSON object")
    return found


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(status: int, body: Json) -> list[Json]:
    found = body.get("data")
    if status != 200:
        raise Rejected(_why(status, _dict(body.get("error"))))
    if not isinstance(found, list):
        raise Unavailable("a list that cannot be read")
    return [each for each in found if isinstance(each, dict)]


def _page(intent: Json) -> str | None:
    url = _dict(_dict(intent.get("next_action")).get("redirect_to_url")).get("url")
    return url if isinstance(url, str) and url.startswith("https://") else None


def _fee(intent: Json, charge: Charge) -> int | None:
    """What Stripe kept, where it was taken in the currency of the payment."""
    money = _dict(_dict(intent.get("latest_charge")).get("balance_transaction"))
    fee, same = money.get("fee"), money.get("currency") == charge.currency.lower()
    if not (same and isinstance(fee, int) and fee > 0):
        return None
    return fee // 100 if charge.currency in _IN_HUNDREDTHS else fee


def _declined(ref: str | None, error: Json) -> Told:
    words = [error.get("decline_code"), error.get("code")]
    found = (_CODES[word] for word in words if isinstance(word, str) and word in _CODES)
    code = next(found, "CARD_DECLINED")
    return Told(S.DECLINED, ref, code, retryable=DECLINE_CODES[code])


def _refund(status: int, body: Json) -> ToldRefund:
    if status != 200:
        raise Rejected(_why(status, _dict(body.get("error"))))
    ref, state = body.get("id"), _REFUND_STATES.get(str(body.get("status")))
    if state is None or not isinstance(ref, str):
        raise Unavailable("a refund that cannot be read")
    reason = body.get("failure_reason")
    return ToldRefund(state, ref, reason[:100] if isinstance(reason, str) else None)


def _why(status: int, error: Json) -> str:
    """What to log of a refusal: Stripe's words for programs, never those about the card."""
    return f"status {status} {str(error.get('type'))[:60]} {str(error.get('code'))[:60]}"
