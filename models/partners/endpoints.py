"""The endpoints of webhooks: where a partner is told what happens, and how well that goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.partners.selections import Owner
from domain.partners.webhooks import ROTATION, DisabledFor, EndpointState, Failed
from models.base import execute, fetch, fetchrow, fetchval
from models.vault import Cell, SecretLost, Vault

_COLUMNS = (
    "id, merchant_id, organisation_id, url, description, topics, selections::text AS selections, "
    "scopes, state, old_secret_until, challenge, challenged_at, challenge_problem, verified_at, "
    "failures, failing_since, open_until, disabled_at, disabled_for, created_at"
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as its owner sees it; its secrets stay behind.

    `selections` are GraphQL documents by topic, `scopes` the rights that they run with. While
    `open_until` lies ahead, nothing is sent.
    """

    id: UUID
    merchant_id: UUID | None
    organisation_id: UUID | None
    url: str
    description: str
    topics: list[str]
    selections: dict[str, str]
    scopes: list[str]
    state: EndpointState
    old_secret_until: datetime | None
    challenge: str = field(repr=False)
    challenged_at: datetime | None
    challenge_problem: Failed | None
    verified_at: datetime | None
    failures: int
    failing_since: datetime | None
    open_until: datetime | None
    disabled_at: datetime | None
    disabled_for: DisabledFor | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What the owner of an endpoint says of it."""

    url: str
    description: str
    topics: Sequence[str]
    selections: Mapping[str, str]
    scopes: Sequence[str]


def secret_cell(endpoint_id: UUID) -> Cell:
    """Where the secret in use stands."""
    return Cell("webhook_endpoint", "secret", endpoint_id)


def old_secret_cell(endpoint_id: UUID) -> Cell:
    """Where the secret before it stands."""
    return Cell("webhook_endpoint", "old_secret", endpoint_id)


async def add(endpoint_id: UUID, owner: Owner, given: Given, challenge: str, closed: bytes) -> None:
    """Store an endpoint that has yet to echo its challenge; `closed` is its encrypted secret."""
    await execute(
        "INSERT INTO webhook_endpoint (id, merchant_id, url, description, topics, selections, "
        "scopes, challenge, secret, organisation_id) "
        "VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $10)",
        endpoint_id,
        owner.merchant_id,
        given.url,
        given.description,
        list(given.topics),
        orjson.dumps(dict(given.selections)).decode(),
        list(given.scopes),
        challenge,
        closed,
        owner.organisation_id,
    )


async def change(endpoint_id: UUID, given: Given) -> None:
    """Store what its owner now says of it."""
    await execute(
        "UPDATE webhook_endpoint SET url = $2, description = $3, topics = $4, "
        "selections = $5::text::jsonb, scopes = $6, updated_at = now() WHERE id = $1",
        endpoint_id,
        given.url,
        given.description,
        list(given.topics),
        orjson.dumps(dict(given.selections)).decode(),
        list(given.scopes),
    )


async def challenge_again(endpoint_id: UUID, challenge: str) -> None:
    """Send nothing to it until it echoes this challenge; what happens meanwhile is kept for it.

    One that was disabled is told from now on.
    """
    await execute(
        "UPDATE webhook_endpoint SET state = 'PENDING', challenge = $2, challenged_at = NULL, "
        "challenge_problem = NULL, failures = 0, failing_since = NULL, open_until = NULL, "
        "disabled_at = NULL, disabled_for = NULL, updated_at = now(), "
        "verified_at = CASE WHEN state = 'DISABLED' THEN NULL ELSE verified_at END WHERE id = $1",
        endpoint_id,
        challenge,
    )


async def echoed(endpoint_id: UUID, challenge: str, problem: Failed | None) -> bool:
    """Note what came of a challenge; whether it made the endpoint active."""
    made = await execute(
        "UPDATE webhook_endpoint SET challenged_at = now(), challenge_problem = $3, "
        "state = CASE WHEN $3::text IS NULL THEN 'ACTIVE' ELSE state END, "
        "verified_at = CASE WHEN $3::text IS NULL THEN coalesce(verified_at, now()) "
        "ELSE verified_at END "
        "WHERE id = $1 AND challenge = $2 AND state = 'PENDING' AND deleted_at IS NULL",
        endpoint_id,
        challenge,
        problem.value if problem else None,
    )
    return bool(made) and problem is None


async def rotate(endpoint_id: UUID, vault: Vault, secret: bytes) -> datetime | None:
    """Sign with `secret` from now on, and with the one before for a day; until when, by the row.

    None for an endpoint that is not there.
    """
    row = await fetchrow(
        "SELECT secret FROM webhook_endpoint WHERE id = $1 AND deleted_at IS NULL FOR UPDATE",
        endpoint_id,
    )
    if row is None:
        return None
    try:
        old = vault.close(
            vault.open(bytes(row["secret"]), secret_cell(endpoint_id)), old_secret_cell(endpoint_id)
        )
    except SecretLost:  # a new secret is the way out
        old = None
    until: datetime = await fetchval(
        "UPDATE webhook_endpoint SET secret = $2, old_secret = $3, updated_at = now(), "
        "old_secret_until = now() + $4::interval WHERE id = $1 RETURNING old_secret_until",
        endpoint_id,
        vault.close(secret, secret_cell(endpoint_id)),
        old,
        ROTATION,
    )
    return until


async def delete(endpoint_id: UUID) -> bool:
    """Send nothing to it any more; its log stays for its time. False if it is not there."""
    sql = (
        "UPDATE webhook_endpoint SET deleted_at = now(), updated_at = now(), secret = '', "
        "old_secret = NULL WHERE id = $1 AND deleted_at IS NULL"
    )
    return await execute(sql, endpoint_id) == 1


async def count(owner_id: UUID) -> int:
    """How many endpoints a merchant or an organisation has."""
    found: int = await fetchval(
        "SELECT count(*) FROM webhook_endpoint WHERE owner_id = $1 AND deleted_at IS NULL",
        owner_id,
    )
    return found


async def one(owner_id: UUID, endpoint_id: UUID, *, lock: bool = False) -> Endpoint | None:
    """An endpoint of a merchant or an organisation; None for any other."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM webhook_endpoint "  # noqa: S608  # names of ours
        f"WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL{' FOR UPDATE' * lock}",
        endpoint_id,
        owner_id,
    )
    return None if row is None else _endpoint(row)


async def owned(owner_id: UUID, before: UUID | None, limit: int) -> list[Endpoint]:
    """The endpoints of a merchant or an organisation, newest first, made before `before`."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM webhook_endpoint "  # noqa: S608  # names of ours
        "WHERE owner_id = $1 AND deleted_at IS NULL AND ($2::uuid IS NULL OR id < $2) "
        "ORDER BY id DESC LIMIT $3",
        owner_id,
        before,
        limit,
    )
    return [_endpoint(row) for row in rows]


async def disabled(endpoint_id: UUID) -> Endpoint | None:
    """An endpoint that was disabled; None for one that is not, or is deleted."""
    row = await fetchrow(
        f"SELECT {_COLUMNS} FROM webhook_endpoint "  # noqa: S608  # names of ours
        "WHERE id = $1 AND state = 'DISABLED' AND deleted_at IS NULL",
        endpoint_id,
    )
    return None if row is None else _endpoint(row)


@dataclass(frozen=True, slots=True)
class Challenged:
    """What is needed to challenge an endpoint. `secrets` are open, the newest first."""

    id: UUID
    url: str
    challenge: str = field(repr=False)
    secrets: list[bytes] = field(repr=False)
    at: datetime


async def to_challenge(endpoint_id: UUID, vault: Vault) -> Challenged | None:
    """An endpoint that waits for its challenge; None for one that does not."""
    row = await fetchrow(
        "SELECT id, url, challenge, secret, old_secret, old_secret_until, now() AS at "
        "FROM webhook_endpoint WHERE id = $1 AND state = 'PENDING' AND deleted_at IS NULL",
        endpoint_id,
    )
    if row is None:
        return None
    return Challenged(row["id"], row["url"], row["challenge"], secrets_of(row, vault), row["at"])


def secrets_of(row: asyncpg.Record, vault: Vault) -> list[bytes]:
    """The secrets that a request is signed with, of a row that holds them and the time `at`.

    Raises: SecretLost.
    """
    found = [vault.open(bytes(row["secret"]), secret_cell(row["id"]))]
    until = row["old_secret_until"]
    if row["old_secret"] is not None and until is not None and row["at"] < until:
        found.append(vault.open(bytes(row["old_secret"]), old_secret_cell(row["id"])))
    return found


def _endpoint(row: asyncpg.Record) -> Endpoint:
    facts: dict[str, Any] = dict(row)
    problem, reason = facts["challenge_problem"], facts["disabled_for"]
    return Endpoint(
        **facts
        | {
            "selections": orjson.loads(facts["selections"]),
            "state": EndpointState(facts["state"]),
            "challenge_problem": Failed(problem) if problem else None,
            "disabled_for": DisabledFor(reason) if reason else None,
        }
    )
