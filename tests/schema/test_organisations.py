"""A company of people: founded, joined, acted for, its rights and limits."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.accounts import invitations
from domain.accounts.organisations import INVITATION
from domain.accounts.roles import Role
from domain.accounts.sign_in import step_of, totp
from integrations.mail import Mail
from models.base import execute, fetchval
from resolvers.accounts import caller_of
from resolvers.accounts.house import house
from resolvers.context import Caller
from tests import factories, tenants
from tests.identity import at_home, enter, signed_in
from tests.schema.asking import Json, data, refusal
from tests.tenants import Company, company
from workers.accounts import send_invitation

PROBLEM = "... on Problem { code path hint }"
CREATE = f"""mutation($input: CreateOrganisationInput!) {{ createOrganisation(input: $input) {{
  __typename ... on OrganisationCreated {{ id slug name }} ... on VatIdInvalid {{ country }}
  {PROBLEM} }} }}"""
ACT = f"""mutation($id: ID!, $app: String) {{
  actFor(input: {{organisation: $id, secondFactor: $app}}) {{
  __typename ... on SignedIn {{ accessToken kind roles }} {PROBLEM} }} }}"""
MINE = "{ memberships { organisation name roles } }"
ORGANISATION = "{ organisation { id name legalName country vatId market fourEyes version } }"
UPDATE = f"""mutation($input: UpdateOrganisationInput!) {{ updateOrganisation(input: $input) {{
  __typename ... on OrganisationUpdated {{ organisation {{ name vatId fourEyes version }} }}
  ... on Stale {{ currentVersion }} {PROBLEM} }} }}"""
INVITE = f"""mutation($input: InviteMemberInput!) {{ inviteMember(input: $input) {{
  __typename ... on MemberInvited {{ invitation {{ id email roles approvalLimit {{ amount }} }} }}
  {PROBLEM} }} }}"""
ACCEPT = f"""mutation($token: String!) {{
  acceptInvitation(input: {{token: $token, idempotencyKey: "a"}}) {{
  __typename ... on InvitationAccepted {{ organisation name roles }} {PROBLEM} }} }}"""
MEMBERS = """{ members { edges { node { id email roles sites version approvalLimit { amount } } } }
  invitations { edges { node { id email } } } }"""
CHANGE = f"""mutation($input: UpdateMemberInput!) {{ updateMember(input: $input) {{
  __typename ... on MemberUpdated {{ member {{ roles sites version approvalLimit {{ amount }} }} }}
  {PROBLEM} }} }}"""
REMOVE = f"""mutation($id: ID!) {{ removeMember(input: {{id: $id, idempotencyKey: "x"}}) {{
  __typename ... on MemberRemoved {{ id }} {PROBLEM} }} }}"""
REVOKE = f"""mutation($id: ID!) {{ revokeInvitation(input: {{id: $id, idempotencyKey: "r"}}) {{
  __typename {PROBLEM} }} }}"""
OFFER = f"""mutation($app: String) {{ offerSecondFactor(input: {{secondFactor: $app}}) {{
  __typename ... on SecondFactorOffered {{ uri ticket }} {PROBLEM} }} }}"""
CONFIRM = f"""mutation($ticket: String!, $code: String!) {{
  confirmSecondFactor(input: {{ticket: $ticket, code: $code}}) {{ __typename {PROBLEM} }} }}"""
MINE_VAT = "FR40303265045"


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


@pytest.fixture
async def world(db: None) -> None:
    await factories.market("FR")


@pytest.fixture
async def cobalt(world: None) -> Company:
    return await company("cobalt")


async def bearer(tokens: Json) -> Caller:
    return await caller_of(f"Bearer {tokens['accessToken']}")


def founding(**more: Any) -> Json:
    given = {"name": "Cobalt", "legalName": "Cobalt SA", "country": "FR", "market": "FR"}
    return {**given, "vatId": MINE_VAT, "idempotencyKey": "k", **more}


async def founded(by: Caller, **more: Any) -> Json:
    return (await data(CREATE, by, input=founding(**more)))["createOrganisation"]


async def mailed(email: str, caller: Caller, **more: Any) -> str:
    """The text that an invitation mails."""
    given = {"email": email, "roles": ["ORG_REQUESTER"], "idempotencyKey": email, **more}
    made = (await data(INVITE, caller, input=given))["inviteMember"]
    assert made["__typename"] == "MemberInvited", made
    row = await fetchval("SELECT id FROM organisation_invitation WHERE email = $1", email)
    letters: list[Mail] = []

    class Box:
        async def send(self, mail: Mail) -> None:
            letters.append(mail)

    await send_invitation(row, Box(), house().vault, "https://shop.example", datetime.now(UTC))
    [letter] = letters
    assert letter.to == email
    [token] = [line.strip() for line in letter.text.splitlines() if "bci_" in line]
    return token


async def test_a_customer_founds_an_organisation_and_acts_for_it_beside_itself(world: None) -> None:
    """The same person goes on as a customer: each session has its own rights."""
    mine = await bearer(await signed_in("anna@cobalt.example"))
    made = await founded(mine)
    again = await founded(mine)
    assert made == again
    assert (await data(MINE, mine))["memberships"] == [
        {"organisation": made["id"], "name": "Cobalt", "roles": ["ORG_ADMIN"]}
    ]
    lacking = (await data(ACT, mine, id=made["id"]))["actFor"]
    assert lacking["code"] == "SECOND_FACTOR_NOT_SET"
    offer = (await data(OFFER, mine))["offerSecondFactor"]
    secret = offer["uri"].partition("secret=")[2].partition("&")[0]
    code = _code(secret)
    assert (await data(CONFIRM, mine, ticket=offer["ticket"], code=code))["confirmSecondFactor"][
        "__typename"
    ] == "SecondFactorConfirmed"
    assert (await data(ACT, mine, id=made["id"]))["actFor"]["code"] == "SECOND_FACTOR_REQUIRED"
    wrong = await data(ACT, mine, id=made["id"], app=code)
    assert wrong["actFor"]["code"] == "SIGN_IN_REFUSED", "a code of the app works once"
    await execute("UPDATE account SET second_factor_step = NULL")
    tokens = (await data(ACT, mine, id=made["id"], app=code))["actFor"]
    assert (tokens["kind"], tokens["roles"]) == ("ORGANISATION", ["ORG_ADMIN"])

    company = await bearer(tokens)
    found = (await data(ORGANISATION, company))["organisation"]
    assert (found["id"], found["vatId"], found["version"]) == (made["id"], MINE_VAT, 1)
    assert (await refusal(ORGANISATION, mine))["code"] == "UNAUTHENTICATED"
    assert (await refusal("{ purchases { edges { node { id } } } }", company))["code"] in {
        "UNAUTHENTICATED",
        "FORBIDDEN",
    }


def _code(secret: str) -> str:
    padded = secret + "=" * (-len(secret) % 8)
    return totp(base64.b32decode(padded), step_of(datetime.now(UTC)))


@pytest.mark.parametrize(
    ("country", "given", "kept"),
    [
        ("FR", "fr 40 303 265 045", "FR40303265045"),
        ("FR", "40303265045", "FR40303265045"),
        ("FR", "FR41303265045", None),
        ("DE", "FR40303265045", None),
        ("GR", "GR094259216", "EL094259216"),
        ("GB", "GB980780684", "GB980780684"),
        ("GB", "802311781", None),
        ("CH", "CHE-107.787.577 IVA", "CHE107787577IVA"),
        ("CH", "CHE-107.787.578 IVA", None),
        ("NO", "NO 995 525 828 MVA", "NO995525828MVA"),
        ("NO", "995525829MVA", None),
        ("JP", "T1234567890123", "T1234567890123"),
        ("JP", "", None),
    ],
)
async def test_a_vat_number_is_judged_by_its_country_without_asking_anybody(
    world: None, country: str, given: str, kept: str | None
) -> None:
    mine = await bearer(await signed_in("anna@cobalt.example"))
    made = await founded(mine, country=country, vatId=given)

    assert made.get("code") == (None if kept else "VAT_ID_INVALID")
    assert await fetchval("SELECT count(*) FROM organisation") == (1 if kept else 0)
    assert await fetchval("SELECT vat_id FROM organisation") == kept


async def test_who_was_invited_joins_with_the_address_that_was_asked_and_no_other(
    cobalt: Company,
) -> None:
    token = await mailed("bela@example.org", cobalt.admin)
    other = await bearer(await signed_in("carl@example.org"))
    refused = (await data(ACCEPT, other, token=token))["acceptInvitation"]
    assert refused["code"] == "INVITATION_INVALID"

    bela = await bearer(await signed_in("bela@example.org"))
    for wrong in ("bci_", token[:-2] + "AA", "x" * 500):
        damaged = ACCEPT.replace('"a"', f'"{wrong[:9]}"')
        found = (await data(damaged, bela, token=wrong))["acceptInvitation"]
        assert found["code"] == "INVITATION_INVALID"
    joined = (await data(ACCEPT, bela, token=token))["acceptInvitation"]
    assert joined["roles"] == ["ORG_REQUESTER"]
    again = ACCEPT.replace('"a"', '"b"')
    assert (await data(again, bela, token=token))["acceptInvitation"]["code"] == (
        "INVITATION_INVALID"
    )
    tokens = (await data(ACT, bela, id=joined["organisation"]))["actFor"]
    assert (tokens["kind"], tokens["roles"]) == ("ORGANISATION", ["ORG_REQUESTER"])
    assert (await bearer(tokens)).organisation_id == cobalt.id


async def test_an_invitation_is_void_once_taken_back_repeated_or_old(cobalt: Company) -> None:
    bela = await bearer(await signed_in("bela@example.org"))
    first = await mailed("bela@example.org", cobalt.admin)
    await execute("UPDATE organisation_invitation SET created_at = created_at - interval '1 day'")
    given = {"email": "bela@example.org", "roles": ["ORG_FINANCE"], "idempotencyKey": "2"}
    await data(INVITE, cobalt.admin, input=given)
    assert (await data(ACCEPT, bela, token=first))["acceptInvitation"]["code"] == (
        "INVITATION_INVALID"
    )
    waiting = (await data(MEMBERS, cobalt.admin))["invitations"]["edges"]
    assert len(waiting) == 1
    row = await fetchval("SELECT id FROM organisation_invitation WHERE revoked_at IS NULL")
    second = invitations.token_of(house().vault.secrets(INVITATION)[0], row)
    await execute("UPDATE organisation_invitation SET expires_at = now() - interval '1 second'")
    late = ACCEPT.replace('"a"', '"late"')
    assert (await data(late, bela, token=second))["acceptInvitation"]["code"] == (
        "INVITATION_INVALID"
    )
    await execute("UPDATE organisation_invitation SET expires_at = now() + interval '1 day'")
    revoked = (await data(REVOKE, cobalt.admin, id=waiting[0]["node"]["id"]))["revokeInvitation"]
    assert revoked["__typename"] == "InvitationRevoked"
    back = ACCEPT.replace('"a"', '"back"')
    assert (await data(back, bela, token=second))["acceptInvitation"]["code"] == (
        "INVITATION_INVALID"
    )


async def _id_of(company: Company, email: str) -> str:
    edges = (await data(MEMBERS, company.admin))["members"]["edges"]
    [found] = [edge["node"]["id"] for edge in edges if edge["node"]["email"] == email]
    return str(found)


async def test_the_last_administrator_cannot_leave_nor_step_down(cobalt: Company) -> None:
    me = await _id_of(cobalt, "org_admin@cobalt.example")
    assert (await data(REMOVE, cobalt.admin, id=me))["removeMember"]["code"] == (
        "LAST_ADMINISTRATOR"
    )
    given = {"id": me, "roles": ["ORG_FINANCE"], "idempotencyKey": "1"}
    assert (await data(CHANGE, cobalt.admin, input=given))["updateMember"]["code"] == (
        "LAST_ADMINISTRATOR"
    )
    await tenants.member(cobalt.organisation, Role.ORG_ADMIN, email="second@cobalt.example")
    given["idempotencyKey"] = "2"
    changed = (await data(CHANGE, cobalt.admin, input=given))["updateMember"]
    assert changed["member"]["roles"] == ["ORG_FINANCE"]


async def test_a_removed_member_opens_nothing_more_and_is_a_customer_again(
    cobalt: Company,
) -> None:
    await enter("dora@cobalt.example", Role.ORG_FINANCE, organisation_id=cobalt.id)
    dora = await bearer(await signed_in("dora@cobalt.example"))
    assert dora.organisation_id == cobalt.id
    gone = await data(REMOVE, cobalt.admin, id=await _id_of(cobalt, "dora@cobalt.example"))
    assert gone["removeMember"]["__typename"] == "MemberRemoved"

    session = "SELECT revoked_at IS NOT NULL FROM session WHERE id = $1"
    assert await fetchval(session, dora.session_id)
    again = await bearer(await signed_in("dora@cobalt.example"))
    assert (again.kind, again.organisation_id) == ("CUSTOMER", None)
    found = (await data(ACT, again, id=str(cobalt.id)))["actFor"]
    assert found["code"] == "NOT_A_MEMBER"


async def test_only_an_administrator_in_person_makes_one_or_touches_one(cobalt: Company) -> None:
    key = tenants.key_of_company(cobalt.organisation, "members:read", "members:write")
    admin = {"email": "eve@example.org", "roles": ["ORG_ADMIN"], "idempotencyKey": "1"}
    assert (await refusal(INVITE, key, input=admin))["reason"] == "ADMINISTRATOR_NEEDED"
    me = await _id_of(cobalt, "org_admin@cobalt.example")
    touched = {"id": me, "approvalLimit": {"amount": "1", "currency": "EUR"}}
    found = await refusal(CHANGE, key, input={**touched, "idempotencyKey": "2"})
    assert found["reason"] == "ADMINISTRATOR_NEEDED"
    off = {"fourEyes": False, "idempotencyKey": "3"}
    assert (await refusal(UPDATE, key, input=off))["reason"] == "ADMINISTRATOR_NEEDED"
    await mailed("eve@example.org", key)


async def test_roles_that_do_not_fit_are_refused_an_auditor_only_reads(cobalt: Company) -> None:
    for roles in (["ORG_AUDITOR", "ORG_FINANCE"], [], ["MERCHANT_OWNER"], ["STAFF_ADMIN"]):
        given = {"email": "eve@example.org", "roles": roles, "idempotencyKey": "1"}
        assert (await refusal(INVITE, cobalt.admin, input=given))["reason"] == "ROLES_DO_NOT_FIT"


async def test_a_change_counts_in_the_next_request_of_a_session(cobalt: Company) -> None:
    """Roles, sites and limits are those of the membership, not those at the sign-in."""
    await enter("dora@cobalt.example", Role.ORG_REQUESTER, organisation_id=cobalt.id)
    tokens = await signed_in("dora@cobalt.example")
    site = await fetchval(
        "INSERT INTO organisation_site (organisation_id, name, address, country, time_zone) "
        "VALUES ($1, 'Lyon', '{}', 'FR', 'UTC') RETURNING id",
        cobalt.id,
    )
    await data(
        CHANGE,
        cobalt.admin,
        input={
            "id": await _id_of(cobalt, "dora@cobalt.example"),
            "roles": ["ORG_APPROVER"],
            "sites": [str(site)],
            "idempotencyKey": "1",
        },
    )
    dora = await bearer(tokens)
    assert dora.roles == {"ORG_APPROVER"}
    assert dora.sites == {site}


async def test_a_change_by_who_read_an_older_version_is_refused(cobalt: Company) -> None:
    first = {"name": "Cobalt Two", "expectedVersion": 1, "idempotencyKey": "1"}
    second = {"name": "Cobalt Three", "expectedVersion": 1, "idempotencyKey": "2"}
    done = (await data(UPDATE, cobalt.admin, input=first))["updateOrganisation"]
    late = (await data(UPDATE, cobalt.admin, input=second))["updateOrganisation"]

    assert done["organisation"]["version"] == 2
    assert (late["code"], late["currentVersion"]) == ("STALE", 2)
    assert (await data(ORGANISATION, cobalt.auditor))["organisation"]["name"] == "Cobalt Two"


async def test_a_company_never_sees_another_s_people(cobalt: Company) -> None:
    dune = await company("dune")
    theirs = await _id_of(dune, "org_finance@dune.example")
    node = "query($id: ID!) { node(id: $id) { id } member(id: $id) { id } }"
    assert await data(node, cobalt.admin, id=theirs) == {"node": None, "member": None}
    assert (await data(REMOVE, cobalt.admin, id=theirs))["removeMember"]["code"] == (
        "MEMBER_UNKNOWN"
    )
    found = (await data(MEMBERS, cobalt.admin))["members"]["edges"]
    assert {edge["node"]["email"].partition("@")[2] for edge in found} == {"cobalt.example"}
