"""A merchant's own accounts with carriers, and how well tracking goes."""

from typing import Any

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.shipments.carriers import SECRETS, TrackingApi
from models.base import execute, fetch, fetchrow, fetchval
from models.merchants import Merchant
from models.shipments import accounts
from resolvers.accounts.house import house
from resolvers.context import Caller
from tests import factories, orders
from tests.factories import Item
from tests.identity import at_home
from tests.schema.asking import answer, data, key_of, refusal

SET = """mutation($api: TrackingApi!, $secrets: [CarrierSecretInput!]!, $key: String!,
  $push: String){setCarrierAccount(input: {api: $api, secrets: $secrets, idempotencyKey: $key,
  pushSecret: $push, perDay: 500}){__typename
  ... on CarrierAccountSet{account{id api pushes pushPath perDay disabledAt failures}}
  ... on CarrierSecretsWrong{code missing unknown}}}"""
REMOVE = """mutation($api: TrackingApi!, $key: String!){removeCarrierAccount(
  input: {api: $api, idempotencyKey: $key}){__typename ... on Problem{code}}}"""
LIST = "{carrierAccounts{api name pushes disabledAt disabledBecause}}"
HEALTH = """query($market: String){trackingHealth(market: $market){parcels waiting unassigned
  stalled oldestUnpolled unmappedCodes{api code label times lastOn}
  webhookAge{api lastAt unread oldestUnreadAt} disabledAccounts{api disabledBecause}
  budgets{api merchantId perSecond perDay used day failures}}}"""
GLS = [{"name": "client_id", "value": "the-client"}, {"name": "client_secret", "value": "hush"}]


@pytest.fixture
def home():
    with at_home():
        yield


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item, home: None) -> Merchant:
    return await factories.merchant("amber")


def by(owner: Merchant) -> Caller:
    return key_of(owner, "shipments:read", "shipments:write")


async def set_account(owner: Merchant, secrets: Any = None, key: str = "k", **more: Any) -> Any:
    given = {"api": "GLS", "secrets": GLS if secrets is None else secrets, "key": key} | more
    return (await data(SET, by(owner), **given))["setCarrierAccount"]


def team(*markets: str) -> Caller:
    return Caller(
        kind=CallerKind.STAFF,
        user_id=factories.some_id(),
        roles=frozenset({Role.COUNTRY_TEAM.value}),
        markets=frozenset(markets) or None,
    )


async def test_an_account_is_kept_encrypted_and_never_told_back(owner: Merchant) -> None:
    made = await set_account(owner, push="a-push-secret")

    row = await fetchrow("SELECT * FROM carrier_account")
    assert row is not None
    assert b"hush" not in row["secrets"]
    assert b"a-push-secret" not in row["push_secrets"]
    found = await accounts.account(row["id"])
    assert found is not None
    assert found.secrets(house().vault) == {"client_id": "the-client", "client_secret": "hush"}
    assert made["account"]["pushPath"] == f"/webhooks/carriers/gls/{row['id']}"
    assert (made["account"]["perDay"], made["account"]["pushes"]) == (500, True)
    told = await fetch(
        "SELECT after::text AS t FROM audit_log UNION SELECT outcome::text FROM once"
    )
    assert "hush" not in str([each["t"] for each in told])


async def test_setting_it_again_changes_the_one_and_enables_it(owner: Merchant) -> None:
    await set_account(owner, push="a-push-secret")
    await execute(
        "UPDATE carrier_account SET disabled_at = now(), disabled_because = 'X', failures = 9"
    )
    [listed] = (await data(LIST, by(owner)))["carrierAccounts"]
    assert listed["disabledBecause"] == "X"

    again = await set_account(owner, [*GLS[:1], {"name": "client_secret", "value": "new"}], "k2")

    assert await fetchval("SELECT count(*) FROM carrier_account") == 1
    assert (again["account"]["disabledAt"], again["account"]["failures"]) == (None, 0)
    assert again["account"]["pushes"] is True


async def test_a_repeated_call_has_one_effect_and_the_key_is_not_for_others(
    owner: Merchant,
) -> None:
    first, second = await set_account(owner), await set_account(owner)

    assert first == second
    changed = {"api": "GLS", "secrets": [*GLS[:1], {"name": "client_secret", "value": "x"}]}
    found = await refusal(SET, by(owner), key="k", **changed)
    assert found["reason"] == "IDEMPOTENCY_KEY_REUSED"
    assert await fetchval("SELECT count(*) FROM audit_log WHERE action = 'setCarrierAccount'") == 1


async def test_secrets_of_another_shape_are_refused_by_their_names(owner: Merchant) -> None:
    made = await set_account(owner, [GLS[0], {"name": "token", "value": "x"}])

    assert made == {
        "__typename": "CarrierSecretsWrong", "code": "CARRIER_SECRETS_WRONG",
        "missing": ["client_secret"], "unknown": ["token"],
    }  # fmt: skip
    assert await fetchval("SELECT count(*) FROM carrier_account") == 0
    assert set(SECRETS) == set(TrackingApi)


async def test_a_merchant_cannot_say_where_its_carrier_answers(owner: Merchant) -> None:
    """Else it could make its parcels delivered."""
    await set_account(owner)

    row = await fetchrow("SELECT url, token_url FROM carrier_account")
    assert tuple(row or ()) == (None, None)


async def test_nobody_elses_account_is_seen_changed_or_removed(owner: Merchant) -> None:
    await set_account(owner)
    other = await factories.merchant("birch")

    assert (await data(LIST, by(other)))["carrierAccounts"] == []
    found = await data(REMOVE, by(other), api="GLS", key="k")
    assert found["removeCarrierAccount"]["code"] == "CARRIER_ACCOUNT_UNKNOWN"
    assert await fetchval("SELECT count(*) FROM carrier_account") == 1
    assert (await refusal(SET, key_of(owner, "shipments:read"), api="GLS", secrets=GLS, key="z"))[
        "code"
    ] == "FORBIDDEN"


async def test_a_removed_account_leaves_its_parcels_to_the_platform(
    owner: Merchant, item: Item
) -> None:
    await set_account(owner)
    it = await orders.parcel(await orders.bought(owner, item))
    await execute("UPDATE shipment SET account_id = (SELECT id FROM carrier_account)")

    found = await data(REMOVE, by(owner), api="GLS", key="r")

    assert found["removeCarrierAccount"]["__typename"] == "CarrierAccountRemoved"
    assert await fetchval("SELECT account_id FROM shipment WHERE id = $1", it) is None


async def test_the_country_team_sees_what_waits_and_what_does_not_work(
    owner: Merchant, item: Item
) -> None:
    await set_account(owner, push="a-push-secret")
    await orders.parcel(await orders.bought(owner, item))
    account = await fetchval("SELECT id FROM carrier_account")
    await execute(
        "UPDATE carrier_account SET disabled_at = now(), disabled_because = 'CREDENTIAL_REFUSED'"
    )
    await execute(
        "INSERT INTO carrier_unmapped_code VALUES ('GLS', 'Q1', now()::date, 'odd', 3), "
        "('GLS', 'Q1', now()::date - 1, 'odd', 4), ('UPS', 'OLD', now()::date - 40, '', 9)"
    )
    await execute(
        "INSERT INTO carrier_delivery (account_id, api, delivery_key, body) "
        "VALUES ($1, 'GLS', '1', '')",
        account,
    )
    await execute("INSERT INTO carrier_budget VALUES ($1, now()::date, 7)", account)

    found = (await data(HEALTH, team("FR"), market="FR"))["trackingHealth"]

    assert (found["parcels"], found["waiting"], found["unassigned"]) == (1, 1, 1)
    assert found["oldestUnpolled"] is not None
    assert [(c["code"], c["times"]) for c in found["unmappedCodes"]] == [("Q1", 7)]
    assert [(p["api"], p["unread"]) for p in found["webhookAge"]] == [("GLS", 1)]
    assert [a["disabledBecause"] for a in found["disabledAccounts"]] == ["CREDENTIAL_REFUSED"]
    assert [(b["perDay"], b["perSecond"], b["merchantId"] is None) for b in found["budgets"]] == [
        (500, 2.0, False)
    ]
    assert (await data(HEALTH, team("FR", "DE"), market="DE"))["trackingHealth"]["parcels"] == 0


async def test_health_is_the_teams_of_the_market_alone(owner: Merchant) -> None:
    assert (await refusal(HEALTH, by(owner)))["code"] == "UNAUTHENTICATED"
    assert (await refusal(HEALTH, team("DE"), market="FR"))["code"] == "FORBIDDEN"
    assert (await refusal(HEALTH, team("DE")))["code"] == "FORBIDDEN"
    assert "errors" not in await answer(HEALTH, team())
