"""`POST /v1/offers:batch` and `PATCH /v1/offers/{sku}`: a merchant's program changes its offers.

The same use cases as the mutations, for programs without GraphQL.
Source: docs/feeds.md, "Keep in sync".
"""

import asyncio
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final, NoReturn

import orjson
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, answer, bad_request, unavailable
from boucle.edge.body import refuse_unstorable
from boucle.edge.errors import AWAY
from boucle.edge.graphql import authorization
from boucle.edge.heads import address_of
from domain.offers.item_values import FIELDS
from domain.offers.items import MOST_ITEMS, Item, ItemCode, ItemOutcome
from domain.offers.wording_items import explain_item
from resolvers.accounts import caller_of
from resolvers.context import Context, Forbidden, Refused, SignInFirst
from resolvers.offers import writing

MOST_BYTES: Final = 4 * 1_048_576
BODY_SECONDS: Final = 10.0
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")
_PRICE: Final = frozenset(["market", "price", "currency", "min_price", "max_price"])
_ONE: Final = frozenset(["quantity", "price", "currency", "min_price", "max_price", "paused"])
_BESIDE: Final = frozenset(["if_quantity", "sequence", "as_of"])
_OF_OFFER: Final = FIELDS | _BESIDE | {"sku", "prices", "delete"}
_STATUS: Final = {
    ItemCode.STALE_SEQUENCE: HTTPStatus.CONFLICT,
    ItemCode.CONFLICT: HTTPStatus.PRECONDITION_FAILED,
    ItemCode.NOT_CHANGEABLE: HTTPStatus.CONFLICT,
    "UNKNOWN_SKU": HTTPStatus.NOT_FOUND,
}
_REFUSED: Final = {
    SignInFirst.code: HTTPStatus.UNAUTHORIZED,
    Forbidden.code: HTTPStatus.FORBIDDEN,
}


async def change_offers(request: Request) -> Response:
    """Apply up to 1,000 offers; what became of each, in their order."""
    try:
        context, key = await _asked(request)
        items = _items(await _body(request))
        found = await writing.change(context, "offers:batch", items, key)
    except Refused as refused:
        raise _not_served(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if isinstance(found, writing.ItemCount):
        _bad("offers", f"Send 1 to {MOST_ITEMS} offers, not {found.sent}.", "ITEM_COUNT_WRONG")
    return answer(_told(found))


async def change_offer(request: Request) -> Response:
    """Change stock, price or pause of one known offer; 200 with what became of it."""
    try:
        context, key = await _asked(request)
        item, paused = _one(request.path_params["sku"], await _body(request))
        found = await writing.update_one(context, "offers/{sku}", item, paused, key)
    except Refused as refused:
        raise _not_served(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    [told] = found.items
    if told.outcome in {ItemOutcome.REJECTED, ItemOutcome.IGNORED_STALE}:
        raise _refusal(told)
    return answer({**_result(0, told), "as_of": found.as_of.isoformat()})


async def _asked(request: Request) -> tuple[Context, str | None]:
    """Who asks, and under which key, before a byte of the body is read."""
    caller = await caller_of(authorization(request), address_of(request.scope))
    context = Context(caller, request.scope.get("request_id", ""))
    context.merchant_id(writing.SCOPE)
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        message = "An Idempotency-Key has 1 to 255 printable ASCII characters."
        raise bad_request("BAD_IDEMPOTENCY_KEY", message)
    return context, key


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        _unsupported("UNSUPPORTED_MEDIA_TYPE", "Send the content type application/json.")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        _unsupported("UNSUPPORTED_CONTENT_ENCODING", "Send the body as it is, or gzip.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await _whole(request)
    except TimeoutError as error:
        raise NotServed(
            HTTPStatus.REQUEST_TIMEOUT,
            Code.BAD_REQUEST,
            "BODY_TOO_SLOW",
            f"The body did not arrive within {BODY_SECONDS:g} seconds.",
            headers={"Connection": "close"},
        ) from error
    return _object(_inflated(raw) if encoding.endswith("gzip") else raw)


async def _whole(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            _too_large()
        pieces.append(piece)
    return b"".join(pieces)


def _inflated(raw: bytes) -> bytes:
    """One member of gzip, no further than the limit."""
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = inflater.decompress(raw, MOST_BYTES + 1)
    except zlib.error as error:
        raise bad_request("BAD_GZIP", "The body is no gzip.") from error
    if len(found) > MOST_BYTES:
        _too_large()
    if not inflater.eof or inflater.unused_data:
        raise bad_request("BAD_GZIP", "The body is not one whole gzip.")
    return found


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(raw)
    except (ValueError, RecursionError) as error:
        raise bad_request("BAD_JSON", "This is not strict JSON in UTF-8.") from error
    refuse_unstorable(found)
    if not isinstance(found, dict):
        raise bad_request("BAD_JSON", "Send a JSON object.")
    return found


def _items(body: Mapping[str, Any]) -> list[Item]:
    _only(body, {"mode", "offers"}, "")
    if body.get("mode", "delta") != "delta":
        _bad("mode", "The mode of a batch is 'delta': a full file goes to a feed.")
    offers = body.get("offers")
    if not isinstance(offers, list) or len(offers) > MOST_ITEMS:
        _bad("offers", f"Send a list of 1 to {MOST_ITEMS} offers.", "ITEM_COUNT_WRONG")
    return [_item(offer, f"offers[{n}]") for n, offer in enumerate(offers)]


def _item(offer: Any, path: str) -> Item:
    if not isinstance(offer, dict) or not isinstance(offer.get("sku"), str):
        _bad(f"{path}.sku", "Each offer is an object with a text `sku`.")
    _only(offer, _OF_OFFER, path)
    prices: dict[str, Any] | None = {}
    if "prices" in offer:
        prices = None if offer["prices"] is None else _prices(offer["prices"], path)
    deleted = offer.get("delete", False)
    if not isinstance(deleted, bool):
        _bad(f"{path}.delete", "`delete` is true or false.")
    sent = {name: offer[name] for name in offer if name in FIELDS}
    beside: dict[str, Any] = {name: offer.get(name) for name in _BESIDE}
    return Item(offer["sku"], {} if deleted else sent, prices, deleted=deleted, **beside)


def _prices(listed: Any, path: str) -> dict[str, Any]:
    found = {}
    for entry in listed if isinstance(listed, list) else [None]:
        if not isinstance(entry, dict) or not isinstance(entry.get("market"), str):
            _bad(f"{path}.prices", "`prices` is a list of objects with a `market`.")
        _only(entry, _PRICE, f"{path}.prices")
        found[entry["market"]] = {name: entry[name] for name in entry if name != "market"}
    return found


def _one(sku: str, body: Mapping[str, Any]) -> tuple[Item, bool | None]:
    _only(body, _ONE | _BESIDE | {"market"}, "")
    paused, market = body.get("paused"), body.get("market")
    if paused is not None and not isinstance(paused, bool):
        _bad("paused", "`paused` is true or false.")
    sent = {name: body[name] for name in body if name in _ONE and name != "paused"}
    if not sent and paused is None:
        _bad("quantity", "Send a quantity, a price or `paused`.")
    beside: dict[str, Any] = {name: body.get(name) for name in _BESIDE}
    if market is None:
        return Item(sku, sent, **beside), paused
    if not isinstance(market, str):
        _bad("market", "`market` is the code of a market.")
    stock = {"quantity": sent.pop("quantity")} if "quantity" in sent else {}
    return Item(sku, stock, {market: sent} if sent else {}, **beside), paused


def _only(given: Mapping[str, Any], known: frozenset[str] | set[str], path: str) -> None:
    for name in given:
        if name not in known:
            where = f"{path}.{name}" if path else name
            _bad(where[:80], f"There is no member {name[:40]!r} here.", "UNKNOWN_MEMBER")


def _told(found: writing.Changed) -> dict[str, Any]:
    counts = {each.value.lower(): found.count(each) for each in ItemOutcome}
    results = [_result(n, item) for n, item in enumerate(found.items)]
    return {"as_of": found.as_of.isoformat(), **counts, "results": results}


def _result(index: int, told: Any) -> dict[str, Any]:
    facts = {"index": index, **asdict(told)}
    if told.code is not None:
        message, suggestion = explain_item(told.code, told.field, told.value, "en")
        facts |= {"message": message, "suggestion": suggestion}
    return facts


def _refusal(told: Any) -> NotServed:
    message, suggestion = explain_item(told.code, told.field, told.value, "en")
    known = {"field": told.field, "value": told.value, "current": told.current}
    return NotServed(
        _STATUS.get(told.code, HTTPStatus.UNPROCESSABLE_ENTITY),
        Code.BAD_USER_INPUT,
        told.code,
        message,
        suggestion=suggestion,
        **{name: value for name, value in known.items() if value is not None},
    )


def _bad(argument: str, message: str, reason: str = "INVALID_MEMBER") -> NoReturn:
    raise NotServed(
        HTTPStatus.UNPROCESSABLE_ENTITY, Code.BAD_USER_INPUT, reason, message, argument=argument
    )


def _too_large() -> NoReturn:
    raise NotServed(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Code.BAD_REQUEST,
        "BODY_TOO_LARGE",
        f"The body is over {MOST_BYTES} bytes.",
        headers={"Connection": "close"},
    )


def _unsupported(reason: str, message: str) -> NoReturn:
    raise NotServed(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, Code.BAD_REQUEST, reason, message)


def _not_served(refused: Refused) -> NotServed:
    status = _REFUSED.get(refused.code, HTTPStatus.UNPROCESSABLE_ENTITY)
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}
    reason = refused.reason or refused.code
    return NotServed(status, Code(refused.code), reason, str(refused), headers=headers)
