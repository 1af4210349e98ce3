"""Devices that customers keep an eye on: what each is worth today, and how that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.offers.read import Position
from models.trade_in import bids, quotes
from models.trade_in.bids import Competition
from models.trade_in.quotes import SavedDevice
from models.trade_in.reference import reference
from resolvers import paging
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, customer_once
from resolvers.markets import market
from resolvers.trade_in.declaring import declare
from resolvers.trade_in.estimating import Value, value
from resolvers.trade_in.refusals import Refusal, refusal_of

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Saved:
    """A device of the caller's with its value now; None where the market is gone."""

    device: SavedDevice
    value: Value | None


async def save(
    ctx: Context,
    code: str,
    variant_id: UUID,
    answers: Sequence[tuple[str, str]],
    name: str | None,
    key: str,
) -> Saved | Refusal:
    """Keep a device with what its owner says of it.

    Refuses: as `declare`; more devices than a customer keeps.
    Raises: SignInFirst, BadInput.
    """
    ctx.customer_id()
    if len(stored_text(name or "", "name")) > LONGEST_NAME:
        raise BadInput(f"`name` has at most {LONGEST_NAME} characters.", argument="name")
    found = await declare(ctx, code, variant_id, answers)
    if isinstance(found, Refusal):
        return found

    new = quotes.NewDevice(
        found.market.code,
        found.device.category,
        found.device.variant_id,
        found.grade,
        found.asked.questionnaire.id,
        found.answers,
        name or None,
    )

    async def act(customer_id: UUID) -> Outcome:
        made = await quotes.save_device(customer_id, new)
        if made is None:
            return Refusal("SAVED_DEVICES_FULL", {"limit": quotes.MOST_SAVED}).outcome()
        await audited(ctx, "saveDevice", "SavedDevice", made, market=found.market.code)
        return {"device": str(made)}

    given = {"market": found.market.code, "variant": variant_id, "answers": sorted(answers)}
    outcome = await customer_once(ctx, "saveDevice", key, given | {"name": name}, act)
    if (refused := refusal_of(outcome)) is not None:
        return refused
    async with ctx.private():
        rows = await quotes.saved_devices(None, 1, UUID(outcome["device"]))
    if not rows:
        return Refusal("SAVED_DEVICE_UNKNOWN")
    return (await _worth(ctx, rows))[0]


async def remove(ctx: Context, device_id: UUID, key: str) -> bool:
    """Forget a device of the caller's; False where there is none. Raises: SignInFirst, BadInput."""

    async def act(_customer_id: UUID) -> Outcome:
        gone = await quotes.forget_device(device_id)
        if gone:
            await audited(ctx, "removeSavedDevice", "SavedDevice", device_id)
        return {"gone": gone}

    given = {"device": device_id}
    return bool((await customer_once(ctx, "removeSavedDevice", key, given, act))["gone"])


async def saved(ctx: Context, first: int, after: str | None) -> paging.Page[Saved]:
    """The caller's devices, the newest first, each with its value now. Raises: SignInFirst."""
    customer_id = ctx.customer_id()
    depends(NOT_KEPT)
    size, of = paging.size(first), paging.fingerprint("savedDevices", customer_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await quotes.saved_devices(at.id if at else None, size + 1)
    found = await _worth(ctx, rows)
    return paging.page(
        [(each, Position(0, 0, each.device.id)) for each in found], size, of, ctx.seal
    )


async def _worth(ctx: Context, rows: Sequence[SavedDevice]) -> list[Saved]:
    """The values of devices: one statement for all their bids."""
    if not rows:
        return []
    asked = [Competition(row.variant_id, row.grade, row.market) for row in rows]
    live = await bids.live(asked, ctx.now)
    known = await reference()
    places = {code: await market(code) for code in sorted({row.market for row in rows})}
    found = []
    for row, standing in zip(rows, live, strict=True):
        place = places[row.market]
        now = None
        if place is not None:
            of = (place.code, place.currency, row.category)
            now = value(ctx, known, of, row.brand_code, row.grade, standing)
        found.append(Saved(row, now))
    return found
