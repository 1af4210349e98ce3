"""How an invented customer buys: from the window to the payment, and what it thinks afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from boucle.shoppers import operations
from boucle.shoppers.client import Api, NotNow, SignedOut, key
from boucle.shoppers.people import Doors, Shopper
from integrations.sandbox.chance import Draws, draws

log = structlog.get_logger()

CATEGORIES: Final = (
    *("smartphone",) * 6,
    *("laptop", "tablet", "headphones", "console", "smartwatch", "vacuum-cleaner"),
    *("coffee-machine", "food-processor"),
)
WINDOW: Final = 24
METHODS: Final = (
    *("tok_ok",) * 44,
    *("tok_3ds",) * 3,
    *("tok_declined_retryable", "tok_declined", "tok_declined"),
)
CANCELS, REVIEWS, TWO = 3, 60, 6
"""Of a hundred purchases: how many are cancelled at once, reviewed, and of two devices."""
_REVIEWED: Final = 5_000


@dataclass(slots=True)
class Buying:
    """The customers of the demo. Shapes: `run` tells the keys of one process from another's."""

    api: Api
    doors: Doors
    run: str
    reviewed: dict[str, None] = field(default_factory=dict)

    async def visit(self, who: Shopper, number: int) -> list[str]:
        """Buy once, if there is something; return the legal names of the merchants.

        Raises: NotNow.
        """
        drawn = draws("visit", self.run, number)
        try:
            token = await self.doors.token(who)
            await self._review(token, number)
            bought = await self._buy(who, token, drawn, number)
        except SignedOut:
            self.doors.forget(who)
            raise
        if bought is None:
            return []
        orders = bought["orders"]
        log.info("shoppers.bought", market=who.market, orders=[each["number"] for each in orders])
        if drawn.below(9, 100) < CANCELS:
            found = await self.api.ask(operations.LINES, token, order=orders[0]["id"])
            line = found["lines"][0]["id"]
            await self.api.ask(operations.CANCEL, token, line=line, key=key(self.run, line))
        return [each["merchant"]["legalName"] for each in orders]

    async def _buy(
        self, who: Shopper, token: str, drawn: Draws, number: int
    ) -> Mapping[str, Any] | None:
        cart = await self._cart(who, token, drawn, number)
        if cart is None:
            return None
        seen = await self.api.ask(operations.PREVIEW, token, cart=cart)
        if not seen.get("ready"):
            codes = [each.get("code") for each in seen.get("problems", ())]
            log.info("shoppers.not_bought", market=who.market, problems=codes)
            return None
        method = METHODS[drawn.below(5, len(METHODS))]
        done = await self.api.ask(
            operations.CHECKOUT,
            token,
            cart=cart,
            version=seen["cart"]["version"],
            method=method,
            key=key(self.run, number, "buy"),
        )
        if done.get("retryable") and drawn.below(6, 100) < 80:
            again = {"method": "tok_ok", "key": key(self.run, number, "again")}
            done = await self.api.ask(operations.RETRY, token, purchase=done["purchaseId"], **again)
        return await self._paid(done, drawn)

    async def _paid(self, done: Mapping[str, Any], drawn: Draws) -> Mapping[str, Any] | None:
        if "purchase" not in done:
            log.info("shoppers.not_bought", problems=[done.get("code")], why=done.get("reason"))
            return None
        if url := done.get("actionUrl"):
            approved = drawn.below(7, 100) < 85
            await self.api.approve(url, approved=approved)
            if not approved:
                return None
        purchase: Mapping[str, Any] = done["purchase"]
        return purchase

    async def _cart(self, who: Shopper, token: str, drawn: Draws, number: int) -> str | None:
        """A cart with a device or two, and an address; None where nothing could be put in."""
        category = CATEGORIES[drawn.below(0, len(CATEGORIES))]
        found = await self.api.ask(
            operations.SEARCH, token, market=who.market, category=[category], first=WINDOW
        )
        window = [e["node"]["featuredOffer"] for e in found.get("edges", ())]
        offers = [each for each in window if each is not None]
        if not offers:
            return None
        made = await self.api.ask(
            operations.CREATE_CART,
            token,
            market=who.market,
            country=who.country,
            language=who.language,
            key=key(self.run, number, "cart"),
        )
        cart: str = made["cart"]["id"]
        wanted = 2 if drawn.below(1, 100) < TWO else 1
        for place in range(wanted):
            offer = offers[drawn.below(2 + place, len(offers))]
            if not await self._add(token, cart, offer, (number, place)):
                return None
        given = {"address": who.address, "key": key(self.run, number, "address")}
        sent = await self.api.ask(operations.SET_ADDRESS, token, cart=cart, **given)
        if "cart" not in sent:
            log.info("shoppers.not_bought", market=who.market, problems=[sent.get("code")])
            return None
        return cart

    async def _add(
        self, token: str, cart: str, offer: Mapping[str, Any], names: tuple[int, int]
    ) -> bool:
        """Put one device into a cart, at the price that is told now."""
        total = offer["total"]["amount"]
        for attempt in range(2):
            said = await self.api.ask(
                operations.ADD_LINE,
                token,
                cart=cart,
                offer=offer["offerId"],
                quantity=1,
                total=total,
                key=key(self.run, *names, attempt),
            )
            if "cart" in said:
                return True
            if "new" not in said:
                log.info("shoppers.not_added", problem=said.get("code"))
                return False
            total = said["new"]["amount"]
        return False

    async def _review(self, token: str, number: int) -> None:
        """Say what a delivered device is like, for one that was not asked about before."""
        found = await self.api.ask(operations.DELIVERED, token, first=8)
        lines = [
            line["id"]
            for edge in found.get("edges", ())
            for line in edge["node"]["lines"]
            if line["state"] == "DELIVERED" and line["id"] not in self.reviewed
        ]
        for line in lines[:2]:
            self._remember(line)
            drawn = draws("review", line)
            if drawn.below(0, 100) >= REVIEWS:
                continue
            stars = (5, 5, 5, 4, 4, 4, 3, 2, 1, 5)[drawn.below(1, 10)]
            said = await self.api.ask(
                operations.REVIEW, token, line=line, stars=stars, key=key("review", line)
            )
            log.info("shoppers.reviewed", number=number, stars=stars, problem=said.get("code"))

    def _remember(self, line: str) -> None:
        self.reviewed[line] = None
        while len(self.reviewed) > _REVIEWED:
            del self.reviewed[next(iter(self.reviewed))]


__all__ = ["Buying", "NotNow"]
