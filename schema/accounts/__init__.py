"""Who asks, as clients see it: sign-in, sessions, API keys."""

from typing import TypedDict

import strawberry

from schema.common import Info


class Told(TypedDict):
    """What every Problem has."""

    code: str
    message: str
    path: list[str]
    hint: str | None
    request_id: strawberry.ID


def told(info: Info, code: str, message: str, path: list[str], hint: str | None) -> Told:
    """What every Problem has, of this request."""
    return Told(
        code=code,
        message=message,
        path=path,
        hint=hint,
        request_id=strawberry.ID(info.context.request_id),
    )
