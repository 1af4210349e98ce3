"""The messages that a client may send over a socket, and how they are read.

Source: the graphql-transport-ws protocol,
https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson

from boucle.edge import body
from boucle.edge.answers import NotServed
from boucle.edge.body import Asked

MAX_ID = 256
MAX_REASON_BYTES = 123


class CloseCode(IntEnum):
    """Why a socket is closed. graphql-ws connects again after 1012, 1013, 4403 and 4408 only."""

    TOO_BIG = 1009
    FAULT = 1011
    RESTARTING = 1012
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    NOT_ACKNOWLEDGED = 4401
    FORBIDDEN = 4403
    INIT_TIMEOUT = 4408
    DUPLICATE_ID = 4409
    TOO_MANY = 4429


@dataclass(frozen=True, slots=True)
class Close:
    """How a socket is closed: `reason` fits a close frame."""

    code: CloseCode
    reason: str

    @classmethod
    def of(cls, code: CloseCode, reason: str) -> "Close":
        """With the reason cut to what fits."""
        cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        return cls(code, cut)


class Malformed(Exception):
    """A message that the protocol does not know. The text says why."""


@dataclass(frozen=True, slots=True)
class Init:
    """`connection_init`: who the client is, as a header would say."""

    authorization: str | None


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`: wants a `pong` with the same payload."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """`pong`: the client is there."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: run an operation under this id."""

    id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Complete:
    """`complete`: the client wants no more of this id."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def parse(event: Mapping[str, Any]) -> Message:
    """The message of a `websocket.receive` event. Raises: Malformed."""
    text = event.get("text")
    if text is None:
        raise Malformed("Send text frames, not binary ones.")
    try:
        return _message(_strict(text))
    except NotServed as error:
        raise Malformed(str(error)) from error


def _strict(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("This is not strict JSON.") from error
    if not isinstance(found, dict):
        raise Malformed("Send a JSON object.")
    body.refuse_unstorable(found)
    return found


def _message(found: dict[str, Any]) -> Message:
    kind, payload = found.get("type"), found.get("payload")
    if not isinstance(kind, str):
        raise Malformed("The member 'type' must be a string.")
    if not isinstance(payload, dict | None):
        raise Malformed("The member 'payload' must be an object.")
    match kind:
        case "connection_init":
            return Init(_authorization(payload or {}))
        case "ping":
            return Ping(payload)
        case "pong":
            return Pong()
        case "subscribe":
            return Subscribe(_id(found), body.asked_of(payload))
        case "complete":
            return Complete(_id(found))
    raise Malformed("There is no such message type.")


def _id(found: dict[str, Any]) -> str:
    value = found.get("id")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID:
        raise Malformed(f"The member 'id' must be a string of 1 to {MAX_ID} characters.")
    return value


def _authorization(payload: dict[str, Any]) -> str | None:
    sent = [value for name, value in payload.items() if name.lower() == "authorization"]
    if len(sent) > 1 or not all(isinstance(value, str | None) for value in sent):
        raise Malformed("The member 'authorization' of the payload must be one string.")
    return sent[0] if sent else None
