"""`POST /v1/trade-in/bids:import`: a merchant's bids as a CSV file.

One outcome for each line, or with `fix_file=true` the refused lines with what is wrong beside. A
thousand lines are one transaction; with an `Idempotency-Key` a call may be repeated, and asked for
its fix file, without another effect.
Source: docs/trade-in.md, "Bids by file".
"""

import asyncio
import re
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, answer, bad_request, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import bad_parameter, context_of, refusal_of
from boucle.edge.uploads import encoding_of, file_refused, file_sent
from domain.trade_in.bids import MOST_ITEMS, BidOutcome, Item
from domain.trade_in.lines import fields_of, item_of, mark_of, missing, unreadable
from domain.trade_in.wording_bids import explain_bid
from integrations.feeds.contract import FileRefused
from integrations.feeds.fetch import FetchFailed, Limits, receive
from integrations.feeds.fix_file import Said
from integrations.feeds.plain_rows import PlainRow, PlainRows, fix_file, read_rows
from resolvers.catalog import language
from resolvers.context import Context, Refused
from resolvers.trade_in import bidding
from resolvers.trade_in.bidding import Told

MOST_LINES: Final = 50_000
MOST_BYTES: Final = 16 * 1_048_576
LIMITS: Final = Limits(received_bytes=MOST_BYTES, stored_bytes=MOST_BYTES)
NAME: Final = "trade-in/bids:import"
_KEY: Final = re.compile(r"[\x20-\x7e]{1,240}")
_PARAMETERS: Final = frozenset({"scheme", "fix_file", "locale"})


async def import_bids(request: Request) -> Response:
    """Take the file; 200 with what became of each line."""
    try:
        return await _imported(request)
    except Refused as refused:
        raise refusal_of(refused) from refused
    except FetchFailed as failed:
        raise file_refused(failed) from failed
    except FileRefused as refused_file:
        raise _refused(refused_file) from refused_file
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error


async def _imported(request: Request) -> Response:
    """Who asks and for what is settled before a byte of the body is read."""
    context = await context_of(request)
    bidding.may_set(context)
    given = request.query_params
    if unknown := sorted(set(given) - _PARAMETERS):
        raise bad_request("UNKNOWN_PARAMETER", f"There is no parameter {unknown[0][:40]!r}.")
    wants_fix = given.get("fix_file", "false").lower()
    if wants_fix not in {"true", "false"}:
        raise bad_parameter("fix_file", "true or false")
    words = language(given.get("locale", "en"))
    terms = await bidding.terms_of_files(given.get("scheme", "own"))
    if terms is None:
        raise bad_parameter("scheme", "own, letters, metals, or a scale that was agreed on")
    key, encoding = _key(request), encoding_of(request)
    with tempfile.TemporaryDirectory(prefix="boucle-bids-") as folder:
        path = Path(folder) / "bids"
        await receive(file_sent(request, encoding), encoding or None, path, LIMITS)
        rows = await asyncio.to_thread(read_rows, path, MOST_LINES)
    items = _items(rows, terms)
    told = await _set(context, items, key)
    if wants_fix == "true":
        content_type, body = fix_file(rows, _said(rows, told, words))
        return Response(body, media_type=content_type)
    return answer(_told(rows, told, words))


def _items(rows: PlainRows, terms: bidding.FileTerms) -> list[Item]:
    """The items of the lines. Raises: FileRefused for a header that cannot say what is bid."""
    fields = fields_of(rows.columns)
    if lacking := missing(fields):
        raise FileRefused(bidding.HEADER_MISSING, "missing: " + ", ".join(lacking))
    good = [row.cells for row in rows.rows if isinstance(row.cells, dict)]
    mark = mark_of([cells.get(fields["amount"], "") for cells in good])
    return [
        item_of(
            {name: row.cells.get(column, "") for name, column in fields.items()},
            mark,
            terms.codes,
            terms.currencies,
        )
        if isinstance(row.cells, dict)
        else unreadable(row.cells)
        for row in rows.rows
    ]


async def _set(context: Context, items: list[Item], key: str | None) -> list[Told]:
    """What became of the items, a thousand at a time."""
    told: list[Told] = []
    for at in range(0, len(items), MOST_ITEMS):
        own = None if key is None else f"{key}#{at}"
        found = await bidding.set_bids(context, items[at : at + MOST_ITEMS], own, NAME)
        if isinstance(found, bidding.ItemCount):
            raise LookupError(found)
        told += found.items
    return told


def _said(rows: PlainRows, told: list[Told], words: str) -> list[tuple[PlainRow, Said]]:
    """The refused records with what is wrong."""
    return [
        (row, Said([(each.code.value, *explain_bid(each.code, words))]))
        for row, each in zip(rows.rows, told, strict=True)
        if each.code is not None
    ]


def _told(rows: PlainRows, told: list[Told], words: str) -> dict[str, Any]:
    counts = {each.value.lower(): sum(t.outcome is each for t in told) for each in BidOutcome}
    lines = [_line(row, each, words) for row, each in zip(rows.rows, told, strict=True)]
    return {"lines": len(lines), **counts, "results": lines}


def _line(row: PlainRow, told: Told, words: str) -> dict[str, Any]:
    found: dict[str, Any] = {"line": row.line, "outcome": told.outcome.value}
    if told.version is not None:
        found["version"] = told.version
    if told.code is not None:
        message, suggestion = explain_bid(told.code, words)
        found |= {"code": told.code.value, "field": told.field, "current": told.current}
        found |= {"message": message, "suggestion": suggestion}
    return found


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        message = "The Idempotency-Key of a file has 1 to 240 printable ASCII characters."
        raise bad_request("BAD_IDEMPOTENCY_KEY", message)
    return key


def _refused(refused: FileRefused) -> NotServed:
    message = f"The file was refused: {refused.detail}."
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return NotServed(status, Code.BAD_USER_INPUT, refused.code.value, message)
