"""Idempotency keys: one effect and one answer for however many calls with one key.

In the transaction of the effect: `ask`; if that returns None, act and `answer`. A second call
waits inside `ask` for the first one's transaction. Keys are forgotten after 48 hours.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from models.base import execute, fetchrow, fetchval


@dataclass(frozen=True, slots=True)
class AnsweredBefore:
    """The key was used for the same request; `outcome` is what `answer` was given."""

    outcome: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used for another request."""


def digest(name: str, given: Mapping[str, Any]) -> bytes:
    """The SHA-256 of an operation's name and its input as canonical JSON, without the key.

    Shapes: `given` holds JSON values; anything else counts as its text.
    """
    canonical = orjson.dumps([name, given], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).digest()


async def ask(caller: str, key: str, asked: bytes) -> AnsweredBefore | KeyReused | None:
    """Claim the key for the request with the digest `asked`; None if this call is the first.

    Units: `caller` is whoever owns the key, such as a merchant's id.
    Raises: asyncpg.LockNotAvailableError while another call with the key takes its time.
    """
    first = await fetchval(
        "INSERT INTO once (caller, key, asked) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING RETURNING true",
        caller,
        key,
        asked,
    )
    if first:
        return None
    row = await fetchrow(
        "SELECT asked, outcome::text AS outcome FROM once WHERE caller = $1 AND key = $2",
        caller,
        key,
    )
    if row is None or row["outcome"] is None or bytes(row["asked"]) != asked:
        return KeyReused()
    return AnsweredBefore(orjson.loads(row["outcome"]))


async def answer(caller: str, key: str, outcome: Mapping[str, Any]) -> None:
    """Keep what the first call answered, in the transaction of its effect."""
    await execute(
        "UPDATE once SET outcome = $3::text::jsonb WHERE caller = $1 AND key = $2",
        caller,
        key,
        orjson.dumps(outcome, default=str).decode(),
    )
