"""What a client reads of an error: a code, a reason, our words; never a fault's own text.

Faults are logged with their traceback under an `errorId`, which is all that leaves the server.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import structlog
from graphql import (
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    VariableDefinitionNode,
    print_ast,
)
from strawberry.relay.types import GlobalIDValueError
from tortoise.exceptions import DBConnectionError

from boucle.edge.answers import RETRY_SECONDS, Code
from boucle.graphql import Unusable, Why
from models.base import new_id
from resolvers.context import Refused

log = structlog.get_logger()

MAX_ERRORS = 10
MAX_MESSAGE = 200
AWAY = (
    ConnectionError,
    TimeoutError,
    DBConnectionError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)
_CODES = frozenset(Code)
_WHY = {
    Why.SYNTAX: Code.GRAPHQL_PARSE_FAILED,
    Why.INVALID_DOCUMENT: Code.GRAPHQL_VALIDATION_FAILED,
    Why.DOCUMENT_TOO_LARGE: Code.QUERY_TOO_COMPLEX,
    Why.OPERATION_MISSING: Code.OPERATION_RESOLUTION_FAILURE,
    Why.OPERATION_NAME_MISSING: Code.OPERATION_RESOLUTION_FAILURE,
    Why.OPERATION_UNKNOWN: Code.OPERATION_RESOLUTION_FAILURE,
}
_AFTER = re.compile(
    r"[,.;]?\s*\b[Dd]id you mean\b.*$|, but encountered error\b.*$"
    r"|[,.;] [Ff]ound\b.*$|; did not expect\b.*$",
    re.DOTALL,
)
_VALUE = re.compile(
    r"(cannot represent [^:]{1,80}|has invalid value[^:]{0,80}|: Invalid [^:]{1,60}): .*$"
    r"|(: Unexpected \w{1,20}) [\"'].*$",
    re.DOTALL,
)
_VARIABLE = re.compile(r"^Variable '\$(\w{1,64})'")


def of_document(refused: Unusable) -> list[dict[str, Any]]:
    """The errors of a document that was not executed."""
    extensions = {"code": _WHY[refused.why].value, "reason": refused.why.value}
    return [_shape(e, _without_values(e.message), extensions) for e in refused.errors[:MAX_ERRORS]]


def of_variables(
    errors: Sequence[GraphQLError], operation: OperationDefinitionNode
) -> list[dict[str, Any]]:
    """The errors of variables that do not fit; the values sent are not repeated."""
    types = {d.variable.name.value: d for d in operation.variable_definitions or ()}
    return [_of_variable(error, types) for error in errors[:MAX_ERRORS]]


def of_execution(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """The errors of fields; faults are logged and masked."""
    return [_of_field(error) for error in list(errors)[:MAX_ERRORS]]


def of_refusal(refused: Refused) -> dict[str, Any]:
    """The error of a request that a use case does not serve."""
    return {"message": str(refused)[:MAX_MESSAGE], "extensions": _closed(refused.extensions())}


def _of_variable(error: GraphQLError, types: dict[str, VariableDefinitionNode]) -> dict[str, Any]:
    found = _VARIABLE.match(error.message)
    definition = types.get(found[1]) if found else None
    if found and definition:
        kind = print_ast(definition.type)
        message = f"The value of the variable '${found[1]}' does not fit its type '{kind}'."
    else:
        message = "A variable's value does not fit its type."
    extensions: dict[str, Any] = {"code": Code.BAD_USER_INPUT.value, "reason": "INVALID_VARIABLE"}
    if found:
        extensions["argument"] = found[1]
    return _shape(error, message[:MAX_MESSAGE], extensions)


def _of_field(error: GraphQLError) -> dict[str, Any]:
    cause = _cause(error)
    if isinstance(cause, Refused):
        return _shape(error, str(cause), _closed(cause.extensions()))
    if isinstance(cause, GlobalIDValueError):
        extensions = {"code": Code.BAD_USER_INPUT.value, "reason": "INVALID_ID"}
        return _shape(error, "This is not an id of ours.", extensions)
    if isinstance(cause, AWAY):
        log.warning("graphql.unavailable", error=type(cause).__name__, path=error.path)
        return _shape(error, "Try again in a moment.", unavailable_extensions())
    if isinstance(cause, GraphQLError) and (known := _intended(cause)):
        return _shape(error, _without_values(cause.message), known)
    return _masked(error, cause)


def _cause(error: GraphQLError) -> BaseException:
    """What was raised first: a library may have wrapped it more than once."""
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _intended(error: GraphQLError) -> dict[str, Any] | None:
    """Extensions of an error that was meant for the client, else None."""
    if (error.extensions or {}).get("code") in _CODES:
        return _closed(dict(error.extensions or {}))
    if any(not isinstance(node, FieldNode) for node in error.nodes or ()):
        return {"code": Code.BAD_USER_INPUT.value, "reason": "INVALID_ARGUMENT"}
    return None


def _masked(error: GraphQLError, cause: BaseException) -> dict[str, Any]:
    error_id = str(new_id())
    log.error("graphql.fault", error_id=error_id, path=error.path, exc_info=cause)
    extensions = {
        "code": Code.INTERNAL_SERVER_ERROR.value,
        "reason": "FAULT",
        "errorId": error_id,
    }
    return _shape(error, "Something failed on our side.", extensions)


def unavailable_extensions() -> dict[str, Any]:
    """What says that another try may succeed."""
    return {
        "code": Code.UNAVAILABLE.value,
        "reason": "TRY_AGAIN",
        "retryAfter": RETRY_SECONDS,
    }


def _closed(extensions: dict[str, Any]) -> dict[str, Any]:
    """Extensions with a code of the closed list and a reason."""
    code = extensions.get("code")
    if code not in _CODES:
        code = Code.BAD_USER_INPUT.value
    return {**extensions, "code": str(code), "reason": extensions.get("reason") or str(code)}


def _without_values(message: str) -> str:
    """What a library says, up to where it repeats what was sent or guesses what was meant."""
    message = _AFTER.sub("", message)
    message = _VALUE.sub(lambda found: found[1] or found[2], message)
    if not message.endswith("."):
        message += "."
    return message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"


def _shape(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {"message": message[:MAX_MESSAGE]}
    if error.locations:
        shape["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        shape["path"] = list(error.path)
    return {**shape, "extensions": extensions}
