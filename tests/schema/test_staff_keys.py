"""Staff and API keys: by role, in their markets, and never more than they may do."""

from typing import Any

import pytest

from domain.accounts.roles import CallerKind, Role
from models.accounts import ApiKey
from resolvers.context import Caller, Context, Forbidden, SignInFirst
from schema.common import global_id
from tests import factories
from tests.boucle.edge import key
from tests.identity import at_home, person
from tests.schema.asking import Json, data, refusal
from tests.schema.test_api_keys import CREATE, LIST


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


async def _created(caller: Caller, idempotency: str, **more: Any) -> Json:
    given = {"idempotencyKey": idempotency} | more
    found: Json = (await data(CREATE, caller, input=given))["createApiKey"]
    return found


async def test_a_country_team_makes_keys_of_its_markets_for_merchants_who_sell_there(
    db: None,
) -> None:
    team = await person(Role.COUNTRY_TEAM, markets={"FR"})
    french, german = [
        str(global_id("Merchant", (await factories.merchant(m, markets=(m,))).id))
        for m in ("FR", "DE")
    ]

    made = await _created(team, "1", scopes=["offers:write@FR"], merchant=french)
    assert made["apiKey"]["scopes"] == ["offers:write@FR"]
    wide = await _created(team, "2", scopes=["offers:write"], merchant=french)
    assert (wide["code"], wide["market"]) == ("MARKET_NOT_GRANTED", None)
    far = await _created(team, "3", scopes=["offers:write@DE,FR"], merchant=french)
    assert (far["code"], far["market"]) == ("MARKET_NOT_GRANTED", "DE")
    other = await _created(team, "4", scopes=["offers:write@FR"], merchant=german)
    assert other["code"] == "API_KEY_OWNER_UNKNOWN"
    nobody = await refusal(CREATE, team, input={"scopes": ["a:read"], "idempotencyKey": "5"})
    assert (nobody["code"], nobody["argument"]) == ("BAD_USER_INPUT", "merchant")
    assert await ApiKey.all().count() == 1


@pytest.mark.parametrize("role", [Role.LAB, Role.STAFF_SUPPORT, Role.ACCOUNT_MANAGER])
async def test_other_staff_make_no_keys(db: None, role: Role) -> None:
    given = {"scopes": ["offers:read"], "idempotencyKey": "x"}

    assert (await refusal(CREATE, await person(role), input=given))["reason"] == "ROLE_NOT_GRANTED"


async def test_staff_see_the_keys_of_merchants_in_their_markets(db: None) -> None:
    french = await factories.merchant("fr", markets=("FR",))
    german = await factories.merchant("de", markets=("DE",))
    for row in (french, german):
        await key(row.id)
    team = await person(Role.COUNTRY_TEAM, markets={"FR"})
    admin = await person(Role.STAFF_ADMIN)

    async def seen(caller: Caller, merchant: Any) -> int:
        of = str(global_id("Merchant", merchant.id))
        return len((await data(LIST, caller, merchant=of))["apiKeys"]["edges"])

    assert [await seen(team, french), await seen(team, german)] == [1, 0]
    assert [await seen(admin, french), await seen(admin, german)] == [1, 1]


def test_staff_act_by_role_and_market() -> None:
    user = factories.some_id()
    team = Caller(
        kind=CallerKind.STAFF,
        user_id=user,
        roles=frozenset({"COUNTRY_TEAM"}),
        markets=frozenset({"FR"}),
    )

    assert Context(team).staff(Role.COUNTRY_TEAM, "FR") == user
    for role, market, reason in (
        (Role.COUNTRY_TEAM, "DE", "MARKET_NOT_GRANTED"),
        (Role.COUNTRY_TEAM, None, "MARKET_NOT_GRANTED"),
        (Role.STAFF_FINANCE, "FR", "ROLE_NOT_GRANTED"),
    ):
        with pytest.raises(Forbidden) as refused:
            Context(team).staff(role, market)
        assert refused.value.reason == reason
    admin = Caller(kind=CallerKind.STAFF, user_id=user, roles=frozenset({"STAFF_ADMIN"}))
    assert Context(admin).staff(Role.STAFF_FINANCE) == user
    for caller in (Caller(), Caller(kind=CallerKind.STAFF, roles=frozenset({"STAFF_ADMIN"}))):
        with pytest.raises(SignInFirst):
            Context(caller).staff(Role.LAB)
