"""A customer sends a device in, answers its merchant, or takes it back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.orders.addresses import Address, BadAddress, tidy
from domain.shipments import ShipmentPurpose
from domain.shipments.contracts import LabelState
from domain.trade_in import Payout, Suspension, TradeInState
from domain.trade_in.accounts import AccountFault, BankAccount
from domain.trade_in.orders import TradeInActor
from models.base import as_system, fetch, fetchval, transaction
from models.shipments import labels
from models.shipments.labels import LabelRefused
from models.trade_in import evidence, giving, life, orders, parcels, payouts
from models.trade_in.clock import go_back
from models.trade_in.orders import SQL, By, TradeInRow
from models.units.attachments import Owner
from resolvers.context import Context
from resolvers.effects import Outcome, audited, customer_once
from resolvers.shipments.labels import desk
from resolvers.trade_in.accepting import set_account
from resolvers.trade_in.refusals import Refusal, refusal_of
from resolvers.trade_in.steps import held, wrong_state

_S = TradeInState
Act = Callable[[TradeInRow, By], Awaitable[Refusal | None]]
_COUNTRIES = "SELECT countries FROM market WHERE code = $1"


async def confirm_checklist(
    ctx: Context, trade_in_id: UUID, ticked: Sequence[str], address: Address, key: str
) -> TradeInRow | Refusal:
    """The device is ready: a label is ordered, at the merchant's cost, to be printed.

    A carrier that is away is asked again by a job, and the trade-in stays `CREATED` until then.
    Refuses: another state; a step that is not ticked; an address outside of the market; a lane
    that no contract has a rate for.
    """
    found = tidy(address)

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        known = [step["code"] for step in await fetch(SQL["steps"], row.category)]
        if lacking := [code for code in known if code not in ticked]:
            return Refusal("CHECKLIST_INCOMPLETE", {"missing": lacking})
        if isinstance(found, BadAddress):
            return Refusal("ADDRESS_INVALID", {"field": found.field})
        if found.country not in await fetchval(_COUNTRIES, row.market):
            return Refusal("ADDRESS_INVALID", {"field": "country"})
        said = {"at": by.at.isoformat(), "ticked": known}
        where = {"address": found.stored(), "country": found.country}
        where["postal_code"] = found.postal_code
        await orders.change(row, by.at, {"checklist": said, **where})
        return await _label(await orders.again(row.id), by)

    given = {"ticked": sorted(ticked), "address": str(address)}
    name = "confirmTradeInChecklist"
    made = await _customer(ctx, name, trade_in_id, _S.LABEL_SENT, given, key, act)
    return made if isinstance(made, Refusal) else await _issued(ctx, made)


async def _label(row: TradeInRow, by: By) -> Refusal | None:
    async with as_system():
        wanted = await labels.of_trade_ins([row.id])
        if any(each.state is LabelState.ORDERED for each in wanted):
            return None  # one is on its way: a second would be paid, too
        made = await parcels.order_label(row, ShipmentPurpose.TRADE_IN, by.at)
    if made is None:
        lane = {"origin": row.country, "destination": row.merchant_country}
        return Refusal("LABEL_NOT_AVAILABLE", lane)
    return None


async def _issued(ctx: Context, row: TradeInRow) -> TradeInRow:
    """The trade-in after the desk was asked for its label, outside of a transaction."""
    asked = desk()
    async with transaction(), as_system():
        found = await labels.of_trade_ins([row.id])
    label = next((each for each in found if each.state is LabelState.ORDERED), None)
    if asked is not None and label is not None:
        try:
            made = await asked.issue(label)
        except LabelRefused as error:
            async with transaction():
                await labels.failed(label.id, str(error))
            return await orders.again(row.id)
        if made is not None:
            async with transaction():
                await labels.issued(label, made, ctx.fresh().now)
                async with as_system():
                    for parcel in await parcels.of_trade_ins([row.id]):
                        await parcels.follow(parcel.id)
    async with transaction():
        return await orders.again(row.id)


async def answer(
    ctx: Context, trade_in_id: UUID, key: str, *, accept: bool
) -> TradeInRow | Refusal:
    """Say yes or no to a counter-offer; a no brings the device back, free of charge.

    Refuses: another state; an answer after its time, for silence was a no.
    """

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if row.deadline_at is not None and row.deadline_at <= by.at:
            until = row.deadline_at.isoformat()
            return Refusal("ANSWER_TOO_LATE", {"answerBy": until})
        if accept and row.counter_minor is not None:
            await life.validate(row, row.counter_minor, _because(by, "COUNTER_ACCEPTED"))
        else:
            await go_back(row, _because(by, "COUNTER_DECLINED"))
        return None

    to = _S.VALIDATED if accept else _S.RETURNING
    name, given = "answerCounterOffer", {"accept": accept}
    states = (_S.COUNTER_OFFERED,)
    return await _customer(ctx, name, trade_in_id, to, given, key, act, states=states)


async def resolve(
    ctx: Context, trade_in_id: UUID, done: Suspension, documents: Sequence[UUID], key: str
) -> TradeInRow | Refusal:
    """Say that an action is done; with the last of them the inspection goes on.

    Refuses: another state; an action that is not asked for; papers that lack, or are not yours.
    """

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if done not in row.suspensions:
            allowed = [each.value for each in row.suspensions]
            return Refusal("ACTION_UNKNOWN", {"allowed": allowed})
        if done is Suspension.KYC_REQUIRED and not documents:
            return Refusal("PROOF_REQUIRED")
        owner = Owner(customer_id=row.customer_id)
        if unknown := await evidence.unknown(documents, owner):
            return Refusal("ATTACHMENT_UNKNOWN", {"attachments": [str(one) for one in unknown]})
        await evidence.keep(documents, by.at)
        resolved = {*row.resolved, done}
        named = [each.value for each in row.suspensions if each in resolved]
        if resolved >= set(row.suspensions):
            to = (_S.INSPECTING, _because(by, "ACTIONS_DONE"))
            await life.step(row, *to, resolved=named, decide_by=None)
        else:
            await orders.change(row, by.at, {"resolved": named}, "ACTION_DONE")
        return None

    given = {"done": done.value, "documents": sorted(map(str, documents))}
    name, states = "resolveTradeInAction", (_S.SUSPENDED,)
    return await _customer(ctx, name, trade_in_id, _S.INSPECTING, given, key, act, states=states)


async def cancel(ctx: Context, trade_in_id: UUID, key: str) -> TradeInRow | Refusal:
    """Keep the device, as long as no carrier has it. Refuses: another state."""

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        await life.end(row, _S.CANCELLED, by)
        return None

    return await _customer(ctx, "cancelTradeIn", trade_in_id, _S.CANCELLED, {}, key, act)


async def give(ctx: Context, trade_in_id: UUID, key: str) -> TradeInRow | Refusal:
    """Give a device that is to come back to a partner instead, with a receipt.

    Refuses: another state; a device that a carrier has; a market without a partner.
    """

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if await parcels.scanned_back(row.id) and not await parcels.came_back(row.id):
            return Refusal("DEVICE_ON_ITS_WAY")
        if await giving.partner(row.market, row.days.day_of(by.at)) is None:
            return Refusal("PAYOUT_NOT_AVAILABLE", {"reason": "NO_PARTNER"})
        await life.give(row, _because(by, "GIVEN"))
        return None

    states = (_S.RETURNING,)
    name = "giveReturningDevice"
    return await _customer(ctx, name, trade_in_id, _S.DONATED, {}, key, act, states=states)


async def change_account(
    ctx: Context, trade_in_id: UUID, account: BankAccount | AccountFault, key: str
) -> TradeInRow | Refusal:
    """Name another account: at once where a bank refused the last one.

    Refuses: a trade-in that is not paid to a bank, or was; an account that no bank would take.
    """

    async def act(row: TradeInRow, by: By) -> Refusal | None:
        if isinstance(account, AccountFault):
            return Refusal("PAYOUT_ACCOUNT_INVALID", {"reason": account.value})
        last = (await payouts.of_trade_ins([row.id])).get(row.id)
        under_way = last is not None and last.state != payouts.FAILED
        over = (row.ended_at is not None and last is None) or row.state is _S.CREDITED
        if row.payout is not Payout.BANK or under_way or over:
            return Refusal("PAYOUT_NOT_AVAILABLE", {"reason": "NOTHING_TO_PAY"})
        await set_account(row.id, account)
        again = {"deadline_at": by.at} if last is not None else {}
        await orders.change(row, by.at, again)
        return None

    given = {"account": account.iban if isinstance(account, BankAccount) else account.value}
    name = "setTradeInPayoutAccount"
    return await _customer(ctx, name, trade_in_id, None, given, key, act)


def _because(by: By, reason: str) -> By:
    return By(by.actor, by.at, by.actor_id, reason)


async def _customer(
    ctx: Context,
    name: str,
    trade_in_id: UUID,
    to: TradeInState | None,
    given: Mapping[str, Any],
    key: str,
    act: Act,
    *,
    states: Sequence[TradeInState] | None = None,
) -> TradeInRow | Refusal:
    """Act on a trade-in of the customer, once for the key. `states`: only from these."""

    async def once(customer_id: UUID) -> Outcome:
        row = await held(trade_in_id, to, merchant=None, customer=customer_id)
        if isinstance(row, Refusal):
            return row.outcome()
        if states is not None and to is not None and row.state not in states:
            return wrong_state(row, to).outcome()
        now = await orders.now_of(row.merchant_id)
        if refused := await act(row, By(TradeInActor.CUSTOMER, now, customer_id)):
            return refused.outcome()
        before = {"state": row.state.value}
        await audited(ctx, name, orders.TYPE, trade_in_id, before=before, market=row.market)
        return {}

    outcome = await customer_once(ctx, name, key, {"id": trade_in_id, **given}, once)
    return refusal_of(outcome) or await orders.again(trade_in_id)
