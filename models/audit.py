"""The audit log: who changed what, from what to what, in the transaction of the change.

A request adds rows and reads its own; no role of a running process changes or removes one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from models.base import execute


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `before` and `after` hold the changed fields: never a secret, never a person's.

    `merchant_id` or `organisation_id` is whose object it was; `user_id` or `key_prefix` who acted.
    """

    action: str
    object_type: str
    object_id: UUID | None
    actor_kind: str
    merchant_id: UUID | None = None
    organisation_id: UUID | None = None
    user_id: UUID | None = None
    key_prefix: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    market: str | None = None
    request_id: str = ""


async def record(entry: Entry) -> None:
    """Add an entry, if and only if the current transaction commits."""
    await execute(
        "INSERT INTO audit_log (action, object_type, object_id, actor_kind, merchant_id, "
        "organisation_id, user_id, key_prefix, before, after, market, request_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10::text::jsonb, $11, $12)",
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.actor_kind,
        entry.merchant_id,
        entry.organisation_id,
        entry.user_id,
        entry.key_prefix,
        _json(entry.before),
        _json(entry.after),
        entry.market,
        entry.request_id,
    )


def _json(facts: Mapping[str, Any] | None) -> str | None:
    return None if facts is None else orjson.dumps(dict(facts), default=str).decode()
