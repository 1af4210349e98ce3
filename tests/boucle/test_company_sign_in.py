"""A company's people sign in at its own OpenID provider, and are its members by that."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc import jwk, jwt

from domain.accounts.company_tokens import CompanyIssuer
from domain.accounts.roles import CallerKind, Role
from integrations.oidc import Provider
from models.accounts import Account, Organisation, issuers, members
from models.base import execute, fetchval
from models.vault import Vault
from resolvers.accounts import caller_of
from resolvers.accounts.fresh import Fresh
from resolvers.accounts.house import House, house_of
from resolvers.context import Caller, SignInFirst
from tests import factories
from tests.identity import ISSUER, at_home, organisation
from tests.integrations.test_oidc import StandIn, stand_in

GROUPS = {"fleet-buyers": "ORG_REQUESTER", "fleet-bosses": "ORG_ADMIN", "eyes": "ORG_AUDITOR"}


@pytest.fixture
async def idp() -> AsyncIterator[StandIn]:
    async with stand_in() as made:
        yield made


@pytest.fixture
async def home(db: None) -> AsyncIterator[House]:
    vault = Vault([("k1", b"k" * 32)])
    with at_home(house_of(vault, ISSUER, providers=Provider)) as made:
        yield made


@pytest.fixture
async def cobalt(home: House, idp: StandIn) -> Organisation:
    of = await organisation("cobalt")
    await issuers.connect(said(of, idp))
    return of


def said(of: Organisation, idp: StandIn, **changed: Any) -> CompanyIssuer:
    facts = {"domains": ("cobalt.example",), "role_claim": "groups", "claims": GROUPS} | changed
    return CompanyIssuer(of.id, idp.url, facts.pop("audience", "shop"), **facts)


def token(idp: StandIn, groups: Any = "fleet-buyers", **changed: Any) -> str:
    second = int(factories.NOW.now(factories.NOW.tzinfo).timestamp())
    claims = {
        "groups": groups,
        "email": "ada@cobalt.example",
        "iat": second,
        "exp": second + 60,
    }
    return idp.token(**claims | changed)


async def asks(text: str) -> Caller:
    return await caller_of(f"Bearer {text}", "192.0.2.1")


async def refused(text: str) -> bool:
    with pytest.raises(SignInFirst) as caught:
        await asks(text)
    assert caught.value.reason in {"TOKEN_REFUSED", "TOKEN_EXPIRED"}
    return True


async def test_a_colleague_is_a_member_with_the_roles_that_its_groups_say(
    cobalt: Organisation, idp: StandIn
) -> None:
    found = await asks(token(idp))
    again = await asks(token(idp, ["fleet-buyers", "canteen"], iat=1))

    assert (found.kind, found.organisation_id) == (CallerKind.ORGANISATION, cobalt.id)
    assert found.roles == again.roles == {"ORG_REQUESTER"}
    assert found.user_id == again.user_id
    member = await members.of_account(cobalt.id, found.user_id)
    assert member is not None
    assert (member.id, member.terms.roles) == (found.member_id, ("ORG_REQUESTER",))
    assert (await Account.get(id=found.user_id)).email == "ada@cobalt.example"


async def test_what_the_provider_says_next_counts_and_what_the_company_says_beside_it(
    cobalt: Organisation, idp: StandIn, home: House
) -> None:
    """Roles are the provider's; sites and limits are the organisation's own."""
    first = await asks(token(idp))
    site = await fetchval(
        "INSERT INTO organisation_site (organisation_id, name, address, country, time_zone) "
        "VALUES ($1, 'Lyon', '{}', 'FR', 'UTC') RETURNING id",
        cobalt.id,
    )
    await execute("UPDATE organisation_member SET sites = ARRAY[$1::uuid]", site)
    home.colleagues = Fresh()
    second = await asks(token(idp, ["fleet-bosses"]))

    assert second.user_id == first.user_id
    assert second.roles == {"ORG_ADMIN"}
    assert second.sites == {site}


@pytest.mark.parametrize(
    "changed",
    [
        {"groups": []},
        {"groups": ["canteen"]},
        {"groups": ["eyes", "fleet-buyers"]},
        {"groups": "nobody"},
        {"groups": {"fleet-buyers": True}},
        {"email": "ada@dune.example"},
        {"email": "ada@cobalt.example.dune.example"},
        {"email": None},
        {"email_verified": False},
        {"aud": "another"},
        {"iss": "https://dune.example"},
        {"exp": 1},
    ],
    ids=str,
)
async def test_who_is_none_of_its_people_is_refused(
    cobalt: Organisation, idp: StandIn, changed: dict[str, Any]
) -> None:
    assert await refused(token(idp, **changed))
    assert await fetchval("SELECT count(*) FROM organisation_member") == 0


async def test_a_forged_signature_opens_nothing(cobalt: Organisation, idp: StandIn) -> None:
    forger = jwk.ECKey.generate_key("P-256", {"kid": "one"})
    assert await refused(token(idp, key=forger))
    claims = {"iss": idp.url, "aud": "shop", "sub": "ada", "groups": ["fleet-bosses"]}
    unsigned = jwt.encode({"alg": "HS256"}, claims, jwk.OctKey.import_key("secret" * 8))
    assert await refused(unsigned)


async def test_an_issuer_opens_its_own_organisation_and_no_account_of_others(
    cobalt: Organisation, idp: StandIn
) -> None:
    dune = await organisation("dune")
    assert await issuers.connect(said(dune, idp)) is None
    found = await asks(token(idp, boucle_organisation=str(dune.id), boucle_roles=["STAFF_ADMIN"]))

    assert (found.organisation_id, found.roles) == (cobalt.id, {"ORG_REQUESTER"})


async def test_one_provider_may_serve_two_companies_by_audience(
    cobalt: Organisation, idp: StandIn
) -> None:
    dune = await organisation("dune")
    more = {"audience": "dune", "domains": ("dune.example",)}
    await issuers.connect(said(dune, idp, **more))
    found = await asks(token(idp, aud="dune", email="eve@dune.example", sub="eve"))

    assert found.organisation_id == dune.id
    assert await refused(token(idp, aud="dune", sub="bob"))


async def test_who_was_removed_stays_out_whatever_the_provider_says(
    cobalt: Organisation, idp: StandIn, home: House
) -> None:
    found = await asks(token(idp))
    await execute("UPDATE organisation_member SET removed_at = now()")
    home.colleagues = Fresh()

    assert await refused(token(idp))
    assert found.user_id is not None
    assert Role.ORG_ADMIN not in found.roles


async def test_a_disconnected_issuer_opens_nothing_more(
    cobalt: Organisation, idp: StandIn, home: House
) -> None:
    text = token(idp)
    await asks(text)
    assert await issuers.disconnect(cobalt.id, idp.url) == 1
    home.issuers = Fresh()

    assert await refused(text)


async def test_a_claim_inside_another_is_read_by_its_path(home: House, idp: StandIn) -> None:
    of = await organisation("cobalt")
    await issuers.connect(said(of, idp, role_claim="realm_access.roles"))
    found = await asks(token(idp, realm_access={"roles": ["eyes"]}))

    assert found.roles == {"ORG_AUDITOR"}
