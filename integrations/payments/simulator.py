"""A provider of our own for demo and tests: the token of a payment says what becomes of it.

It keeps its side of each payment in a book of its own, as a real provider does, so a restart
forgets nothing; and it tells of every change by a signed webhook, late or twice where asked to.
Source: docs/payments.md, "The simulator".
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

import orjson

from domain.orders.payments import (
    DECLINE_CODES,
    PaymentState,
    Provider,
    RefundState,
    Told,
    ToldRefund,
)
from integrations.http import Rejected, Unavailable
from integrations.payments.base import Charge, Happened, Return
from integrations.payments.signatures import sign, verify

SIGNATURE: Final = "boucle-payment-signature"
Facts = dict[str, Any]
S = PaymentState

DECLINES: Final[Mapping[str, str]] = {
    "tok_declined": "CARD_DECLINED",
    "tok_declined_retryable": "INSUFFICIENT_FUNDS",
}
WORKS_FOR: Final[Mapping[str, timedelta]] = {
    "tok_slow": timedelta(seconds=20),
    "tok_webhook_late": timedelta(seconds=1),
    "tok_webhook_twice": timedelta(seconds=1),
}
"""Tokens whose authorisation takes the provider a while: its first answer says nothing yet."""
LATE: Final = timedelta(seconds=90)
TOKENS: Final = frozenset(
    {
        "tok_ok",
        "tok_3ds",
        "tok_timeout",
        "tok_timeout_capture",
        "tok_refund_slow",
        "tok_refund_fails",
        *DECLINES,
        *WORKS_FOR,
    }
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A webhook to be sent: what happened to a payment, when to tell, how many times."""

    ref: str
    kind: str
    event_id: str
    at: datetime
    times: int = 1


Change = Callable[[Facts | None], tuple[Facts, Sequence[Telling]]]


class Book(Protocol):
    """Where the simulator keeps its payments."""

    async def change(self, ref: str, change: Change) -> Facts:
        """Change what is known of a payment, nobody else meanwhile; what is known then."""
        ...

    async def read(self, ref: str) -> Facts | None:
        """What is known of a payment."""
        ...


class MemoryBook:
    """Payments of one process, and the webhooks that are to be sent of them."""

    def __init__(self) -> None:
        self.facts: dict[str, Facts] = {}
        self.tellings: list[Telling] = []

    async def change(self, ref: str, change: Change) -> Facts:
        """Change what is known of a payment."""
        self.facts[ref], tellings = change(self.facts.get(ref))
        self.tellings += tellings
        return self.facts[ref]

    async def read(self, ref: str) -> Facts | None:
        """What is known of a payment."""
        return self.facts.get(ref)


def ref_of(charge: Charge) -> str:
    """The simulator's name of a payment: the same for every try."""
    return f"sim_{charge.id.hex}"


class Simulator:
    """The provider. `page` is where its page for customers stands, `keys` sign its webhooks."""

    name: ClassVar[Provider] = Provider.SIMULATOR

    def __init__(
        self,
        book: Book,
        page: str,
        keys: Sequence[str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._book, self._page, self._keys, self._clock = book, page, keys, clock

    async def authorise(self, charge: Charge) -> Told:
        """Hold the money as the token says. Raises: Unavailable where the answer is lost."""
        now, fresh = self._clock(), False

        def change(facts: Facts | None) -> tuple[Facts, Sequence[Telling]]:
            nonlocal fresh
            fresh = facts is None
            if facts is None:
                facts = _begun(charge, now)
                return facts, self._tellings(ref_of(charge), facts, now)
            return facts, ()

        facts = await self._book.change(ref_of(charge), change)
        if fresh and facts["method"] == "tok_timeout":
            raise Unavailable("the answer was lost")
        return self._told(ref_of(charge), facts, now)

    async def capture(self, charge: Charge) -> Told:
        """Take the money. Raises: Rejected where none is held; Unavailable, if lost."""
        facts, fresh = await self._move(charge, S.AUTHORISED, S.CAPTURED)
        if fresh and facts["method"] == "tok_timeout_capture":
            raise Unavailable("the answer was lost")
        return self._told(ref_of(charge), facts, self._clock())

    async def cancel(self, charge: Charge) -> Told:
        """Let go of the money. Raises: Rejected where it was taken."""
        facts, _ = await self._move(charge, S.AUTHORISED, S.CANCELLED)
        return self._told(ref_of(charge), facts, self._clock())

    async def find(self, charge: Charge) -> Told | None:
        """How the payment stands; None where it never came here."""
        facts = await self._book.read(ref_of(charge))
        return None if facts is None else self._told(ref_of(charge), facts, self._clock())

    async def answer(self, ref: str, proof: str, *, approved: bool) -> str | None:
        """What the customer chose on the page of the bank; where to go back to.

        None for a page that was not made here. What was chosen first stays.
        """
        facts = await self.waiting(ref, proof)
        if facts is None:
            return None
        now = self._clock()

        def change(known: Facts | None) -> tuple[Facts, Sequence[Telling]]:
            facts = dict(known or {})
            if facts["state"] != S.ACTION_REQUIRED:
                return facts, ()
            facts["state"] = S.AUTHORISED.value if approved else S.DECLINED.value
            facts["code"] = None if approved else "AUTHENTICATION_FAILED"
            return facts, self._tellings(ref, facts, now)

        return str((await self._book.change(ref, change))["return_url"])

    async def waiting(self, ref: str, proof: str) -> Facts | None:
        """The payment of a page, where the proof in the page's address is its own."""
        facts = await self._book.read(ref)
        right = facts is not None and secrets.compare_digest(
            str(facts["proof"]).encode(), proof.encode(errors="replace")
        )
        return facts if right else None

    async def refund(self, given: Return) -> ToldRefund:
        """Send money back. Raises: Rejected for more than was taken."""
        key, now = given.key, self._clock()

        def change(known: Facts | None) -> tuple[Facts, Sequence[Telling]]:
            if known is None or known["state"] != S.CAPTURED:
                raise Rejected("nothing was taken")
            facts = {**known, "refunds": dict(known["refunds"])}
            if key in facts["refunds"]:
                return facts, ()
            if sum(facts["refunds"].values()) + given.amount_minor > facts["amount"]:
                raise Rejected("more than was taken")
            facts["refunds"][key] = given.amount_minor
            return facts, self._tellings(given.payment_ref, facts, now, "refund")

        asked_before = await self._book.read(given.payment_ref)
        known = asked_before is not None and key in asked_before["refunds"]
        facts = await self._book.change(given.payment_ref, change)
        return _refunded(facts, key, known=known)

    def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Happened:
        """Read a webhook of this simulator's. Raises: BadSignature, Rejected."""
        verify(headers.get(SIGNATURE), body, self._keys, now)
        try:
            told = orjson.loads(body)
            return Happened(str(told["id"])[:255], str(told["kind"])[:100], str(told["payment"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Rejected("not an event") from error

    def webhook(self, telling: Telling, now: datetime) -> tuple[dict[str, str], bytes]:
        """The headers and the body of a webhook as it is sent."""
        told = {"id": telling.event_id, "kind": telling.kind, "payment": telling.ref}
        body = orjson.dumps(told)
        return {
            SIGNATURE: sign(self._keys[0], body, now),
            "content-type": "application/json",
        }, body

    async def _move(self, charge: Charge, of: S, to: S) -> tuple[Facts, bool]:
        now, fresh = self._clock(), False

        def change(facts: Facts | None) -> tuple[Facts, Sequence[Telling]]:
            nonlocal fresh
            stands = None if facts is None else _state(facts, now)
            fresh = stands is of or (to is S.CANCELLED and stands is S.ACTION_REQUIRED)
            if facts is None or not (fresh or stands is to):
                raise Rejected(f"the payment is {stands}")
            if not fresh:
                return facts, ()
            moved = {**facts, "state": to.value}
            return moved, self._tellings(ref_of(charge), moved, now)

        return await self._book.change(ref_of(charge), change), fresh

    def _told(self, ref: str, facts: Facts, now: datetime) -> Told:
        state = _state(facts, now)
        url = f"{self._page}/{ref}?{urlencode({'proof': facts['proof']})}"
        code = facts.get("code")
        return Told(
            state,
            ref,
            code,
            retryable=bool(code) and DECLINE_CODES.get(str(code), False),
            action_url=url if state is S.ACTION_REQUIRED else None,
        )

    def _tellings(
        self, ref: str, facts: Facts, now: datetime, kind: str = "payment"
    ) -> list[Telling]:
        state = facts["state"].lower() if kind == "payment" else str(len(facts["refunds"]))
        what = f"{kind}.{state}"
        method, at = facts["method"], now + WORKS_FOR.get(facts["method"], timedelta())
        if method == "tok_webhook_late":
            at = now + LATE
        event_id = f"evt_{uuid5(NAMESPACE_URL, f'{ref}:{what}').hex}"
        return [Telling(ref, what, event_id, at, 2 if method == "tok_webhook_twice" else 1)]


def _begun(charge: Charge, now: datetime) -> Facts:
    method = charge.method
    code = DECLINES.get(method) if method in TOKENS else "METHOD_UNKNOWN"
    state = S.DECLINED if code else S.ACTION_REQUIRED if method == "tok_3ds" else S.AUTHORISED
    ready = now + WORKS_FOR.get(method, timedelta())
    return {
        "method": method,
        "state": state.value,
        "code": code,
        "amount": charge.amount_minor,
        "currency": charge.currency,
        "return_url": charge.return_url,
        "proof": secrets.token_urlsafe(24),
        "ready_at": ready.isoformat(),
        "refunds": {},
    }


def _state(facts: Facts, now: datetime) -> S:
    state = S(facts["state"])
    if state is S.AUTHORISED and now < datetime.fromisoformat(facts["ready_at"]):
        return S.CREATED
    return state


def _refunded(facts: Facts, key: str, *, known: bool) -> ToldRefund:
    ref = f"simre_{uuid5(NAMESPACE_URL, key).hex}"
    match facts["method"]:
        case "tok_refund_fails":
            return ToldRefund(RefundState.FAILED, ref, "ACCOUNT_CLOSED")
        case "tok_refund_slow" if not known:
            return ToldRefund(RefundState.SENT, ref)
        case _:
            return ToldRefund(RefundState.SUCCEEDED, ref)
