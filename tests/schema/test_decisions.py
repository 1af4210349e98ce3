"""Decisions on merchants: reasons whole or not at all, two people, notice, effect, appeal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from domain.accounts.roles import Role
from domain.merchants import MerchantState
from models.base import execute, fetch, fetchval, transaction
from models.merchants import Merchant
from models.quality import decisions
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.identity import at_home, person
from tests.schema.asking import Json, data, key_of, refusal
from tests.schema.offers import seen, seller

SHAPE = """id type state effectiveAt endsAt deliveredAt appealUntil endedBecause
  appeal{state text answer answerBy}
  statement{decision objects{type id} territory durationEndsAt facts triggeredBy automatedDetection
    automatedDecision ground groundRef explanation redress{internalComplaint outOfCourtBody court}
    ruleId ruleVersion measured{metric x n} evidence howToRemedy language}"""
TOLD = f"""__typename ... on Decision{{{SHAPE}}} ... on Problem{{code path}}
  ... on StatementIncomplete{{missing}} ... on NoticeTooShort{{minDays}}
  ... on DecisionNeedsFourEyes{{approvalId}} ... on InvalidTransition{{from to allowed}}"""
ISSUE = f"mutation($input: IssueDecisionInput!){{issueDecision(input: $input){{{TOLD}}}}}"
REST = "__typename ... on Decision{%s} ... on Problem{code} %s"
MORE = "... on NoticeTooShort{minDays} ... on DecisionNeedsFourEyes{approvalId}"
APPROVE = f"""mutation($input: DecisionInput!){{approveDecision(input: $input){{
  {REST % (SHAPE, MORE)}}}}}"""
LIFT = (
    f"mutation($input: LiftDecisionInput!){{liftDecision(input: $input){{{REST % (SHAPE, '')}}}}}"
)
APPEAL = f"""mutation($input: AppealDecisionInput!){{appealDecision(input: $input){{
  {REST % (SHAPE, "... on AppealWindowClosed{until}")}}}}}"""
ANSWER = f"""mutation($input: AnswerAppealInput!){{answerAppeal(input: $input){{
  {REST % (SHAPE, "... on DecisionNeedsFourEyes{approvalId}")}}}}}"""
LIST = f"query($merchant: ID){{decisions(merchant: $merchant){{edges{{node{{{SHAPE}}}}}}}}}"
SCOPES = ("quality:read", "offers:write")


@pytest.fixture(autouse=True)
def _home():
    with at_home():
        yield


def key() -> str:
    return str(factories.some_id())


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def statement(**given: Any) -> Json:
    whole: Json = {
        "objects": [{"type": "Merchant", "id": "m"}], "territory": ["FR"], "indefinite": True,
        "effectiveAt": in_days(0), "facts": "Two devices held data of their owners.",
        "triggeredBy": "NOTICE", "automatedDetection": False, "automatedDecision": False,
        "ground": "TERMS", "groundRef": "terms 4.2", "explanation": "Data must be erased.",
        "outOfCourtBody": "a mediator", "court": "Tribunal de commerce de Paris",
        "ruleId": "data-on-unit", "ruleVersion": "1", "measured": [], "evidence": ["case 7"],
        "howToRemedy": "Show the erasure of each device.", "language": "en",
    }  # fmt: skip
    return whole | given


async def staff(*markets: str) -> Caller:
    return await person(Role.STAFF_DECISIONS, markets=set(markets) or None)


async def issued(by: Caller, of: Merchant, kind: str, **given: Any) -> Json:
    asked = {"merchant": str(of.id), "type": kind, "idempotencyKey": key()}
    found = await data(ISSUE, by, input=asked | {"statementOfReasons": statement(**given)})
    answer: Json = found["issueDecision"]
    return answer


async def asked(document: str, by: Caller, **given: Any) -> Json:
    found = await data(document, by, input={"idempotencyKey": key()} | given)
    [answer] = found.values()
    return dict(answer)


async def work(at: datetime | None = None) -> int:
    async with transaction() as raw:
        return await decisions.enforce(raw, at or datetime.now(UTC) + timedelta(seconds=5))


async def state_of(of: Merchant) -> MerchantState:
    return (await Merchant.get(id=of.id)).state


def caller(of: Merchant) -> Caller:
    return key_of(of, *SCOPES)


async def test_a_restriction_is_told_with_its_reasons_and_limits_the_offers(db: None) -> None:
    owner, _ = await seller()
    found = await issued(await staff(), owner, "RESTRICTION")

    assert (found["type"], found["state"]) == ("RESTRICTION", "NOTIFIED")
    assert found["statement"]["decision"] == "VISIBILITY_LIMITED"
    assert found["statement"]["redress"] == {
        "internalComplaint": "appealDecision", "outOfCourtBody": "a mediator",
        "court": "Tribunal de commerce de Paris",
    }  # fmt: skip
    assert await work() == 1
    assert await work() == 0
    assert await state_of(owner) is MerchantState.RESTRICTED
    assert {row[0] for row in await seen()} == {1}
    [edge] = (await data(LIST, caller(owner)))["decisions"]["edges"]
    assert edge["node"]["state"] == "IN_FORCE"
    assert edge["node"]["statement"]["facts"] == "Two devices held data of their owners."
    told = await fetch("SELECT topic, data::text AS data FROM event WHERE topic LIKE 'decision%'")
    assert [row["topic"] for row in told] == ["decision.issued"]


async def test_a_statement_that_is_not_whole_is_refused_with_what_it_lacks(db: None) -> None:
    owner, _ = await seller()
    lacks = {"facts": " ", "court": None, "measured": None, "indefinite": None, "evidence": []}
    found = await issued(await staff(), owner, "WARNING", **lacks, effectiveAt=None)

    assert (found["code"], found["path"]) == (
        "STATEMENT_INCOMPLETE",
        ["input", "statementOfReasons"],
    )
    assert set(found["missing"]) == {
        "facts", "redress.court", "measured", "duration", "evidence", "effectiveAt",
    }  # fmt: skip
    assert await fetchval("SELECT count(*) FROM decision") == 0


async def test_a_suspension_needs_a_second_person_and_hides_the_offers_then(db: None) -> None:
    owner, _ = await seller()
    one, other = await staff(), await person(Role.STAFF_ADMIN)
    drafted = await issued(one, owner, "SUSPENSION")
    assert (drafted["__typename"], drafted["code"]) == (
        "DecisionNeedsFourEyes",
        "FOUR_EYES_REQUIRED",
    )
    assert await work() == 0
    assert (await data(LIST, caller(owner)))["decisions"]["edges"] == []

    same = await asked(APPROVE, one, id=drafted["approvalId"])
    agreed = await asked(APPROVE, other, id=drafted["approvalId"])
    again = await asked(APPROVE, other, id=drafted["approvalId"])

    assert (same["code"], same["approvalId"]) == ("FOUR_EYES_REQUIRED", drafted["approvalId"])
    assert agreed["state"] == "NOTIFIED"
    assert again["code"] == "INVALID_TRANSITION"
    await work()
    assert await state_of(owner) is MerchantState.SUSPENDED
    assert {row[0] for row in await seen()} == {0}


@pytest.mark.parametrize(
    ("days", "exemption", "refused"),
    [(29.9, None, True), (31, None, False), (0, "LEGAL_DUTY", False)],
)
async def test_the_end_of_an_account_needs_thirty_days_or_a_named_reason(
    db: None, days: float, exemption: str | None, refused: bool
) -> None:
    owner = await _suspended()
    more = {"noticeExemption": exemption} if exemption else {}
    found = await issued(await staff(), owner, "TERMINATION", effectiveAt=in_days(days), **more)

    if refused:
        assert (found["code"], found["minDays"]) == ("NOTICE_TOO_SHORT", 30)
        assert await fetchval("SELECT count(*) FROM decision") == 0
    else:
        assert found["code"] == "FOUR_EYES_REQUIRED"


async def _suspended() -> Merchant:
    await factories.world(1, 2)
    return await factories.merchant(state=MerchantState.SUSPENDED)


async def test_an_account_is_not_ended_from_a_state_that_does_not_allow_it(db: None) -> None:
    owner, _ = await seller()
    found = await issued(await staff(), owner, "TERMINATION", effectiveAt=in_days(40))

    assert (found["code"], found["from"], found["to"]) == (
        "INVALID_TRANSITION",
        "ACTIVE",
        "TERMINATED",
    )
    assert found["allowed"] == ["CLOSED", "RESTRICTED", "SUSPENDED"]


async def test_an_offer_is_hidden_where_the_decision_holds_and_comes_back_when_lifted(
    db: None,
) -> None:
    owner, _ = await seller()
    by = await staff()
    offer = await fetchval("SELECT id FROM offer WHERE sku = 'SKU-0'")
    named = {"type": "Offer", "id": str(global_id("Offer", offer))}
    found = await issued(by, owner, "OFFER_REMOVAL", objects=[named])
    await work()

    assert found["statement"]["decision"] == "REMOVED"
    assert [row[0] for row in await seen()] == [0, 2]
    sql = "SELECT reasons FROM offer_market WHERE offer_id = $1"
    assert await fetchval(sql, offer) == ["PRODUCT_REJECTED"]

    lifted = await asked(LIFT, by, id=found["id"], reason="A mistake of ours.")
    await work()

    assert (lifted["state"], lifted["endedBecause"]) == ("LIFTED", "A mistake of ours.")
    assert [row[0] for row in await seen()] == [2, 2]
    assert await work() == 0


async def test_offers_of_another_merchant_cannot_be_named(db: None) -> None:
    owner, _ = await seller()
    other = await factories.merchant("birch")
    offer = await fetchval("SELECT id FROM offer WHERE sku = 'SKU-0'")
    named = {"type": "Offer", "id": str(global_id("Offer", offer))}

    found = await issued(await staff(), other, "OFFER_REMOVAL", objects=[named])

    assert found["code"] == "OFFER_UNKNOWN"
    assert await state_of(owner) is MerchantState.ACTIVE


async def test_an_upheld_appeal_gives_back_the_state_before(db: None) -> None:
    owner, _ = await seller()
    one, other = await staff(), await person(Role.STAFF_ADMIN)
    found = await issued(one, owner, "RESTRICTION")
    await work()

    filed = await asked(APPEAL, caller(owner), decision=found["id"], text="It was not ours.")
    twice = await asked(APPEAL, caller(owner), decision=found["id"], text="Again.")
    same = await asked(ANSWER, one, decision=found["id"], uphold=True, answer="No.")
    upheld = await asked(ANSWER, other, decision=found["id"], uphold=True, answer="You are right.")
    await work()

    assert (filed["appeal"]["state"], twice["code"]) == ("FILED", "APPEALED_BEFORE")
    assert same["code"] == "FOUR_EYES_REQUIRED"
    assert (upheld["appeal"]["state"], upheld["state"]) == ("UPHELD", "LIFTED")
    assert await state_of(owner) is MerchantState.ACTIVE
    assert {row[0] for row in await seen()} == {2}


async def test_an_appeal_after_six_months_is_told_that_the_time_is_over(db: None) -> None:
    owner, _ = await seller()
    found = await issued(await staff(), owner, "WARNING")
    await execute("UPDATE decision SET appeal_until = now() - interval '1 second'")

    late = await asked(APPEAL, caller(owner), decision=found["id"], text="It was not ours.")

    assert late["code"] == "APPEAL_WINDOW_CLOSED"
    assert await fetchval("SELECT count(*) FROM decision_appeal") == 0


async def test_a_decision_with_an_end_ends_by_itself(db: None) -> None:
    owner, _ = await seller()
    found = await issued(await staff(), owner, "RESTRICTION", endsAt=in_days(7))
    assert found["statement"]["durationEndsAt"] is not None
    await work()

    await work(datetime.now(UTC) + timedelta(days=8))

    assert await state_of(owner) is MerchantState.ACTIVE
    assert await fetchval("SELECT state FROM decision") == "EXPIRED"


async def test_staff_of_one_market_does_not_decide_about_another(db: None) -> None:
    owner, _ = await seller(markets=("FR", "DE"))
    given = {"merchant": str(owner.id), "type": "RESTRICTION", "idempotencyKey": key(),
             "statementOfReasons": statement()}  # fmt: skip

    told = await refusal(ISSUE, await staff("FR"), input=given)

    assert (told["code"], told["reason"], told["market"]) == (
        "FORBIDDEN",
        "MARKET_NOT_GRANTED",
        "DE",
    )
    assert (await issued(await staff("FR"), owner, "WARNING"))["state"] == "NOTIFIED"


async def test_a_merchant_reads_its_own_decisions_only(db: None) -> None:
    owner, _ = await seller()
    other = await factories.merchant("birch")
    found = await issued(await staff(), owner, "WARNING")

    assert (await data(LIST, caller(other)))["decisions"]["edges"] == []
    node = "query($id: ID!){decision(id: $id){id}}"
    assert (await data(node, caller(other), id=found["id"]))["decision"] is None
    assert (await data(node, caller(owner), id=found["id"]))["decision"]["id"] == found["id"]


async def test_a_statement_is_never_edited(db: None) -> None:
    owner, _ = await seller()
    await issued(await staff(), owner, "WARNING")
    for change in ("UPDATE decision SET statement = '{}'", "DELETE FROM decision"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with transaction():
                await execute(change)
