"""How invented customers sell devices, and invented merchants receive, inspect and buy them.

Parcels travel by the carriers' simulator, which the label's provider tells of them.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import structlog

from boucle.shoppers import operations_trade_in as operations
from boucle.shoppers.client import Api, key
from boucle.shoppers.devices import imei
from boucle.shoppers.people import Doors, Shopper
from integrations.sandbox.chance import Draws, draws

log = structlog.get_logger()

MARKETS: Final = frozenset({"FR", "DE"})
ONE_IN: Final = 3
"""Of so many visits one sells a device; a pace that labels and merchants keep up with."""
TERMS: Final = ("iphone 13", "iphone 15 pro", "iphone 16 pro", "iphone 13 pro")
WINDOW, AT_ONCE = 3, 10
LESS, YES = 20, 70
"""Of a hundred: how many devices are worth less than was said, how many such answers are yes."""
GOOD: Final[Mapping[str, str]] = {
    "ownership": "mine",
    "genuine": "genuine",
    "account": "signed_out",
    "powers_on": "yes",
    "works": "yes",
    "liquid": "never",
    "screen": "faint",
    "body": "faint",
    "battery": "healthy",
}
"""The answers about a phone that was used with care."""
DECLARED: Final = ("OWNERSHIP", "AGE", "ERASURE_CONSENT", "DATA_WARNING")
PAPERS: Final[Mapping[str, tuple[str, ...]]] = {"FR": ("ID_FRONT", "ID_BACK")}
PAYOUTS: Final = ("BANK",) * 6 + ("EXCHANGE_CREDIT", "DONATION")
IBANS: Final = {"FR": "FR7630006000011234567890189", "DE": "DE89370400440532013000"}
"""Accounts of the examples in the register of IBANs: of nobody."""
Sold = Mapping[str, Any]


@dataclass(slots=True)
class Trading:
    """Both sides. Shapes: `run` tells the keys of one process from another's."""

    api: Api
    doors: Doors
    run: str

    async def visit(self, who: Shopper, number: int) -> None:
        """Answer what waits for an answer, and sell a phone at times. Raises: NotNow."""
        if who.market not in MARKETS:
            return
        token = await self.doors.token(who)
        await self._answer(token)
        drawn = draws("sell", self.run, number)
        if drawn.below(0, ONE_IN) == 0:
            await self._sell(who, token, drawn, number)

    async def _sell(self, who: Shopper, token: str, drawn: Draws, number: int) -> None:
        variant = await self._variant(token, who.market, drawn)
        if variant is None:
            return
        given = {
            "market": who.market,
            "variantId": variant,
            "answers": [{"question": q, "answer": a} for q, a in GOOD.items()],
            "imei": imei("sold", self.run, number),
            "idempotencyKey": key(self.run, number, "quote"),
        }
        made = (await self.api.ask(operations.QUOTE, token, input=given)).get("quote")
        if not made or not made["bids"]:
            return
        payout = PAYOUTS[drawn.below(2, len(PAYOUTS))]
        account = {"iban": IBANS[who.market], "name": who.address["name"]}
        wanted = {
            "quoteId": made["id"],
            "bidId": made["bids"][0]["bidId"],
            "payout": payout,
            "declarations": DECLARED,
            "payoutAccount": account if payout == "BANK" else None,
            "documents": await self._papers(who, token),
            "idempotencyKey": key(self.run, number, "sell"),
        }
        said = await self.api.ask(operations.ACCEPT_BID, token, input=wanted)
        if "tradeIn" in said:
            said = await self._send(who, token, said["tradeIn"])
        log.info("shoppers.sold", market=who.market, **_told(said))

    async def _send(self, who: Shopper, token: str, sold: Sold) -> Sold:
        given = {
            "tradeInId": sold["id"],
            "ticked": [step["code"] for step in sold["checklist"]],
            "address": who.address,
            "idempotencyKey": key("confirm", sold["id"]),
        }
        return await self.api.ask(operations.CONFIRM, token, input=given)

    async def _variant(self, token: str, market: str, drawn: Draws) -> str | None:
        term = TERMS[drawn.below(1, len(TERMS))]
        asked = {"market": market, "term": term, "first": WINDOW}
        found = await self.api.ask(operations.FIND_DEVICES, token, **asked)
        slugs = [edge["node"]["product"]["slug"] for edge in found.get("edges", ())]
        if not slugs:
            return None
        product = await self.api.ask(operations.VARIANTS, token, slug=slugs[0])
        variants = product.get("variants", ())
        return variants[drawn.below(3, len(variants))]["id"] if variants else None

    async def _papers(self, who: Shopper, token: str) -> list[dict[str, str]]:
        """Pictures of nothing, where the market asks for papers."""
        made = []
        for n, kind in enumerate(PAPERS.get(who.market, ())):
            picture = _picture(64 + n, draws("paper", who.email, kind).below(0, 256))
            id_ = await self.api.attach(token, "identity_document", picture)
            made.append({"kind": kind, "attachmentId": id_})
        return made

    async def _answer(self, token: str) -> None:
        """Say yes or no where less was offered."""
        found = await self.api.ask(operations.SOLD, token, first=AT_ONCE)
        for sold in (edge["node"] for edge in found.get("edges", ())):
            if sold["state"] != "COUNTER_OFFERED":
                continue
            yes = draws("less", sold["id"]).below(0, 100) < YES
            given = {"tradeInId": sold["id"], "accept": yes}
            given["idempotencyKey"] = key("answer", sold["id"])
            said = await self.api.ask(operations.ANSWER_LESS, token, input=given)
            log.info("shoppers.answered", accept=yes, **_told(said))

    async def work(self, token: str) -> None:
        """Look at the devices that came to a merchant. Raises: NotNow."""
        states = ["RECEIVED", "INSPECTING"]
        found = await self.api.ask(operations.INCOMING, token, first=AT_ONCE, state=states)
        for came in (edge["node"] for edge in found.get("edges", ())):
            given = {"tradeInId": came["id"], "idempotencyKey": key("inspect", came["id"])}
            if came["state"] == "RECEIVED":
                await self.api.ask(operations.INSPECT, token, input=given)
            if draws("worth", came["id"]).below(0, 100) < LESS:
                said = await self._offer_less(token, came)
            else:
                given["idempotencyKey"] = key("validate", came["id"])
                said = await self.api.ask(operations.VALIDATE, token, input=given)
            log.info("shoppers.inspected", **_told(said))

    async def _offer_less(self, token: str, came: Sold) -> Sold:
        shade = draws("proof", came["id"]).below(0, 256)
        proof = await self.api.attach(token, "evidence", _picture(66, shade))
        given = {
            "tradeInId": came["id"],
            "amount": str(Decimal(came["bid"]["amount"]) * 3 // 4),
            "reasons": ["SCREEN_CRACKED"],
            "proofs": [proof],
            "idempotencyKey": key("offer less", came["id"]),
        }
        return await self.api.ask(operations.OFFER_LESS, token, input=given)


def _told(said: Sold) -> dict[str, Any]:
    sold = said.get("tradeIn") or {}
    return {"number": sold.get("number"), "state": sold.get("state"), "problem": said.get("code")}


def _picture(size: int, shade: int) -> bytes:
    """A square of one grey, as PNG."""
    rows = zlib.compress((b"\0" + bytes([shade]) * size) * size)
    head = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    made = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)
