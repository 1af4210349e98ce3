"""What an operation came to: a body, a status, headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from graphql import OperationDefinitionNode

from boucle.edge import errors
from boucle.edge.answers import RETRY_SECONDS, Code, NotServed
from boucle.edge.cache import Cached
from boucle.graphql import Result, Unusable
from resolvers.context import Forbidden, Refused, SignInFirst

_STATUS = {SignInFirst.code: HTTPStatus.UNAUTHORIZED, Forbidden.code: HTTPStatus.FORBIDDEN}
_HEADERS: dict[HTTPStatus, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": str(RETRY_SECONDS)},
}


@dataclass(slots=True)
class Outcome:
    """The answer to an operation, and the status that it deserves.

    `public` is the kept answer of a document that was named: anybody may keep it for a moment.
    """

    body: dict[str, Any]
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    public: Cached | None = None

    def with_cost(self, cost: Mapping[str, Any] | None) -> "Outcome":
        """The same answer with what it cost."""
        if cost is not None:
            self.body["extensions"] = {"cost": cost}
        return self


def of_result(result: Result, node: OperationDefinitionNode) -> Outcome:
    """The answer of an operation that was executed, or whose variables did not fit."""
    if not result.errors:
        return Outcome({"data": result.data})
    if result.data is None and all(error.path is None for error in result.errors):
        body = {"errors": errors.of_variables(result.errors, node)}
        return Outcome(body, HTTPStatus.BAD_REQUEST)
    told = errors.of_execution(result.errors)
    body = {"errors": told, "data": result.data}
    if result.data is None and told[0]["extensions"]["code"] == Code.UNAVAILABLE:
        away = HTTPStatus.SERVICE_UNAVAILABLE
        return Outcome(body, away, _HEADERS[away])
    return Outcome(body)


def of_document(refused: Unusable) -> Outcome:
    """The answer to a document that cannot be executed."""
    return Outcome({"errors": errors.of_document(refused)}, HTTPStatus.BAD_REQUEST)


def of_refusals(refused: Sequence[Refused]) -> Outcome:
    """The answer to a caller who may not ask for this."""
    status = _STATUS.get(refused[0].code, HTTPStatus.BAD_REQUEST)
    body = {"errors": [errors.of_refusal(each) for each in refused]}
    return Outcome(body, status, _HEADERS.get(status, {}))


def of_not_served(refused: NotServed) -> Outcome:
    """The answer to a request that ended before its operation was looked at."""
    return Outcome({"errors": [refused.error]}, refused.status, refused.headers)


def of_code(code: Code, reason: str, message: str) -> Outcome:
    """The answer to an operation that is not executed, for one reason."""
    extensions = {"code": code.value, "reason": reason}
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return Outcome(body, HTTPStatus.BAD_REQUEST)
