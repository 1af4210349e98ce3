"""`GET /v1/reports/{report_id}`: a report of a period as a file.

CSV has a line for each line, with the columns that any of them has; JSON the report with its sums;
XML the message to an authority.
Source: docs/rules/reports.md, "Files".
"""

import csv
import io
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.exports import cell
from boucle.edge.merchants import bad_parameter, context_of, id_in, refusal_of
from resolvers.context import Context, Refused
from resolvers.quality import reports as resolvers
from resolvers.quality.reports import ReportFormat

_TYPES = {
    ReportFormat.CSV: "text/csv; charset=utf-8",
    ReportFormat.JSON: "application/json",
    ReportFormat.XML: "application/xml",
}
_FIRST = ("n", "merchant", "document", "faults")


async def read_report(request: Request) -> Response:
    """The report, always as an attachment."""
    chosen = request.query_params.get("format", ReportFormat.CSV.value).lower()
    if chosen not in {each.value for each in ReportFormat}:
        raise bad_parameter("format", "csv, json or xml")
    try:
        found = await _found(await context_of(request), request, ReportFormat(chosen))
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if found is None:
        message = "There is no such report of yours that is ready in this format."
        raise NotServed(HTTPStatus.NOT_FOUND, Code.BAD_USER_INPUT, "REPORT_UNKNOWN", message)
    name, body = found
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{chosen}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type=_TYPES[ReportFormat(chosen)], headers=headers)


async def _found(
    context: Context, request: Request, chosen: ReportFormat
) -> tuple[str, bytes] | None:
    report_id = id_in(request.path_params["report_id"], "PeriodReport")
    report = None if report_id is None else await resolvers.report(context, report_id)
    if report is None or report.ready_at is None:
        return None
    name = f"{report.kind.lower()}-{report.scope.lower()}-{report.period}"
    if chosen is ReportFormat.XML:
        text = await resolvers.document(context, report)
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return None if text is None else (report.message_ref or name, (head + text).encode())
    rows = [_row(line) async for piece in resolvers.every_line(context, report) for line in piece]
    if chosen is ReportFormat.CSV:
        return name, _csv(rows)
    whole = {
        "kind": report.kind, "scope": report.scope, "period": report.period,
        "startsOn": report.starts_on, "endsOn": report.ends_on, "readyAt": report.ready_at,
        "message": report.message, "messageRef": report.message_ref, "lineCount": report.lines,
        "heldCount": report.held, "totals": report.totals, "lines": rows,
    }  # fmt: skip
    return name, orjson.dumps(whole, default=str)


def _row(line: Any) -> dict[str, Any]:
    first = (line.n, line.merchant_id, line.document, list(line.faults))
    return dict(zip(_FIRST, first, strict=True)) | dict(line.facts)


def _csv(rows: list[dict[str, Any]]) -> bytes:
    columns = list(dict.fromkeys([*_FIRST, *(name for row in rows for name in row)]))
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow(columns)
    written.writerows([cell(_flat(row.get(name))) for name in columns] for row in rows)
    return text.getvalue().encode()


def _flat(value: Any) -> Any:
    """Lists of words with spaces between them; other lists and objects as JSON."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(value)
    return orjson.dumps(value).decode() if isinstance(value, list) else value
