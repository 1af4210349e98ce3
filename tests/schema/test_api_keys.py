"""API keys: what their makers may pass on, shown once, given successors, ended everywhere."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.accounts import parse
from domain.accounts.roles import Role
from models.accounts import ApiKey
from models.base import fetchval
from resolvers.accounts import caller_of
from resolvers.accounts.house import House, house_of
from resolvers.context import Caller, Context, Forbidden, SignInFirst
from schema.common import global_id
from tests import factories
from tests.boucle.edge import key
from tests.identity import at_home, organisation, person
from tests.schema.asking import Json, counted, data, key_of, refusal

CREATE = """mutation Create($input: CreateApiKeyInput!) { createApiKey(input: $input) {
  __typename
  ... on ApiKeyCreated { secret apiKey { id prefix state scopes networks expiresAt name } }
  ... on Problem { code path } ... on ScopeNotGranted { scope }
  ... on MarketNotGranted { scope market } ... on ApiKeyLimitReached { limit } } }"""
ROTATE = """mutation Rotate($input: RotateApiKeyInput!) { rotateApiKey(input: $input) {
  __typename ... on ApiKeyRotated { secret apiKey { id state scopes networks }
    previous { id state expiresAt lastUsedAt successor } }
  ... on Problem { code } ... on ApiKeyNotActive { state } ... on ScopeNotGranted { scope } } }"""
REVOKE = """mutation Revoke($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) {
  __typename ... on ApiKeyRevoked { apiKey { state revokedAt } } ... on Problem { code } } }"""
LIST = """query List($merchant: ID, $organisation: ID, $first: Int! = 24, $after: String) {
  apiKeys(merchant: $merchant, organisation: $organisation, first: $first, after: $after) {
    edges { node { id prefix state lastUsedAt } } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


async def _owner(slug: str = "atelier") -> Caller:
    return await person(
        Role.MERCHANT_OWNER, merchant_id=(await factories.merchant(slug, markets=("FR", "DE"))).id
    )


async def _created(caller: Caller, idempotency: str = "k", **more: Any) -> Json:
    given = {"scopes": ["offers:read"], "idempotencyKey": idempotency} | more
    found: Json = (await data(CREATE, caller, input=given))["createApiKey"]
    return found


async def _rotated(caller: Caller, key_id: str, **more: Any) -> Json:
    given = {"id": key_id, "idempotencyKey": "r"} | more
    found: Json = (await data(ROTATE, caller, input=given))["rotateApiKey"]
    return found


async def _revoked(caller: Caller, key_id: str, **more: Any) -> Json:
    given = {"id": key_id, "idempotencyKey": "v"} | more
    found: Json = (await data(REVOKE, caller, input=given))["revokeApiKey"]
    return found


async def test_a_key_opens_what_was_asked_and_nothing_else(db: None) -> None:
    owner = await _owner()
    wanted = {"scopes": ["feeds:read", "offers:read@FR"], "networks": ["192.0.2.0/24"]}
    made = await _created(owner, name="pricing", **wanted)

    assert (made["apiKey"]["state"], made["apiKey"]["name"]) == ("ACTIVE", "pricing")
    assert made["secret"].startswith(f"bcl_live_{made['apiKey']['prefix']}_")
    caller = await caller_of(f"Bearer {made['secret']}", "192.0.2.8")
    assert (caller.merchant_id, caller.user_id) == (owner.merchant_id, None)
    context = Context(caller)
    assert context.merchant_id("offers:read", "FR") == owner.merchant_id
    assert context.merchant_id("feeds:read") == owner.merchant_id
    for scope, market, reason in (
        ("offers:write", "FR", "SCOPE_NOT_GRANTED"),
        ("offers:read", "DE", "MARKET_NOT_GRANTED"),
        ("offers:read", None, "MARKET_NOT_GRANTED"),
    ):
        with pytest.raises(Forbidden) as refused:
            context.merchant_id(scope, market)
        assert refused.value.reason == reason


@pytest.mark.parametrize("address", ["192.0.3.1", "2001:db8::1", None])
async def test_a_key_with_networks_opens_nothing_from_elsewhere(
    db: None, address: str | None
) -> None:
    made = await _created(await _owner(), networks=["192.0.2.0/24"])

    with pytest.raises(Forbidden) as refused:
        await caller_of(f"Bearer {made['secret']}", address)
    assert refused.value.reason == "IP_NOT_ALLOWED"


async def test_of_a_key_only_a_hash_is_stored(db: None) -> None:
    made = await _created(await _owner())
    secret = made["secret"].rpartition("_")[2]

    stored = await fetchval("SELECT json_agg(k)::text FROM api_key k")
    kept = await fetchval("SELECT json_agg(o)::text FROM once o")
    assert secret not in stored + kept
    assert parse(made["secret"]) is not None
    assert parse(made["secret"][:-1] + ("0" if made["secret"][-1] != "0" else "1")) is None


async def test_a_key_ends_in_90_days_unless_told_otherwise_and_within_a_year(db: None) -> None:
    owner, now = await _owner(), datetime.now(UTC)
    made = await _created(owner)
    ends = datetime.fromisoformat(made["apiKey"]["expiresAt"])
    assert timedelta(days=89) < ends - now <= timedelta(days=90, minutes=1)

    for days in (366, -1):
        given = {"scopes": ["offers:read"], "idempotencyKey": "x"}
        given["expiresAt"] = (now + timedelta(days=days)).isoformat()
        found = await refusal(CREATE, owner, input=given)
        assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "expiresAt")


@pytest.mark.parametrize(
    ("wrong", "argument"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["offers"]}, "scopes"),
        ({"scopes": ["offers:read"] * 51}, "scopes"),
        ({"networks": ["192.0.2.1/24"]}, "networks"),
        ({"networks": ["192.0.2.1"] * 51}, "networks"),
        ({"name": "n" * 101}, "name"),
        ({"name": "a\0"}, "name"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
async def test_an_order_that_cannot_be_read_is_bad_input(
    db: None, wrong: dict[str, Any], argument: str
) -> None:
    given = {"scopes": ["offers:read"], "idempotencyKey": "x"} | wrong

    found = await refusal(CREATE, await _owner(), input=given)

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", argument)
    assert await ApiKey.all().count() == 0


@pytest.mark.parametrize("scope", ["keys:write", "fleets:read", "nothing:read", "fleets:read@FR"])
async def test_a_key_never_grants_more_than_its_maker_may_do(db: None, scope: str) -> None:
    found = await _created(await _owner(), scopes=["offers:read", scope])

    assert (found["code"], found["scope"]) == ("SCOPE_NOT_GRANTED", scope.partition("@")[0])
    assert await ApiKey.all().count() == 0


@pytest.mark.parametrize("role", [Role.MERCHANT_OPS, Role.MERCHANT_CARE, Role.MERCHANT_FINANCE])
async def test_only_the_owner_of_a_merchant_makes_keys(db: None, role: Role) -> None:
    caller = await person(role, merchant_id=(await factories.merchant()).id)
    given = {"scopes": ["offers:read"], "idempotencyKey": "x"}

    found = await refusal(CREATE, caller, input=given)

    assert (found["code"], found["reason"]) == ("FORBIDDEN", "SCOPE_NOT_GRANTED")


async def test_no_key_makes_a_key_and_strangers_are_asked_who_they_are(db: None) -> None:
    merchant = await factories.merchant()
    given = {"scopes": ["offers:read"], "idempotencyKey": "x"}

    full = key_of(merchant, "offers:read", "keys:read", "keys:write")
    assert (await data(CREATE, full, input=given))["createApiKey"]["code"] == (
        "API_KEY_OWNER_UNKNOWN"
    )
    for caller in (None, await person(Role.CUSTOMER)):
        assert (await refusal(CREATE, caller, input=given))["code"] == "UNAUTHENTICATED"
    assert await ApiKey.all().count() == 0


async def test_an_organisation_has_keys_of_its_own(db: None) -> None:
    company = await organisation()
    admin = await person(Role.ORG_ADMIN, organisation_id=company.id)

    made = await _created(admin, scopes=["fleets:read"])
    caller = await caller_of(f"Bearer {made['secret']}")

    assert Context(caller).organisation_id("fleets:read") == company.id
    with pytest.raises(SignInFirst):
        Context(caller).merchant_id("fleets:read")
    too_much = await _created(admin, "2", scopes=["offers:write"])
    assert too_much["code"] == "SCOPE_NOT_GRANTED"


async def test_a_repeated_call_has_one_effect_and_shows_no_secret(db: None) -> None:
    owner = await _owner()
    first, again = await _created(owner), await _created(owner)

    assert first["secret"]
    assert again == {**first, "secret": None}
    assert await ApiKey.all().count() == 1
    other = {"scopes": ["feeds:read"], "idempotencyKey": "k"}
    assert (await refusal(CREATE, owner, input=other))["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_refusal_is_repeated_as_it_was(db: None) -> None:
    owner = await _owner()
    first = await _created(owner, scopes=["fleets:read"])

    assert first == await _created(owner, scopes=["fleets:read"])
    assert first["code"] == "SCOPE_NOT_GRANTED"


async def test_fifty_calls_at_once_with_one_idempotency_key_make_one_key(
    migrated: None, fresh_db: str
) -> None:
    owner = await _owner()

    answers = await asyncio.gather(*(_created(owner) for _ in range(50)))

    assert await ApiKey.all().count() == 1
    assert len({a["apiKey"]["id"] for a in answers}) == 1
    assert len([a for a in answers if a["secret"]]) == 1


async def test_an_owner_has_a_hundred_usable_keys_at_most(db: None) -> None:
    owner = await _owner()
    assert owner.merchant_id is not None
    for _ in range(100):
        await key(owner.merchant_id)

    full = await _created(owner)
    assert (full["code"], full["limit"]) == ("API_KEY_LIMIT_REACHED", 100)
    await ApiKey.filter(id=(await ApiKey.first()).id).update(revoked_at=datetime.now(UTC))
    assert (await _created(owner, "another"))["secret"]


async def test_a_successor_may_do_the_same_and_the_old_key_works_for_the_overlap(
    db: None, home: House
) -> None:
    owner = await _owner()
    wanted = {"scopes": ["feeds:read", "offers:read@FR"], "networks": ["192.0.2.0/24"]}
    old = await _created(owner, **wanted)
    await caller_of(f"Bearer {old['secret']}", "192.0.2.1")

    new = await _rotated(owner, old["apiKey"]["id"], overlapHours=48)

    for name in wanted:
        assert new["apiKey"][name] == old["apiKey"][name]
    previous = new["previous"]
    assert (previous["state"], previous["successor"]) == ("ROTATING", new["apiKey"]["id"])
    assert previous["lastUsedAt"] is not None
    left = datetime.fromisoformat(previous["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=47) < left <= timedelta(hours=48)
    for secret in (old["secret"], new["secret"]):
        assert (await caller_of(f"Bearer {secret}", "192.0.2.1")).merchant_id == owner.merchant_id

    again = await _rotated(owner, old["apiKey"]["id"], overlapHours=48)
    assert again == {**new, "secret": None}
    twice = await _rotated(owner, old["apiKey"]["id"], idempotencyKey="r2")
    assert (twice["code"], twice["state"]) == ("API_KEY_NOT_ACTIVE", "ROTATING")


async def test_without_overlap_the_old_key_ends_at_once(db: None) -> None:
    owner = await _owner()
    old = await _created(owner)
    await caller_of(f"Bearer {old['secret']}")
    await _rotated(owner, old["apiKey"]["id"], overlapHours=0)

    with pytest.raises(SignInFirst):
        await caller_of(f"Bearer {old['secret']}")


@pytest.mark.parametrize("hours", [-1, 169, 2**31 - 1])
async def test_an_overlap_is_a_week_at_most(db: None, hours: int) -> None:
    owner = await _owner()
    made = await _created(owner)
    given = {"id": made["apiKey"]["id"], "idempotencyKey": "r", "overlapHours": hours}

    assert (await refusal(ROTATE, owner, input=given))["argument"] == "overlapHours"


async def test_an_overlap_never_makes_a_key_last_longer(db: None) -> None:
    owner = await _owner()
    made = await _created(owner)
    soon = datetime.now(UTC) + timedelta(hours=1)
    await ApiKey.all().update(expires_at=soon)

    rotated = await _rotated(owner, made["apiKey"]["id"], overlapHours=168)

    assert datetime.fromisoformat(rotated["previous"]["expiresAt"]) == soon


async def test_a_revoked_key_opens_nothing_in_any_process_five_seconds_later(
    db: None, home: House
) -> None:
    owner = await _owner()
    made = await _created(owner)
    clock = [50.0]
    elsewhere = house_of(home.vault, home.signing.issuer)
    elsewhere.keys._clock = lambda: clock[0]
    with at_home(elsewhere):
        await caller_of(f"Bearer {made['secret']}")

    found = await _revoked(owner, made["apiKey"]["id"])

    assert found["apiKey"]["state"] == "REVOKED"
    with pytest.raises(SignInFirst):
        await caller_of(f"Bearer {made['secret']}")
    clock[0] += 4.9
    with at_home(elsewhere), pytest.raises(SignInFirst) as refused:
        await caller_of(f"Bearer {made['secret']}")
    assert refused.value.reason == "KEY_REFUSED"
    again = await _revoked(owner, made["apiKey"]["id"], idempotencyKey="v2")
    assert again["apiKey"]["revokedAt"] == found["apiKey"]["revokedAt"]


async def test_a_new_key_works_at_once_where_it_was_unknown(db: None, home: House) -> None:
    text, row = await key((await factories.merchant()).id)
    facts = {name: getattr(row, name) for name in row._meta.db_fields}
    await row.delete()
    with pytest.raises(SignInFirst):
        await caller_of(f"Bearer {text}")

    await ApiKey.create(**facts)

    assert (await caller_of(f"Bearer {text}")).key_prefix == row.prefix


async def test_a_key_is_read_once_in_three_seconds_and_its_use_noted_once_a_minute(
    db: None, home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _ = await key((await factories.merchant()).id)
    clock = [0.0]
    home.keys._clock = lambda: clock[0]
    spent = []
    for at in (0.0, 1.0, 2.9, 3.0, 5.9):
        clock[0] = at
        with counted(monkeypatch) as sent:
            await caller_of(f"Bearer {text}")
        spent.append(sent.total())

    assert spent == [2, 0, 0, 1, 0]


@pytest.mark.parametrize("act", [_rotated, _revoked])
async def test_another_s_key_is_unknown(db: None, act) -> None:
    mine, other = await _owner("mine"), await factories.merchant("other")
    _, row = await key(other.id)

    for key_id in (str(global_id("ApiKey", row.id)), str(factories.some_id())):
        assert (await act(mine, key_id))["code"] == "API_KEY_UNKNOWN"
    row = await ApiKey.get(id=row.id)
    assert (row.revoked_at, row.successor_id) == (None, None)


async def test_keys_are_listed_newest_first_page_by_page_and_only_one_s_own(db: None) -> None:
    owner = await _owner()
    assert owner.merchant_id is not None
    rows = [(await key(owner.merchant_id))[1].id for _ in range(3)]
    ids = [str(global_id("ApiKey", row)) for row in sorted(rows, reverse=True)]
    await key((await factories.merchant("other")).id)

    first = (await data(LIST, owner, first=2))["apiKeys"]
    rest = (await data(LIST, owner, first=2, after=first["pageInfo"]["endCursor"]))["apiKeys"]

    listed = [edge["node"]["id"] for page in (first, rest) for edge in page["edges"]]
    assert listed == ids
    assert not rest["pageInfo"]["hasNextPage"]
    reader = Caller(merchant_id=owner.merchant_id, kind=owner.kind, scopes=frozenset({"keys:read"}))
    assert len((await data(LIST, reader))["apiKeys"]["edges"]) == 3
    without = Caller(merchant_id=owner.merchant_id, kind=owner.kind)
    assert (await refusal(LIST, without))["reason"] == "SCOPE_NOT_GRANTED"
