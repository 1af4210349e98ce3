"""`GET /v1/labels/{label_id}`: the PDF of a label, to be printed.

Source: docs/carriers.md, "Contracts".
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from boucle.edge.answers import Code, NotServed, unavailable
from boucle.edge.errors import AWAY
from boucle.edge.merchants import context_of, id_in, refusal_of
from resolvers.context import Refused
from resolvers.shipments import labels as resolvers


async def label_document(request: Request) -> Response:
    """The document, always as an attachment."""
    label_id = id_in(request.path_params["label_id"], "ShippingLabel")
    try:
        context = await context_of(request)
        found = None if label_id is None else await resolvers.document(context, label_id)
    except Refused as refused:
        raise refusal_of(refused) from refused
    except AWAY as error:
        raise unavailable("TRY_AGAIN", "Try again in a moment.") from error
    if found is None:
        message = "There is no such label of yours with a document."
        raise NotServed(HTTPStatus.NOT_FOUND, Code.BAD_USER_INPUT, "LABEL_UNKNOWN", message)
    named = f'attachment; filename="label-{label_id}.pdf"'
    headers = {"Content-Disposition": named, "Content-Security-Policy": "sandbox"}
    return Response(found, media_type="application/pdf", headers=headers)
