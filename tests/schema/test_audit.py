"""Who changed what: told to whose it was, and to nobody else; sealed against changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.accounts.roles import MERCHANT_SCOPES, Role
from models import audit
from models.accounts import ApiKey
from models.base import execute, fetchval, transaction
from models.merchants import Merchant
from resolvers.accounts.audit import Asked, export
from resolvers.context import Caller, Context
from schema.common import global_id
from tests import factories
from tests.identity import at_home, enter, person, signed_in
from tests.schema.asking import Json, data, key_of, refusal, served
from tests.schema.test_api_keys import CREATE

LOG = """query($action: String, $type: String, $since: DateTime, $first: Int, $after: String,
  $of: ID){
  auditLog(action: $action, objectType: $type, since: $since, first: $first, after: $after,
    merchant: $of){
    edges{node{action objectType objectId actorKind userId keyPrefix before after requestId}}
    pageInfo{hasNextPage endCursor}}}"""
ROTATE = """mutation($id: ID!){rotateApiKey(input: {id: $id, idempotencyKey: "r"}){
  ... on ApiKeyRotated{apiKey{id prefix}}}}"""
REVOKE = 'mutation($id: ID!){revokeApiKey(input: {id: $id, idempotencyKey: "v"}){__typename}}'


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


async def owner_of(merchant: Merchant) -> Caller:
    return await person(Role.MERCHANT_OWNER, merchant_id=merchant.id)


async def logged(caller: Caller, **more: Any) -> list[Json]:
    page = (await data(LOG, caller, first=100, **more))["auditLog"]
    return [edge["node"] for edge in page["edges"]]


async def noted(merchant: Merchant, count: int) -> None:
    for n in range(count):
        await audit.record(audit.Entry(f"act{n}", "Thing", None, "MERCHANT", merchant.id))


async def test_each_change_of_a_key_is_told_once_with_who_and_what_and_no_secret(
    db: None,
) -> None:
    merchant = await factories.merchant()
    owner = await owner_of(merchant)
    given = {"scopes": ["feeds:read"], "name": "till", "idempotencyKey": "c"}
    for _ in range(2):
        await data(CREATE, owner, input=given)
    row = await ApiKey.get()
    secret = row.secret_sha256.hex()
    rotated = await data(ROTATE, owner, id=str(global_id("ApiKey", row.id)))
    for _ in range(2):
        await data(REVOKE, owner, id=rotated["rotateApiKey"]["apiKey"]["id"])

    log = await logged(owner)
    assert [each["action"] for each in log] == ["revokeApiKey", "rotateApiKey", "createApiKey"]
    assert {(e["actorKind"], e["userId"]) for e in log} == {("MERCHANT", str(owner.user_id))}
    created = log[-1]
    assert (created["objectType"], created["objectId"]) == ("ApiKey", str(row.id))
    assert (created["after"]["scopes"], created["after"]["name"]) == (["feeds:read"], "till")
    assert log[1]["after"]["previous"] == row.prefix
    assert secret not in str(log)


async def test_a_sign_in_of_a_member_is_noted_and_that_of_a_customer_is_not(db: None) -> None:
    merchant = await factories.merchant()
    await enter("ada@example.org", Role.MERCHANT_OPS, merchant_id=merchant.id)

    await signed_in("ada@example.org")
    await signed_in("someone@example.org")

    (entry,) = await logged(await owner_of(merchant))
    assert (entry["action"], entry["objectType"], entry["actorKind"]) == (
        "signIn", "Session", "MERCHANT",
    )  # fmt: skip
    assert await fetchval("SELECT count(*) FROM audit_log") == 1


async def test_what_staff_did_to_a_merchants_key_is_told_to_it_without_a_name(db: None) -> None:
    merchant = await factories.merchant(markets=("FR",))
    of = str(global_id("Merchant", merchant.id))
    team = await person(Role.COUNTRY_TEAM, markets={"FR"})
    asked = {"scopes": ["feeds:read@FR"], "merchant": of, "idempotencyKey": "c"}
    await data(CREATE, team, input=asked)

    (told,) = await logged(await owner_of(merchant))
    assert (told["actorKind"], told["userId"]) == ("STAFF", None)
    (seen,) = await logged(team, of=of)
    assert seen["userId"] == str(team.user_id)
    german = await person(Role.COUNTRY_TEAM, markets={"DE"})
    assert await logged(german, of=of) == []


async def test_the_log_of_another_is_not_seen_and_a_key_needs_the_scope(db: None) -> None:
    merchant, other = await factories.merchant("amber"), await factories.merchant("birch")
    await noted(merchant, 2)

    assert len(await logged(key_of(merchant, "audit:read"))) == 2
    assert await logged(key_of(other, "audit:read")) == []
    rest = MERCHANT_SCOPES - {"audit:read"}
    assert (await refusal(LOG, key_of(merchant, *rest)))["scope"] == "audit:read"
    ops = await person(Role.MERCHANT_OPS, merchant_id=merchant.id)
    assert (await refusal(LOG, ops))["reason"] == "SCOPE_NOT_GRANTED"


async def test_pages_and_filters_lose_and_repeat_nothing(db: None) -> None:
    merchant = await factories.merchant()
    await noted(merchant, 7)
    caller = key_of(merchant, "audit:read")

    found, after, more = [], None, True
    while more:
        page = (await data(LOG, caller, first=3, after=after))["auditLog"]
        found += [edge["node"]["action"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert found == [f"act{n}" for n in range(6, -1, -1)]
    assert [e["action"] for e in await logged(caller, action="act3")] == ["act3"]
    assert await logged(caller, type="Feed") == []
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await logged(caller, since=soon) == []


async def test_the_export_has_every_entry_in_pieces_oldest_first(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.accounts.audit.EXPORTED_AT_ONCE", 3)
    merchant, other = await factories.merchant("amber"), await factories.merchant("birch")
    await noted(merchant, 6)
    await noted(other, 1)

    async with served():
        pieces = [p async for p in export(Context(key_of(merchant, "audit:read")), Asked())]

    assert [len(piece) for piece in pieces] == [3, 3]
    assert [row.action for piece in pieces for row in piece] == [f"act{n}" for n in range(6)]


async def _sealed(count: int, monkeypatch: pytest.MonkeyPatch) -> list[audit.Seal]:
    monkeypatch.setattr(audit, "SEALED_AT_ONCE", 4)
    await noted(await factories.merchant(), count)
    last, made = await audit.last_written(), []
    while (found := await audit.seal(last)) is not None:
        made.append(found)
    return made


async def test_seals_follow_each_other_and_hold(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await _sealed(10, monkeypatch)

    assert [each.rows for each in made] == [4, 4, 2]
    assert [b.first_n for b in made[1:]] == [a.last_n + 1 for a in made[:-1]]
    assert len({each.hash for each in made}) == 3
    found = await audit.verify()
    assert (found.seals, found.broken, found.last) == (3, None, made[-1])
    assert await audit.seal(await audit.last_written()) is None
    assert await audit.sealed(made[1].hash)
    assert not await audit.sealed(bytes(32))


OWNER_DID = {
    "changed": "UPDATE audit_log SET after = '{\"x\": 1}' WHERE n = $1",
    "removed": "DELETE FROM audit_log WHERE n = $1",
    "moved": "UPDATE audit_log SET at = at - interval '1 day' WHERE n = $1",
    "given away": "UPDATE audit_log SET merchant_id = NULL WHERE n = $1",
}


@pytest.mark.parametrize("what", OWNER_DID)
async def test_a_row_that_the_owner_of_the_tables_touched_is_found_in_its_range(
    db: None, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    made = await _sealed(10, monkeypatch)
    await execute("SET LOCAL ROLE NONE")
    await execute("ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY")
    await execute(OWNER_DID[what], made[1].first_n + 1)
    await execute("ALTER TABLE audit_log FORCE ROW LEVEL SECURITY")
    await execute("SET LOCAL ROLE boucle_system")

    found = await audit.verify()

    assert (found.seals, found.last, found.broken) == (1, made[0], made[1])


async def test_a_seal_that_was_taken_away_leaves_a_gap(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await _sealed(10, monkeypatch)
    await execute("SET LOCAL ROLE NONE")
    await execute("DELETE FROM audit_seal WHERE n = $1", made[1].n)
    await execute("SET LOCAL ROLE boucle_system")

    found = await audit.verify()

    assert (found.broken, found.gap) == (made[2], made[1].first_n)


@pytest.mark.parametrize("role", ["boucle_app", "boucle_system"])
@pytest.mark.parametrize("table", ["audit_log", "audit_seal"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET n = n", "DELETE FROM {}", "TRUNCATE {}"])
async def test_no_process_changes_or_removes_an_entry(
    db: None, role: str, table: str, sql: str
) -> None:
    async def tried() -> None:
        async with transaction():
            await execute(f"SET LOCAL ROLE {role}")
            await execute(sql.format(table))

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await tried()
