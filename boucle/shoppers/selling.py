"""How an invented merchant works: what is due first is accepted, given its device, and shipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from boucle.shoppers import operations
from boucle.shoppers.client import Api, Control, key
from boucle.shoppers.devices import MARGIN, bought, device
from boucle.shoppers.parcels import DemoParcel, parcel, registered
from integrations.sandbox.chance import draws

log = structlog.get_logger()

AT_ONCE: Final = 10
TRIES: Final = 3
REFUSES, FORGETS, DAWDLES = 3, 2, 5
"""Of a hundred lines: how many are refused, never answered, or answered only after a while."""
DAWDLES_FOR: Final = timedelta(minutes=10)
THINKS_SECONDS: Final = (3, 15)
REASONS: Final = ("OUT_OF_STOCK", "DEVICE_FAILED_TESTS", "PRICE_MISTAKE")
Line = Mapping[str, Any]


@dataclass(slots=True)
class Selling:
    """The merchants of the demo. Shapes: `keys` are their API keys by slug."""

    api: Api
    control: Control
    keys: Mapping[str, str]

    async def work(self, slug: str) -> int:
        """Do what is due of a merchant's queue; return how many orders wait. Raises: NotNow."""
        token = self.keys[slug]
        found = await self.api.ask(operations.QUEUE, token, first=AT_ONCE)
        orders = [edge["node"] for edge in found.get("edges", ())]
        now = datetime.now(UTC)
        for order in orders:
            await self._answer(token, order, now)
            await self._cancel(token, order)
            await self._ship(token, order, now)
        return len(orders)

    async def _answer(self, token: str, order: Mapping[str, Any], now: datetime) -> None:
        """Accept the lines that are paid, or refuse them, once the time for it has come."""
        paid_at = datetime.fromisoformat(order["paidAt"]) if order["paidAt"] else now
        accepted = []
        for line in order["lines"]:
            if line["state"] != "PAID":
                continue
            drawn = draws("answer", line["id"])
            chance = drawn.below(0, 100)
            waits = timedelta(seconds=drawn.between(1, *THINKS_SECONDS))
            if REFUSES <= chance < REFUSES + FORGETS:
                continue
            if chance >= 100 - DAWDLES:
                waits += DAWDLES_FOR
            if now < paid_at + waits:
                continue
            if chance >= REFUSES:
                accepted.append(line)
                continue
            reason = REASONS[drawn.below(2, len(REASONS))]
            given = {"line": line["id"], "reason": reason, "key": key("refuse", line["id"])}
            said = await self.api.ask(operations.REFUSE, token, **given)
            log.info("shoppers.refused", number=order["number"], problem=said.get("code"))
        if accepted:
            await self._accept(token, order, accepted)

    async def _accept(
        self, token: str, order: Mapping[str, Any], lines: Sequence[dict[str, Any]]
    ) -> None:
        ids = [line["id"] for line in lines]
        said = await self.api.ask(operations.ACCEPT, token, lines=ids, key=key("accept", *ids))
        for line, each in zip(lines, said["results"], strict=True):
            if "line" in each:
                line["state"] = each["line"]["state"]
            else:
                log.info("shoppers.not_accepted", number=order["number"], problem=each["code"])

    async def _cancel(self, token: str, order: Mapping[str, Any]) -> None:
        """Agree with customers who want to cancel what was accepted."""
        for line in order["lines"]:
            if line["state"] == "ACCEPTED" and line["cancelRequestedAt"]:
                given = {"line": line["id"], "agree": True, "key": key("agree", line["id"])}
                said = await self.api.ask(operations.ANSWER_CANCEL, token, **given)
                line["state"] = said.get("line", line)["state"]

    async def _ship(self, token: str, order: Mapping[str, Any], now: datetime) -> None:
        """Give each accepted line its device, and all that have one to a carrier."""
        ready = []
        for line in order["lines"]:
            if line["state"] != "ACCEPTED" or line["cancelRequestedAt"]:
                continue
            if line["unit"] or await self._attach(token, line, now):
                ready.append(line)
        address = order["address"]
        if not ready or not address:
            return
        for salt in range(TRIES):
            made = parcel(ready[0], address["country"], now, salt)
            if await self._given(token, order, ready, made):
                return

    async def _attach(self, token: str, line: Line, now: datetime) -> bool:
        """Whether the line has its device now."""
        for salt in range(TRIES):
            given = device(line["id"], line["category"], now, salt)
            if line["vatScheme"] == MARGIN:
                origin = line["dispatchCountry"]
                given["acquisition"] = bought(line["id"], line["item"], origin, now)
            given["idempotencyKey"] = key("attach", line["id"], salt, now)
            said = await self.api.ask(operations.ATTACH, token, input=given)
            if "line" in said or said.get("code") == "UNIT_ALREADY_ATTACHED":
                return True
            log.info("shoppers.not_attached", line=line["id"], problem=said.get("code"))
        return False

    async def _given(
        self, token: str, order: Mapping[str, Any], lines: Sequence[Line], sent: DemoParcel
    ) -> bool:
        """Whether there is an answer; False where the number was another's.

        What was shipped is then the simulator's to carry.
        """
        given = {
            "order": order["id"],
            "lines": [line["id"] for line in lines],
            "carrier": sent.carrier,
            "trackingNumber": sent.number,
            "service": sent.service,
            "idempotencyKey": key("ship", order["id"], sent.number),
        }
        said = await self.api.ask(operations.SHIP, token, input=given)
        facts = {"number": order["number"], "carrier": sent.carrier, "tracking": sent.number}
        if (code := said.get("code")) is not None:
            log.info("shoppers.not_shipped", problem=code, **facts)
            return bool(code != "TRACKING_DUPLICATE")
        carried = await registered(self.control, sent)
        log.info("shoppers.shipped", kind=carried.kind if carried else None, **facts)
        return True
