"""Pages ask the same GraphQL schema as every client, in process."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

import orjson

from resolvers.context import Caller

Answer = dict[str, Any]


class Execute(Protocol):
    """Runs an operation on the schema and returns `data` and `errors`, as a client gets them."""

    async def __call__(
        self, query: str, variables: Mapping[str, Any], caller: Caller | None = None
    ) -> Answer:
        """Run one operation."""


class NotServed(Exception):
    """The schema answered with errors; `code` is that of the first, `status` fits a page."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = _STATUS.get(code, 503)


_STATUS = {"BAD_USER_INPUT": 400, "UNAUTHENTICATED": 401, "FORBIDDEN": 403, "RATE_LIMITED": 429}
_MOST_IN_LINK = 6000


async def ask(
    execute: Execute, query: str, variables: Mapping[str, Any], caller: Caller | None = None
) -> Answer:
    """The data of an operation.

    Raises: NotServed if the answer has errors, even beside data.
    """
    answer = await execute(query, variables, caller)
    if errors := answer.get("errors"):
        first = errors[0]
        code = (first.get("extensions") or {}).get("code", "INTERNAL_SERVER_ERROR")
        raise NotServed(str(code), str(first.get("message", "")))
    return dict(answer["data"])


def explorer_link(query: str, variables: Mapping[str, Any]) -> str:
    """Where a person can run the operation of a page; in the fragment, so no server logs it."""
    text = orjson.dumps({k: v for k, v in variables.items() if v is not None}).decode()
    link = f"/graphql#query={quote(query.strip(), safe='')}&variables={quote(text, safe='')}"
    return link if len(link) <= _MOST_IN_LINK else "/graphql"
