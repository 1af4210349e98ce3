"""A stand-in of Stripe's API, written from its documentation: what our client must live with.

Payment intents with manual capture, refunds, search, idempotency keys that keep a first answer
(errors of the server too) and refuse other words, errors in Stripe's form, signed events.
Source: docs.stripe.com/api, docs.stripe.com/testing.
"""

import base64
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "sk_test_0123456789"
Json = dict[str, Any]
DECLINED = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", None),
    "pm_card_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", None),
}


@dataclass
class StripeServer:
    """What it knows, and what happens to the next calls: `faults` by method and end of path."""

    url: str = ""
    intents: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    kept: dict[str, tuple[bytes, int, Json]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        form = dict(parse_qsl(body.decode()))
        self.calls.append((request.method, request.path, form))
        sent = request.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(sent).decode() != f"{KEY}:":
            return _error(401, "invalid_request_error", None)
        assert request.headers["Stripe-Version"] == "2024-06-20"
        fault = self.faults.pop(0) if self.faults else ""
        if fault in {"503", "429", "409"}:
            return _error(int(fault), "api_error", "lock_timeout" if fault == "409" else None)
        if fault == "html":
            return web.Response(text="<h1>maintenance</h1>")
        if request.method == "GET":
            return web.json_response(*_shown(self._read(request)))
        key = request.headers["Idempotency-Key"]
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        if key in self.kept and self.kept[key][0] != body:
            return _error(400, "idempotency_error", None)
        if key not in self.kept:
            done = (500, {"error": {"type": "api_error"}})
            done = done if fault == "500 kept" else self._write(request.path, form)
            self.kept[key] = (body, *done)
        if fault == "lost":
            assert request.transport is not None
            request.transport.close()
        _, status, answer = self.kept[key]
        return web.json_response(answer, status=status)

    def _read(self, request: web.Request) -> tuple[int, Json]:
        parts = request.path.split("/")[2:]
        match parts:
            case ["payment_intents", "search"]:
                wanted = request.query["query"].split(":", 1)[1].strip('"')
                found = [i for i in self.intents.values() if i["metadata"]["payment"] == wanted]
                return 200, {"object": "search_result", "data": found, "has_more": False}
            case ["payment_intents", ref] if ref in self.intents:
                return 200, self._expanded(ref, request.query.getall("expand[]", []))
            case ["refunds"]:
                of = request.query["payment_intent"]
                found = [r for r in self.refunds.values() if r["payment_intent"] == of]
                return 200, {"object": "list", "data": found, "has_more": False}
            case ["refunds", ref] if ref in self.refunds:
                return 200, self.refunds[ref]
            case _:
                return 404, _told("invalid_request_error", "resource_missing")

    def _expanded(self, ref: str, expand: list[str]) -> Json:
        intent = dict(self.intents[ref])
        if intent["status"] == "succeeded":
            fee = {"object": "balance_transaction", "fee": 35, "currency": intent["currency"]}
            full = {"id": "ch_1", "balance_transaction": fee}
            intent["latest_charge"] = full if expand else "ch_1"
        return intent

    def _write(self, path: str, form: dict[str, str]) -> tuple[int, Json]:
        match path.split("/")[2:]:
            case ["payment_intents"]:
                return self._create(form)
            case ["payment_intents", ref, "capture"]:
                return self._move(ref, {"requires_capture"}, "succeeded", form)
            case ["payment_intents", ref, "cancel"]:
                return self._move(ref, {"requires_capture", "requires_action"}, "canceled", form)
            case ["refunds"]:
                return self._refund(form)
            case _:
                return 404, _told("invalid_request_error", "resource_missing")

    def _create(self, form: dict[str, str]) -> tuple[int, Json]:
        method, ref = form["payment_method"], f"pi_{next(self.numbers)}"
        assert (form["capture_method"], form["confirm"]) == ("manual", "true")
        intent: Json = {
            "id": ref, "object": "payment_intent", "amount": int(form["amount"]),
            "amount_received": 0, "currency": form["currency"], "status": "requires_capture",
            "metadata": {"payment": form["metadata[payment]"]}, "next_action": None,
            "last_payment_error": None, "latest_charge": None,
        }  # fmt: skip
        if method == "pm_unknown":
            return 400, _told("invalid_request_error", "resource_missing")
        self.intents[ref] = intent
        if method == "pm_card_threeDSecure2Required":
            url = {"url": "https://hooks.stripe.com/3d", "return_url": form["return_url"]}
            next_action = {"type": "redirect_to_url", "redirect_to_url": url}
            intent |= {"status": "requires_action", "next_action": next_action}
        if method in DECLINED:
            code, decline = DECLINED[method]
            error = {"type": "card_error", "code": code, "decline_code": decline}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            return 402, {"error": error | {"payment_intent": intent}}
        return 200, intent

    def _move(self, ref: str, of: set[str], to: str, form: dict[str, str]) -> tuple[int, Json]:
        intent = self.intents[ref]
        if intent["status"] not in of:
            told = _told("invalid_request_error", "payment_intent_unexpected_state")
            told["error"]["payment_intent"] = intent
            return 400, told
        intent["status"] = to
        if to == "succeeded":
            intent |= {"amount_received": intent["amount"], "latest_charge": "ch_1"}
        return 200, self._expanded(ref, [v for k, v in form.items() if k == "expand[]"])

    def _refund(self, form: dict[str, str]) -> tuple[int, Json]:
        intent, amount = self.intents[form["payment_intent"]], int(form["amount"])
        before = sum(
            r["amount"] for r in self.refunds.values() if r["payment_intent"] == intent["id"]
        )
        if before + amount > intent["amount_received"]:
            return 400, _told("invalid_request_error", "charge_already_refunded")
        ref = f"re_{next(self.numbers)}"
        self.refunds[ref] = {
            "id": ref, "object": "refund", "amount": amount, "status": "pending",
            "payment_intent": intent["id"], "metadata": {"refund": form["metadata[refund]"]},
        }  # fmt: skip
        return 200, self.refunds[ref]


def _shown(told: tuple[int, Json]) -> tuple[Json]:
    status, body = told
    if status != 200:
        raise web.HTTPNotFound(text="{}", content_type="application/json")
    return (body,)


def _told(kind: str, code: str | None) -> Json:
    return {"error": {"type": kind, "code": code, "message": "No such thing"}}


def _error(status: int, kind: str, code: str | None) -> web.Response:
    return web.json_response(_told(kind, code), status=status)


@asynccontextmanager
async def stripe_server() -> AsyncIterator[StripeServer]:
    """The stand-in, on a port of its own."""
    made, app = StripeServer(), web.Application()
    app.router.add_route("*", "/v1/{rest:.*}", made.handle)
    async with TestServer(app) as server:
        made.url = f"http://127.0.0.1:{server.port}"
        yield made
