"""What a member may not do alone: another agrees, once, for the same thing at the same price."""

from typing import Any
from uuid import UUID

import pytest

from domain.accounts.organisations import Amount, Because
from domain.accounts.roles import Role
from models.accounts import ApiKey
from models.base import execute, fetch, fetchval
from resolvers.accounts.approvals import Approved, Pending, needed
from resolvers.context import Caller, Context
from tests import factories, tenants
from tests.schema.asking import Json, data, refusal, served
from tests.tenants import Company, company

PROBLEM = "... on Problem { code }"
APPROVE = f"""mutation($id: ID!, $key: String!) {{
  approve(input: {{id: $id, idempotencyKey: $key}}) {{
  __typename ... on ApprovalGiven {{ approval {{ state decidedBy }} }}
  ... on ApprovalNotOpen {{ state }} ... on ApprovalLimitExceeded {{ limit {{ amount }} }}
  {PROBLEM} }} }}"""
REJECT = f"""mutation($id: ID!) {{
  reject(input: {{id: $id, reason: "too dear", idempotencyKey: "r"}}) {{
  __typename ... on ApprovalRejected {{ approval {{ state reason }} }} {PROBLEM} }} }}"""
LIST = """query($state: ApprovalState) { approvals(state: $state) { edges { node {
  id action objectType amount { amount currency } because state keyPrefix } } } }"""
LOT = factories.some_id()


@pytest.fixture
async def cobalt(db: None) -> Company:
    made = await company("cobalt")
    await limit(made, Role.ORG_REQUESTER, 1_000_00)
    return made


async def limit(of: Company, role: Role, minor: int, currency: str = "EUR") -> None:
    await execute(
        "UPDATE organisation_member SET limit_minor = $3, limit_currency = $4 "
        "WHERE organisation_id = $1 AND $2 = ANY (roles)",
        of.id,
        role.value,
        minor,
        currency,
    )


async def award(by: Caller, minor: int = 2_000_00, **more: Any) -> Approved | Pending:
    """What a use case of an organisation hears when it is about to award a lot."""
    ctx, currency = Context(caller=by), more.pop("currency", "EUR")
    async with served(), ctx.private():
        return await needed(ctx, "awardLot", "Lot", LOT, Amount(minor, currency), **more)


async def asked(by: Caller, minor: int = 2_000_00, **more: Any) -> str:
    found = await award(by, minor, **more)
    assert isinstance(found, Pending)
    return str(found.approval_id)


async def decide(by: Caller, approval: str, key: str = "k") -> Json:
    return (await data(APPROVE, by, id=approval, key=key))["approve"]


@pytest.mark.parametrize(
    ("minor", "currency", "alone"),
    [(1_000_00, "EUR", True), (1_000_01, "EUR", False), (1, "CHF", False), (0, "EUR", True)],
)
async def test_a_member_acts_alone_up_to_its_limit_and_not_in_another_currency(
    cobalt: Company, minor: int, currency: str, alone: bool
) -> None:
    found = await award(cobalt.requester, minor, currency=currency)

    assert isinstance(found, Approved) is alone
    assert await fetchval("SELECT count(*) FROM approval") == (0 if alone else 1)


async def test_an_approved_request_is_used_once_by_the_same_change_at_the_same_price(
    cobalt: Company,
) -> None:
    first = await asked(cobalt.requester)
    assert await asked(cobalt.requester) == first
    given = await decide(cobalt.approver, first)
    assert given["approval"]["state"] == "APPROVED"
    used = await award(cobalt.requester)
    assert used == Approved(UUID(first))
    assert await asked(cobalt.requester) != first


async def test_another_price_needs_another_approval(cobalt: Company) -> None:
    first = await asked(cobalt.requester)
    await decide(cobalt.approver, first)
    second = await asked(cobalt.requester, 2_000_01)

    assert second != first
    states = await fetch("SELECT state FROM approval ORDER BY id")
    assert [row["state"] for row in states] == ["EXPIRED", "OPEN"]
    assert await asked(cobalt.requester) not in {first, second}


async def test_who_asked_does_not_agree_whatever_its_roles(cobalt: Company) -> None:
    await limit(cobalt, Role.ORG_ADMIN, 0)
    mine = await asked(cobalt.admin)
    assert (await decide(cobalt.admin, mine))["code"] == "FOUR_EYES_REQUIRED"
    assert (await decide(cobalt.approver, mine, "2"))["__typename"] == "ApprovalGiven"


async def test_an_approver_agrees_up_to_its_own_limit(cobalt: Company) -> None:
    await limit(cobalt, Role.ORG_APPROVER, 1_500_00)
    first = await asked(cobalt.requester)
    refused = await decide(cobalt.approver, first)

    assert (refused["code"], refused["limit"]["amount"]) == ("APPROVAL_LIMIT_EXCEEDED", "1500.00")
    assert (await decide(cobalt.admin, first, "2"))["__typename"] == "ApprovalGiven"


async def test_four_eyes_hold_without_a_limit_until_an_administrator_ends_them(
    cobalt: Company,
) -> None:
    found = await award(cobalt.admin, four_eyes=True)
    assert isinstance(found, Pending)
    assert (found.because, found.limit) == (Because.FOUR_EYES, None)
    assert Pending.read(found.facts()) == found
    await execute("UPDATE organisation SET four_eyes = false")
    assert await award(cobalt.admin, four_eyes=True) == Approved()


async def test_a_rejected_or_expired_request_opens_nothing_and_may_be_asked_again(
    cobalt: Company,
) -> None:
    first = await asked(cobalt.requester)
    said = (await data(REJECT, cobalt.approver, id=first))["reject"]
    assert said["approval"] == {"state": "REJECTED", "reason": "too dear"}
    assert (await decide(cobalt.approver, first))["code"] == "APPROVAL_NOT_OPEN"
    second = await asked(cobalt.requester)
    await decide(cobalt.approver, second, "2")
    await execute("UPDATE approval SET expires_at = now() - interval '1 second'")
    third = await asked(cobalt.requester)
    assert len({first, second, third}) == 3
    assert (await decide(cobalt.approver, second, "3"))["state"] == "EXPIRED"


async def test_a_key_has_the_limit_of_who_made_it_and_none_once_that_person_left(
    cobalt: Company,
) -> None:
    await ApiKey.filter(prefix=cobalt.prefix).update(made_by=cobalt.requester.user_id)
    assert await award(cobalt.key, 1_000_00) == Approved()
    await asked(cobalt.key)
    [listed] = (await data(LIST, cobalt.auditor, state="OPEN"))["approvals"]["edges"]
    assert listed["node"]["keyPrefix"] == cobalt.prefix
    assert listed["node"]["amount"] == {"amount": "2000.00", "currency": "EUR"}
    await ApiKey.filter(prefix=cobalt.prefix).update(made_by=cobalt.approver.user_id)
    await execute("UPDATE organisation_member SET removed_at = now() WHERE account_id = $1",
                  cobalt.approver.user_id)  # fmt: skip
    assert isinstance(await award(cobalt.key, 1), Pending)
    assert await award(cobalt.key, 0) == Approved()


@pytest.mark.parametrize("role", ["requester", "finance", "auditor", "key"])
async def test_only_approvers_and_administrators_decide(cobalt: Company, role: str) -> None:
    first = await asked(cobalt.requester)
    found = await refusal(APPROVE, getattr(cobalt, role), id=first, key="k")

    assert (found["code"], found["reason"]) == ("FORBIDDEN", "SCOPE_NOT_GRANTED")
    assert await fetchval("SELECT state FROM approval") == "OPEN"


async def test_another_company_neither_sees_nor_decides(cobalt: Company) -> None:
    dune = await tenants.company("dune")
    first = await asked(cobalt.requester)

    assert (await decide(dune.admin, first))["code"] == "APPROVAL_UNKNOWN"
    assert (await data(LIST, dune.admin))["approvals"]["edges"] == []
    assert (await data(LIST, cobalt.auditor))["approvals"]["edges"] != []


async def test_each_step_is_in_the_log_of_the_organisation(cobalt: Company) -> None:
    await decide(cobalt.approver, await asked(cobalt.requester))
    log = "{auditLog{edges{node{action actorKind userId}}}}"
    rows = (await data(log, cobalt.auditor))["auditLog"]["edges"]

    assert [(row["node"]["action"], row["node"]["userId"]) for row in rows] == [
        ("approve", str(cobalt.approver.user_id)),
        ("requestApproval", str(cobalt.requester.user_id)),
    ]
