"""Values with parts, written in one cell: attributes, shipping, levies, markets."""

import json
import re
from collections.abc import Mapping
from typing import Final

from domain.money import Currency
from domain.offers.amounts import Mark, parse_amount
from domain.offers.codes import LineCode
from domain.offers.values import (
    HANDLING_MOST,
    Parsed,
    clean_text,
    fold,
    parse_whole,
    wrong,
)

MOST_TEXT: Final = 4_096
MOST_CARRIERS: Final = 3
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MARKET: Final = re.compile(r"[A-Z]{2}")
_BETWEEN: Final = re.compile(r"[\s,;|]+")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_WHOLE: Final = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)
_STORAGE: Final = re.compile(r"(\d{1,4})\s?(gb|go|tb|to)", re.IGNORECASE)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, the same for the same content."""
    return _ENCODER.encode(value)


def parse_attributes(text: str) -> Parsed[str]:
    """A JSON object of plain values as canonical JSON. Refuses: anything else."""
    if not text.strip():
        return Parsed()
    if len(text) > MOST_TEXT:
        return wrong(LineCode.FIELD_TOO_LONG)
    found = _loaded(text)
    if not isinstance(found, dict):
        return wrong(LineCode.BAD_QUOTES)
    named = {fold(str(key)).replace(" ", "_"): _cleaned(value) for key, value in found.items()}
    held = {key: value for key, value in named.items() if value is not None and value != ""}
    if not all(_KEY.fullmatch(key) and _is_plain(value) for key, value in held.items()):
        return wrong(LineCode.BAD_QUOTES)
    return Parsed(canonical(held) if held else None)


def merged_attributes(base: str | None, single: Mapping[str, str | None]) -> str | None:
    """Attributes of single columns put over those of the object, as canonical JSON."""
    held: dict[str, object] = json.loads(base) if base else {}
    for key, text in single.items():
        if text and (plain := clean_text(text)):
            held[key] = _cleaned(plain)
    return canonical(held) if held else None


def storage_of(size: str) -> str | None:
    """The gigabytes that a size such as `128 GB` or `1 TB` names, or None."""
    found = _STORAGE.fullmatch(clean_text(size))
    if found is None:
        return None
    return str(int(found[1]) * (1_024 if found[2].lower().startswith("t") else 1))


def parse_markets(text: str) -> Parsed[str]:
    """Countries as an array literal, sorted and once each. Refuses: what is no country code."""
    words = [word for word in _BETWEEN.split(text.strip().strip("[]{}").replace('"', "")) if word]
    if not words:
        return Parsed()
    codes = sorted({word.upper() for word in words})
    if not all(_MARKET.fullmatch(code) for code in codes):
        return wrong(LineCode.MARKET_NOT_ALLOWED)
    return Parsed("{" + ",".join(codes) + "}")


def parse_shipping(text: str, mark: Mark | None, currency: Currency) -> Parsed[str]:
    """Up to three carriers with their delay and price, as canonical JSON.

    Shapes: a JSON list of objects with `carrier`, `delay_hours`, and `price` or `price_minor`.
    Refuses: another shape, more than three, a delay or a price that is none.
    """
    if not text.strip():
        return Parsed()
    found = _loaded(text)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        return wrong(LineCode.BAD_QUOTES)
    if len(found) > MOST_CARRIERS or len(text) > MOST_TEXT:
        return wrong(LineCode.FIELD_TOO_LONG)
    read = [_carrier(item, mark, currency) for item in found]
    refused = next((one.code for one in read if one.code is not None), None)
    if refused is not None:
        return wrong(refused)
    return Parsed(canonical([one.value for one in read]) if read else None)


def _carrier(
    item: Mapping[str, object], mark: Mark | None, currency: Currency
) -> Parsed[dict[str, object]]:
    name = clean_text(str(item.get("carrier") or ""))
    delay = parse_whole(_text(item.get("delay_hours")), 0, 10 * HANDLING_MOST)
    price = _fee(item, mark, currency)
    if not name or len(name) > 64:
        return wrong(LineCode.BAD_QUOTES)
    if (code := delay.code or price.code) is not None:
        return wrong(code)
    return Parsed({"carrier": name, "delay_hours": delay.value, "price_minor": price.value})


def _fee(item: Mapping[str, object], mark: Mark | None, currency: Currency) -> Parsed[int]:
    """A price of delivery, which unlike the price of a device may be nothing."""
    if item.get("price_minor") is not None:
        return parse_whole(_text(item["price_minor"]), 0, 10**9, LineCode.PRICE_INVALID)
    text = _text(item.get("price"))
    if text and not text.strip("0.,"):
        return Parsed(0)
    return parse_amount(text, mark, currency)


def parse_eco(text: str) -> Parsed[str]:
    """Levies as canonical JSON.

    Shapes: a JSON list of objects with `scheme`, `producer_id`, `amount_minor`.
    Refuses: another shape, an amount that is no whole number.
    """
    if not text.strip():
        return Parsed()
    if len(text) > MOST_TEXT:
        return wrong(LineCode.FIELD_TOO_LONG)
    found = _loaded(text)
    if not isinstance(found, list):
        return wrong(LineCode.BAD_QUOTES)
    levies: list[dict[str, object]] = []
    for item in found:
        scheme = clean_text(str(item.get("scheme") or "")) if isinstance(item, dict) else ""
        if not scheme:
            return wrong(LineCode.BAD_QUOTES)
        amount = parse_whole(_text(item.get("amount_minor")), 0, 10**9, LineCode.PRICE_INVALID)
        if amount.code is not None:
            return wrong(amount.code)
        producer = clean_text(_text(item.get("producer_id"))) or None
        levies.append({"scheme": scheme, "producer_id": producer, "amount_minor": amount.value})
    levies.sort(key=lambda levy: str(levy["scheme"]))
    return Parsed(canonical(levies) if levies else None)


def _loaded(text: str) -> object:
    """The JSON of a cell, numbers with a fraction kept as texts; None if it is none."""
    try:
        found = json.loads(text, parse_float=str)
        canonical(found).encode()  # JSON can write half a letter, which nothing can hold
    except (ValueError, RecursionError):
        return None
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _cleaned(value: object) -> object:
    """A text clean, and a whole number the same whether it came as a text or not."""
    if not isinstance(value, str):
        return value
    plain = clean_text(value)
    return int(plain) if _WHOLE.fullmatch(plain) else plain


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and len(str(value)) <= 255
