"""Who calls a merchant's route, and how such a route refuses.

Source: docs/rules/errors.md.
"""

import base64
from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request

from boucle.edge.answers import Code, NotServed
from boucle.edge.graphql import authorization
from boucle.edge.heads import address_of
from resolvers.accounts import caller_of
from resolvers.context import Context, Forbidden, Refused, SignInFirst

_STATUS = {SignInFirst.code: HTTPStatus.UNAUTHORIZED, Forbidden.code: HTTPStatus.FORBIDDEN}


async def context_of(request: Request) -> Context:
    """The caller by the key or token it sent. Raises: Refused."""
    caller = await caller_of(authorization(request), address_of(request.scope))
    return Context(caller, request.scope.get("request_id", ""), request.app.state.seal)


def refusal_of(refused: Refused) -> NotServed:
    """A refusal of a use case as the end of a request."""
    status = _STATUS.get(refused.code, HTTPStatus.BAD_REQUEST)
    headers = {"Connection": "close"}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    reason = refused.reason or refused.code
    return NotServed(status, Code(refused.code), reason, str(refused), headers=headers)


def bad_parameter(name: str, allowed: str) -> NotServed:
    """A query parameter has a value that it does not take."""
    return NotServed(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Code.BAD_USER_INPUT,
        "INVALID_PARAMETER",
        f"The parameter '{name}' takes {allowed}.",
        argument=name,
    )


def id_in(text: str, kind: str) -> UUID | None:
    """An id as the schema writes it (`Feed:` and a UUID in base64), or the bare UUID."""
    try:
        if len(text) == 36:
            return UUID(text)
        named, _, bare = base64.b64decode(text, validate=True).decode().partition(":")
        return UUID(bare) if named == kind else None
    except ValueError:
        return None
