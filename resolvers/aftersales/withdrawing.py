"""A customer withdraws from a purchase in two steps: the first changes nothing, the second does.

Source: docs/rules/withdrawal.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from domain.accounts.places import email
from domain.accounts.wording import Letter, language
from domain.aftersales import CaseType, OpenedBy
from domain.orders import Actor, LineState
from domain.orders.payments import RefundReason
from domain.orders.reasons import CancelReason
from domain.orders.withdrawal import TOKEN_HOURS
from domain.orders.withdrawal_letters import NOT_SENT, RECEIPT, RETURNED
from models import clock
from models.aftersales import open_case
from models.base import new_id
from models.orders import By, fulfilment, read, withdrawals
from models.orders.read import LineRow
from models.orders.withdrawals import About, Confirmed, New
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, customer_once
from resolvers.orders.refusals import LINE_UNKNOWN, Refusal, own, refusal_of, wrong_state

MOST_LINES: Final = 100
LONGEST_NAME: Final = 120
SEALED_AS: Final = "withdrawal"
_NOT_SENT: Final = (LineState.PAID, LineState.ACCEPTED)
_OPEN: Final = (*_NOT_SENT, LineState.SHIPPED, LineState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the first step collects. `policy`: by our own policy, after the time of the law."""

    lines: Sequence[UUID]
    name: str
    address: str
    policy: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What confirms a withdrawal, and until when."""

    token: str
    expires_at: datetime
    legal: bool


async def request(ctx: Context, asked: Asked, key: str) -> Token | Refusal:
    """The first step: a token that confirms the withdrawal within 24 hours. Changes nothing.

    Refuses: a line that is not the caller's, or was not received and cannot be any more; one that
    is being withdrawn; the end of the time of the law, with that of our policy where it goes on.
    Raises: SignInFirst; BadInput for lines of several orders, a bad name or address.
    """
    good = _read(asked)

    async def act(customer_id: UUID) -> Outcome:
        found = await read.lines(good.lines)
        lines = [found.get(line_id) for line_id in good.lines]
        owned = [line for line in lines if line is not None and own(line, customer=customer_id)]
        if len(owned) < len(lines):
            return Refusal(LINE_UNKNOWN).outcome()
        if len({line.order_id for line in owned}) > 1:
            raise BadInput("`orderLines` are of several orders: ask once for each.",
                           argument="orderLines")  # fmt: skip
        now = await clock.now_of(owned[0].merchant_id)
        if refusal := await _refused(owned, now, policy=good.policy):
            return refusal.outcome()
        legal = _legal(owned, now)
        said = {
            "customer": str(customer_id), "order": str(owned[0].order_id), "name": good.name,
            "lines": [str(line.id) for line in owned], "address": good.address,
            "legal": legal, "at": now.isoformat(), "n": str(new_id()),
        }  # fmt: skip
        until = now + timedelta(hours=TOKEN_HOURS)
        token = ctx.seal.close(orjson.dumps(said), SEALED_AS)
        return {"token": token, "until": until.isoformat(), "legal": legal}

    given = {
        "lines": good.lines, "name": good.name, "address": good.address, "policy": good.policy,
    }  # fmt: skip
    outcome = await customer_once(ctx, "requestWithdrawal", key, given, act)
    if refusal := refusal_of(outcome):
        return refusal
    return Token(outcome["token"], datetime.fromisoformat(outcome["until"]), outcome["legal"])


async def confirm(ctx: Context, token: str, key: str) -> Confirmed | Refusal:
    """The second step: the withdrawal stands, its receipt is kept and mailed, once for a token.

    What had not been sent is cancelled and refunded; of what had, a case tells how to return it.
    Refuses: a token that is none, another's, or older than 24 hours; what the first step refuses.
    Raises: SignInFirst, BadInput.
    """
    opened = ctx.seal.open(token, SEALED_AS)
    digest = hashlib.sha256(token.encode()).digest()

    async def act(customer_id: UUID) -> Outcome:
        said: dict[str, Any] = orjson.loads(opened) if opened else {}
        if said.get("customer") != str(customer_id):
            return Refusal("WITHDRAWAL_TOKEN_INVALID", {"expired": False}).outcome()
        await withdrawals.hold(digest)
        if await withdrawals.confirmed(digest, customer_id) is None:
            return await _confirm(ctx, customer_id, said, digest)
        return {}

    outcome = await customer_once(ctx, "confirmWithdrawal", key, {"token": digest.hex()}, act)
    if refusal := refusal_of(outcome):
        return refusal
    async with ctx.private():
        found = await withdrawals.confirmed(digest, ctx.customer_id())
    if found is None:
        raise LookupError("a confirmed withdrawal is gone")
    return found


async def lines_of(ctx: Context, withdrawal_id: UUID) -> list[LineRow]:
    """The lines of a withdrawal of the caller, as they are now."""
    async with ctx.private():
        found = await read.lines(await withdrawals.lines_of(withdrawal_id))
    return list(found.values())


async def _confirm(ctx: Context, customer_id: UUID, said: dict[str, Any], digest: bytes) -> Outcome:
    lines = list((await read.hold([UUID(each) for each in said["lines"]])).values())
    about = await withdrawals.about(UUID(said["order"]))
    if not lines or about is None:
        return Refusal(LINE_UNKNOWN).outcome()
    now, asked_at = await clock.now_of(about.merchant_id), datetime.fromisoformat(said["at"])
    if now > asked_at + timedelta(hours=TOKEN_HOURS):
        return Refusal("WITHDRAWAL_TOKEN_INVALID", {"expired": True}).outcome()
    if refusal := await _refused(lines, asked_at, policy=not said["legal"]):
        return refusal.outcome()
    made = new_id()
    letter = _letter(about, said["name"], lines, now, made)
    await withdrawals.add(
        New(
            made, digest, customer_id, lines[0].order_id, about.merchant_id, said["name"],
            said["address"], language(about.language), said["legal"], asked_at, now,
            letter.text, letter.subject,
        ),
        [line.id for line in lines],
    )  # fmt: skip
    by = By(Actor.CUSTOMER, now, customer_id, CancelReason.CUSTOMER_WITHDREW.value)
    unsent = [line.id for line in lines if line.state in _NOT_SENT]
    await fulfilment.end(unsent, LineState.CANCELLED, by, RefundReason.WITHDRAWAL)
    sent = [line.id for line in lines if line.state not in _NOT_SENT]
    await open_case(sent, CaseType.WITHDRAWAL, OpenedBy.CUSTOMER)
    after = {"lines": [str(line.id) for line in lines], "legal": said["legal"]}
    await audited(ctx, "confirmWithdrawal", "Order", lines[0].order_id, after=after)
    return {"withdrawal": str(made)}


async def _refused(lines: Sequence[LineRow], at: datetime, *, policy: bool) -> Refusal | None:
    for line in lines:
        if line.state not in _OPEN:
            return wrong_state(line, LineState.RETURNED)
    if case_id := await withdrawals.already(lines):
        return Refusal("CASE_ALREADY_OPEN", {"caseId": str(case_id)})
    if _legal(lines, at):
        return None
    left = [line.return_until for line in lines if line.return_until and line.return_until > at]
    until = min(left) if len(left) == len(lines) else None
    if policy and until is not None:
        return None
    return Refusal("WITHDRAWAL_EXPIRED", {"policyUntil": until.isoformat() if until else None})


def _legal(lines: Sequence[LineRow], at: datetime) -> bool:
    """Whether the law lets a consumer withdraw from all of these: always before delivery."""
    return all(
        line.delivered_at is None or (line.withdraw_until is not None and at < line.withdraw_until)
        for line in lines
    )


def _letter(
    about: About, name: str, lines: Sequence[LineRow], at: datetime, receipt: UUID
) -> Letter:
    spoken = language(about.language)
    here = at.astimezone(ZoneInfo(about.zone))
    sent = any(line.state not in _NOT_SENT for line in lines)
    unsent = any(line.state in _NOT_SENT for line in lines)
    texts = [*([RETURNED[spoken]] if sent else []), *([NOT_SENT[spoken]] if unsent else [])]
    return RECEIPT[spoken].of(
        number=about.number,
        name=name,
        day=here.date().isoformat(),
        time=here.strftime("%H:%M:%S"),
        zone=about.zone,
        devices="\n".join(f"  - {line.title}" for line in lines),
        merchant=about.merchant,
        next="\n".join(texts),
        receipt=str(receipt),
    )


def _read(asked: Asked) -> Asked:
    lines = sorted(set(asked.lines))
    if not 0 < len(lines) == len(asked.lines) <= MOST_LINES:
        message = f"`orderLines` are 1 to {MOST_LINES}, each once."
        raise BadInput(message, argument="orderLines")
    name = stored_text(asked.name.strip(), "name")
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(f"`name` is 1 to {LONGEST_NAME} characters.", argument="name")
    address = email(asked.address)
    if address is None:
        message = "`addressForReceipt` is no e-mail address."
        raise BadInput(message, argument="addressForReceipt")
    return Asked(lines, name, address, asked.policy)
