"""The values of an item of a call, read one by one by the rules of a feed's line."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from domain.catalog import Grade
from domain.money import Currency
from domain.offers.amounts import parse_amount, parse_currency
from domain.offers.codes import LineCode
from domain.offers.grades import parse_grade
from domain.offers.items import (
    MOST_SEQUENCE,
    Cell,
    Item,
    Known,
    Line,
    Terms,
    Trouble,
    conflict,
    newer,
    remember,
    stale,
)
from domain.offers.structures import (
    parse_attributes,
    parse_eco,
    parse_markets,
    parse_shipping,
)
from domain.offers.values import (
    HANDLING_MOST,
    QUANTITY_MOST,
    Parsed,
    clean_text,
    fold,
    parse_battery,
    parse_date,
    parse_gtin,
    parse_note,
    parse_quantity,
    parse_text,
    parse_title,
    parse_warranty,
    parse_whole,
    wrong,
)

SHOWN: Final = 80
MUST: Final[Mapping[str, LineCode]] = {
    "quantity": LineCode.QUANTITY_INVALID,
    "price": LineCode.PRICE_MISSING,
    "grade": LineCode.GRADE_MISSING,
    "currency": LineCode.CURRENCY_UNKNOWN,
}
_VAT: Final = {"normal": "NORMAL", "standard": "NORMAL", "margin": "MARGIN"}
_TEXTS: Final[Mapping[str, Callable[[str], Parsed[str]]]] = {
    "mpn": parse_text,
    "brand": parse_text,
    "model": parse_text,
    "dispatch_site": parse_text,
    "title": parse_title,
}
_WHOLES: Final[Mapping[str, Callable[[str], Parsed[int]]]] = {
    "quantity": parse_quantity,
    "warranty_months": parse_warranty,
    "handling_hours": lambda text: parse_whole(text, 0, HANDLING_MOST),
}
_DATES: Final = ("available_from", "available_until")
_BOUNDS: Final = {"min_price": "min_price_minor", "max_price": "max_price_minor"}
_OF_MARKET: Final = {"price": "price_minor", "min_price": "min", "max_price": "max"}
FIELDS: Final = frozenset(
    [
        *_TEXTS,
        "note",
        *_WHOLES,
        *_DATES,
        *_BOUNDS,
        *("product_id", "gtin", "grade", "battery", "attributes", "price", "currency"),
        *("vat_scheme", "markets", "shipping", "eco"),
    ]
)
"""The fields that an item may hold, prices of single markets apart."""


def text_of(value: object) -> str:
    """A value as it would stand in a file."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=text_of)
    return str(value)


@dataclass(slots=True)
class Values:
    """The fields of an item as they were read: the first trouble, if one rejects it."""

    cells: dict[str, Cell] = field(default_factory=dict)
    trouble: Trouble | None = None
    warnings: list[str] = field(default_factory=list)

    def put(self, name: str, found: Parsed[Any], sent: object, cell: Cell) -> None:
        """Keep what was read of a field, or what is wrong with it."""
        if found.fatal and found.code is not None:
            self.refuse(found.code, name, sent)
        elif found.code is not None:
            self.warnings.append(found.code.value)
            if found.value is not None:
                self.cells[name] = cell
        else:
            self.cells[name] = {} if found.value is None else cell

    def refuse(self, code: LineCode, name: str, sent: object) -> None:
        """Note why the item is rejected; the first reason is told."""
        shown = None if sent is None else clean_text(text_of(sent))[:SHOWN]
        self.trouble = self.trouble or Trouble(code, name, shown)


def plain(item: Item, now: datetime) -> Item | Trouble:
    """The item with its sequence, the stock it believes in and its time as numbers and a time.

    A time that is not sent, or has not come yet, is `now`.
    """
    wholes: dict[str, Any] = {}
    for name, most in (("sequence", MOST_SEQUENCE), ("if_quantity", QUANTITY_MOST)):
        sent = getattr(item, name)
        found: Parsed[int] = Parsed() if sent is None else parse_whole(text_of(sent), 0, most)
        if sent is not None and found.value is None:
            return Trouble(LineCode.QUANTITY_INVALID, name, text_of(sent)[:SHOWN])
        wholes[name] = found.value
    when = now
    if item.as_of is not None:
        sent = item.as_of
        moment = parse_date(sent.isoformat() if isinstance(sent, datetime) else text_of(sent), "")
        if moment.value is None:
            return Trouble(LineCode.DATE_INVALID, "as_of", text_of(sent)[:SHOWN])
        when = min(datetime.fromisoformat(moment.value), now)
    return replace(item, as_of=when, **wholes)


def read(item: Item, known: Known | None, terms: Terms) -> Values:
    """Read every field of an item; what is null is cleared.

    Shapes: the names of a market's price are `price[FR]`, `min_price[FR]`, `max_price[FR]`.
    """
    values = Values()
    for name, sent in item.sent.items():
        if sent is None and name in MUST:
            values.refuse(MUST[name], name, None)
        elif sent is None:
            values.cells[name] = {}
        elif name not in {"price", "currency", *_BOUNDS, "grade", "shipping", "eco"}:
            _plain(values, name, sent, terms)
    _grade(values, item, known, terms)
    _amounts(values, item, known, terms)
    _of_markets(values, item, known, terms)
    for name, cell in list(values.cells.items()):
        if not cell and name in MUST:
            values.refuse(MUST[name], name, item.sent.get(name))
    return values


def _plain(values: Values, name: str, sent: Any, terms: Terms) -> None:
    text = text_of(sent)
    if name == "note":
        note = parse_note(text, terms.claims)
        values.put(name, note, sent, {name: note.value})
    elif name in _TEXTS:
        words = _TEXTS[name](text)
        values.put(name, words, sent, {name: words.value})
    elif name in _WHOLES:
        whole = _WHOLES[name](text)
        values.put(name, whole, sent, {name: whole.value})
    elif name in _DATES:
        day = parse_date(sent.isoformat() if isinstance(sent, datetime) else text, "")
        moment = datetime.fromisoformat(day.value) if day.value else None
        values.put(name, day, sent, {name: moment})
    else:
        found, cell = _special(name, sent, text, terms)
        values.put(name, found, sent, cell)


def _special(name: str, sent: Any, text: str, terms: Terms) -> tuple[Parsed[Any], Cell]:
    if name == "battery":
        battery = parse_battery(text)
        cell = battery.value
        new, health = (cell.new, cell.health) if cell else (None, None)
        return battery, {"battery_new": new, "battery_health": health}
    if name == "markets":
        listed = ",".join(map(str, sent)) if isinstance(sent, list | tuple) else text
        markets = parse_markets(listed)
        codes = (markets.value or "").strip("{}").split(",")
        return markets, {"markets": codes}
    parsed: Parsed[str] = _one(name, text, terms)
    return parsed, {name: parsed.value}


def _one(name: str, text: str, terms: Terms) -> Parsed[str]:
    if name == "gtin":
        return parse_gtin(text, terms.allow_restricted_gtins)
    if name == "attributes":
        return parse_attributes(text)
    if name == "vat_scheme":
        word = fold(text)
        return Parsed(_VAT[word]) if word in _VAT else wrong(LineCode.PRICE_INVALID)
    try:
        return Parsed(str(UUID(clean_text(text))))
    except ValueError:
        return wrong(LineCode.PRODUCT_UNKNOWN)


def _grade(values: Values, item: Item, known: Known | None, terms: Terms) -> None:
    sent = item.sent.get("grade")
    if sent is None:
        return
    found = parse_grade(text_of(sent), terms.grades)
    brand = text_of(item.sent.get("brand") or (known.brand if known else None) or "")
    if found.code is LineCode.CONDITION_NEW and fold(brand) in terms.new_allowed:
        found = Parsed(Grade.PREMIUM)
    values.put("grade", found, sent, {"grade": found.value.value if found.value else None})


def _amounts(values: Values, item: Item, known: Known | None, terms: Terms) -> None:
    """The price, its bounds and delivery: amounts are of the currency sent, else the offer's."""
    expected = known.currency if known else terms.currency
    if (sent := item.sent.get("currency")) is not None:
        named = parse_currency(text_of(sent), expected)
        values.put("currency", named, sent, {"currency": named.value and named.value.value})
        expected = named.value or expected
    if (sent := item.sent.get("price")) is not None:
        amount = parse_amount(text_of(sent), "dot", expected)
        cell = {"price_minor": amount.value, "currency": expected.value}
        values.put("price", amount, sent, cell)
        values.cells.pop("currency", None)
    for name, column in _BOUNDS.items():
        if (sent := item.sent.get(name)) is not None:
            amount = parse_amount(text_of(sent), "dot", expected)
            values.put(name, amount, sent, {column: amount.value})
    if (sent := item.sent.get("shipping")) is not None:
        options = parse_shipping(text_of(sent), "dot", expected)
        values.put("shipping", options, sent, {"shipping": options.value})
    if (sent := item.sent.get("eco")) is not None:
        levies = _levies(sent, expected)
        values.put("eco", levies, sent, {"eco": levies.value})


def _levies(sent: Any, currency: Currency) -> Parsed[str]:
    """Levies with an `amount` in `currency`, or an `amount_minor` as in files."""
    if isinstance(sent, list):
        listed: list[Any] = []
        for levy in sent:
            if isinstance(levy, Mapping) and levy.get("amount") is not None:
                text = text_of(levy["amount"])
                found = parse_amount(text, "dot", currency) if text.strip("0.") else Parsed(0)
                if found.code is not None:
                    return wrong(found.code)
                levy = {**levy, "amount_minor": found.value}  # noqa: PLW2901
            listed.append(levy)
        sent = listed
    return parse_eco(text_of(sent))


def _of_markets(values: Values, item: Item, known: Known | None, terms: Terms) -> None:
    if item.prices is None:
        stored = known.prices if known else {}
        values.cells |= {f"{name}[{market}]": {} for market in stored for name in _OF_MARKET}
        return
    for market, price in item.prices.items():
        _of_market(values, market, price, known, terms)


def _of_market(
    values: Values, market: str, price: Mapping[str, Any], known: Known | None, terms: Terms
) -> None:
    if market not in terms.currencies:
        values.refuse(LineCode.MARKET_NOT_ALLOWED, "market", market)
        return
    stored = (known.prices.get(market) if known else None) or {}
    expected = Currency(stored["currency"]) if stored.get("currency") else terms.currencies[market]
    if (sent := price.get("currency")) is not None:
        named = parse_currency(text_of(sent), expected)
        if named.value is None:
            values.refuse(LineCode.CURRENCY_UNKNOWN, f"currency[{market}]", sent)
            return
        expected = named.value
    for name, key in _OF_MARKET.items():
        if name not in price:
            continue
        full, sent = f"{name}[{market}]", price[name]
        if sent is None:
            values.cells[full] = {}
            continue
        amount = parse_amount(text_of(sent), "dot", expected)
        values.put(full, amount, sent, {key: amount.value, "currency": expected.value})


def merged(line: Line, cells: Mapping[str, Cell]) -> None:
    """Put fields into the line, those of single markets into its prices."""
    for name, cell in cells.items():
        base, _, rest = name.partition("[")
        if not rest:
            line.cells[name] = cell
            continue
        if line.prices is None:
            stored = line.known.prices if line.known else {}
            line.prices = {market: dict(price) for market, price in stored.items()}
        entry = line.prices.setdefault(rest.removesuffix("]"), {})
        if cell:
            entry.update(cell)
        else:
            entry.pop(_OF_MARKET[base], None)
            if base == "price":
                entry.pop("currency", None)
    if line.prices is not None:
        line.prices = {m: entry for m, entry in line.prices.items() if _says_something(entry)}


def _says_something(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(key) is not None for key in _OF_MARKET.values())


def out_of_bounds(line: Line) -> Trouble | None:
    """A price outside the bounds that the line itself sends, or bounds that exclude each other."""
    sent = {name: value for cell in line.cells.values() for name, value in cell.items()}
    columns = ("price_minor", "min_price_minor", "max_price_minor")
    tried: list[tuple[str, Sequence[Any]]] = [("", [sent.get(c) for c in columns])]
    for market, entry in (line.prices or {}).items():
        tried.append((f"[{market}]", [entry.get(k) for k in ("price_minor", "min", "max")]))
    for suffix, (price, least, most) in tried:
        if price is not None and least is not None and price < least:
            return Trouble(LineCode.PRICE_BELOW_FLOOR, f"price{suffix}", str(price))
        if price is not None and most is not None and price > most:
            return Trouble(LineCode.PRICE_INVALID, f"max_price{suffix}", str(most))
        if least is not None and most is not None and least > most:
            return Trouble(LineCode.PRICE_INVALID, f"min_price{suffix}", str(least))
    return None


def add(line: Line, number: int, item: Item, terms: Terms) -> None:
    """Make an item part of the line, or note why it is not.

    An item whose every field is older than what is known is ignored; of any other, the older
    fields are left aside.
    """
    sound = plain(item, terms.now)
    if isinstance(sound, Trouble):
        line.troubles[number] = sound
        return
    item = sound
    values = read(item, line.known, terms)
    names = list(line.sequences) if item.deleted else list(values.cells)
    if values.trouble is not None:
        line.troubles[number] = values.trouble
        return
    fresh = newer(line, item, names)
    if item.deleted and item.sequence is not None and len(fresh) < len(names):
        fresh = []
    if names and not fresh:
        line.troubles[number] = stale(line, item, names)
        return
    if (trouble := conflict(line, item)) is not None:
        line.troubles[number] = trouble
        return
    line.taken.append(number)
    line.warnings[number] = values.warnings
    line.deleted = item.deleted
    if item.deleted:
        line.cells.clear()
    merged(line, {name: values.cells[name] for name in fresh if name in values.cells})
    if "quantity" in fresh:
        line.as_of = item.as_of
    remember(line, item, fresh)
