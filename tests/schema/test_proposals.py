"""Products that the catalogue does not know: proposed once, decided about, resolved for all."""

from typing import Any

import pytest

from domain.accounts.roles import Role
from models.base import execute, fetch, fetchval
from models.jobs import Job
from models.merchants import Merchant
from models.offers import proposals
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.factories import Item, line
from tests.identity import at_home, person
from tests.jobs import work
from tests.schema.asking import Json, data, key_of, refusal
from tests.schema.shop import searchable, sell

JOBS = (Job.PROPOSE_PRODUCTS, Job.RESOLVE_PRODUCTS, Job.PUBLISH_PRODUCT, Job.MERGE_CATALOGUE)
SCOPES = ("offers:read", "offers:write")
NUMBER = factories.gtin(900)
PENDING = {"gtin": NUMBER, "brand": "Calder", "model": "C9 Max"}
FIELDS = """id gtin brand model title state reason note deciding offers dueAt workingHoursLeft
  variant{id slug gtins product{slug title}}"""
LIST = (
    f"query($state: ProposalState){{productProposals(state: $state){{edges{{node{{{FIELDS}}}}}}}}}"
)
STAFF = f"""{{productProposals{{edges{{node{{{FIELDS} merchants{{name offers}}
  duplicates{{score variant{{slug}}}}}}}}}}}}"""
ONE = f"query($id: ID!){{productProposal(id: $id){{{FIELDS}}}}}"
RESULT = """__typename ... on Problem{code path hint} ... on InvalidTransition{from to allowed}
"""
MOVED = f"{RESULT} ... on ProposalMoved{{proposal{{{FIELDS}}}}}"
PROPOSE = f"""mutation($input: ProposeProductInput!){{proposeProduct(input: $input){{
  __typename ... on Problem{{code}} ... on ProductProposed{{proposal{{{FIELDS}}}}}
  ... on ProductKnown{{variant{{slug}}}}}}}}"""
UPSERT = "mutation($input: UpsertOffersInput!){upsertOffers(input: $input){__typename}}"
FAULTS = "... on ProductInvalid{faults{path code}}"
TAKE = f"mutation($input: TakeProposalInput!){{takeProposal(input: $input){{{MOVED}}}}}"
REJECT = f"mutation($input: RejectProposalInput!){{rejectProposal(input: $input){{{MOVED}}}}}"
PUBLISH = (
    f"mutation($input: PublishProposalInput!){{publishProposal(input: $input){{{MOVED} {FAULTS}}}}}"
)
NEW = {"newProduct": {"brand": "calder", "category": "smartphone", "model": "C9 Max"}}
SEARCH = '{search(market: "FR", term: "calder c9 max"){edges{node{offerCount product{title}}}}}'


@pytest.fixture(autouse=True)
def home():
    with at_home() as made:
        yield made


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world(1, 2)


async def staff(*markets: str) -> Caller:
    return await person(Role.STAFF_MODERATION, markets=set(markets) or None)


async def proposed(caller: Caller, query: str = LIST, **more: Any) -> list[Json]:
    found = await data(query, caller, **more)
    return [edge["node"] for edge in found["productProposals"]["edges"]]


async def asked(query: str, caller: Caller, **given: Any) -> Json:
    """The only field of a mutation's answer."""
    given.setdefault("idempotencyKey", str(factories.some_id()))
    (found,) = (await data(query, caller, input=given)).values()
    return found


async def waiting(*slugs: str) -> list[Merchant]:
    """Merchants whose feeds have an offer of the unknown product, and one they can sell."""
    made = []
    for slug in slugs:
        owner = await factories.merchant(slug)
        await sell(owner, [line(Item(None, None, NUMBER, ""), f"{slug}-P") | PENDING])
        made.append(owner)
    await work(*JOBS)
    return made


async def taken(caller: Caller) -> str:
    """The id of the only proposal, taken by this member of staff."""
    (row,) = await proposed(caller)
    assert (await asked(TAKE, caller, id=row["id"]))["proposal"]["state"] == "IN_REVIEW"
    return row["id"]


async def sold(sku: str) -> int:
    """In how many price rows an offer can be bought."""
    return await fetchval(
        "SELECT count(*) FROM offer_market m JOIN offer o ON o.id = m.offer_id "
        "WHERE o.sku = $1 AND m.visibility > 0", sku,
    )  # fmt: skip


async def test_many_merchants_and_lines_make_one_proposal_and_each_sees_its_own_words(
    items: list[Item],
) -> None:
    amber, birch = await waiting("amber", "birch")
    await sell(amber, [line(items[0], f"A{n}") | PENDING | {"model": "Nine"} for n in range(3)])
    await work(*JOBS)

    (all_,) = await proposed(await staff(), STAFF)
    assert all_["gtin"] == NUMBER.rjust(14, "0")
    assert {m["name"]: m["offers"] for m in all_["merchants"]} == {"amber": 1, "birch": 1}
    (own,) = await proposed(key_of(birch, "offers:read"))
    assert (own["model"], own["state"], own["offers"]) == ("C9 Max", "SUBMITTED", 1)
    assert 0 < own["workingHoursLeft"] <= 12
    closed = "{productProposals{edges{node{merchants{name}}}}}"
    assert (await refusal(closed, key_of(birch, "offers:read")))["code"] in {
        "FORBIDDEN", "UNAUTHENTICATED",
    }  # fmt: skip
    other = key_of(await factories.merchant("cedar"), "offers:read")
    assert await proposed(other) == []
    assert (await data(ONE, other, id=own["id"]))["productProposal"] is None


async def test_an_offer_of_an_unknown_product_sent_by_a_call_is_proposed_too(
    items: list[Item],
) -> None:
    owner = key_of(await factories.merchant(), *SCOPES)
    offer = {"sku": "P", "grade": "GOOD", "price": "150", "quantity": 2, "title": "t"} | PENDING
    await asked(UPSERT, owner, items=[offer])
    await work(*JOBS)

    (own,) = await proposed(owner)
    assert (own["gtin"], own["offers"]) == (NUMBER.rjust(14, "0"), 1)


async def test_a_run_without_unknown_products_asks_for_no_job(items: list[Item]) -> None:
    await sell(await factories.merchant(), [line(items[0], "A")])

    assert await fetchval("SELECT count(*) FROM outbox_job") == 0


async def test_publishing_makes_the_product_and_sells_the_offers_of_all_who_wait(
    items: list[Item],
) -> None:
    amber, birch = await waiting("amber", "birch")
    await searchable()
    team = await staff()
    id_ = await taken(team)
    assert (await sold("amber-P"), await sold("birch-P")) == (0, 0)

    told = await asked(PUBLISH, team, id=id_, newVariant={**NEW, "attributes": {"color": "teal"}})
    assert (told["proposal"]["state"], told["proposal"]["deciding"]) == ("IN_REVIEW", True)
    again = await asked(PUBLISH, team, id=id_, newVariant={**NEW, "attributes": {}})
    assert again["code"] == "INVALID_TRANSITION"
    await work(*JOBS)

    (row,) = await proposed(key_of(amber, "offers:read"), state="PUBLISHED")
    assert row["variant"]["product"] == {"slug": "calder-c9-max", "title": "Calder C9 Max"}
    assert row["variant"]["gtins"] == [NUMBER.rjust(14, "0")]
    assert (await sold("amber-P"), await sold("birch-P")) == (1, 1)
    (found,) = (await data(SEARCH))["search"]["edges"]
    assert found["node"] == {"offerCount": 2, "product": {"title": "Calder C9 Max"}}
    log = await fetch("SELECT action, actor_kind, user_id FROM audit_log ORDER BY n")
    assert [r["action"] for r in log] == ["takeProposal", "publishProposal", "publishProposal"]
    assert {(r["actor_kind"], r["user_id"]) for r in log} == {("STAFF", team.user_id)}
    assert (await factories.run(await factories.feed(birch, name="b"), [
        line(items[0], "birch-P") | PENDING])).unchanged == 1  # fmt: skip


async def test_a_number_may_turn_out_to_be_a_variant_that_is_there(items: list[Item]) -> None:
    await waiting("amber")
    team = await staff()
    id_ = await taken(team)
    variant = str(global_id("Variant", items[1].variant_id))

    await asked(PUBLISH, team, id=id_, variant=variant)
    await work(*JOBS)

    (row,) = await proposed(team)
    assert (row["state"], row["variant"]["id"]) == ("MERGED", variant)
    assert NUMBER.rjust(14, "0") in row["variant"]["gtins"]
    assert await sold("amber-P") == 1


async def test_a_number_that_the_catalogue_learns_by_any_way_resolves_by_itself(
    items: list[Item],
) -> None:
    amber, _ = await waiting("amber", "birch")
    await factories.learn(items[0].variant_id, NUMBER)
    assert await work(*JOBS) == ["resolve_products"]

    assert (await sold("amber-P"), await sold("birch-P")) == (1, 1)
    await factories.learn(items[0].variant_id, factories.gtin(901))
    assert await work(*JOBS) == []
    mine = key_of(amber, *SCOPES)
    found = await asked(PROPOSE, mine, gtin=NUMBER, brand="Calder", model="C9")
    assert (found["__typename"], found["variant"]["slug"]) == ("ProductKnown", "calder-0-black")


async def test_a_run_that_did_not_see_a_number_yet_leaves_nothing_waiting(
    items: list[Item],
) -> None:
    """What it staged before the number was known is resolved by the job that it asks for."""
    await waiting("amber")
    await factories.learn(items[0].variant_id, NUMBER)
    await execute("DELETE FROM outbox_job")
    await proposals.ask_to_propose((await Merchant.get(slug="amber")).id)

    assert await work(*JOBS) == ["propose_products"]
    assert await sold("amber-P") == 1


async def test_a_rejection_reaches_every_merchant_and_feeds_do_not_ask_again(
    items: list[Item],
) -> None:
    amber, _ = await waiting("amber", "birch")
    team = await staff()
    id_ = await taken(team)
    await asked(REJECT, team, id=id_, reason="DOES_NOT_EXIST", note="No such model.")
    (late,) = await waiting("cedar")

    assert await fetchval("SELECT count(*) FROM product_proposal") == 1
    for owner in (amber, late):
        (row,) = await proposed(key_of(owner, "offers:read"))
        assert (row["state"], row["reason"], row["note"], row["workingHoursLeft"]) == (
            "REJECTED", "DOES_NOT_EXIST", "No such model.", None,
        )  # fmt: skip
    told = await asked(TAKE, team, id=id_)
    assert (told["code"], told["from"], told["allowed"]) == ("INVALID_TRANSITION", "REJECTED", [])
    asked_again = await asked(PROPOSE, key_of(amber, *SCOPES), gtin=NUMBER, brand="C", model="9")
    assert asked_again["proposal"]["state"] == "SUBMITTED"
    assert await fetchval("SELECT count(*) FROM product_proposal") == 2


async def test_a_merchant_proposes_once_for_a_key_and_joins_who_waits(items: list[Item]) -> None:
    amber, birch = [await factories.merchant(slug) for slug in ("amber", "birch")]
    given = {"gtin": NUMBER, "brand": "Calder", "model": "C9", "category": "smartphone"}

    first = [await asked(PROPOSE, key_of(amber, *SCOPES), **given, idempotencyKey="k")
             for _ in range(2)]  # fmt: skip
    other = await asked(PROPOSE, key_of(birch, *SCOPES), **given | {"model": "Nine"})

    assert first[0] == first[1]
    assert first[0]["proposal"]["id"] == other["proposal"]["id"]
    assert other["proposal"]["model"] == "Nine"
    assert await fetchval("SELECT merchants FROM product_proposal") == 2
    assert await fetchval("SELECT count(*) FROM audit_log WHERE action = 'proposeProduct'") == 2


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"gtin": "123"}, "gtin"), ({}, "gtin"), ({"mpn": "x", "brand": " "}, "brand"),
        ({"mpn": "x", "category": "cars"}, "category"),
        ({"mpn": "x", "attributes": {str(n): 1 for n in range(21)}}, "attributes"),
    ],
)  # fmt: skip
async def test_what_cannot_be_proposed_is_told(
    items: list[Item], given: dict[str, Any], argument: str
) -> None:
    caller = key_of(await factories.merchant(), *SCOPES)
    usual = {"brand": "Calder", "model": "C9", "idempotencyKey": "k"}

    assert (await refusal(PROPOSE, caller, input=usual | given))["argument"] == argument
    assert await fetchval("SELECT count(*) FROM product_proposal") == 0


async def test_a_decision_that_the_catalogue_cannot_hold_is_told_whole(items: list[Item]) -> None:
    await waiting("amber")
    await execute("UPDATE attribute SET mandatory = true")
    team = await staff()
    id_ = await taken(team)
    bad = {"brand": "", "category": "phones", "model": "x", "weightGrams": 0}

    told = await asked(
        PUBLISH, team, id=id_, newVariant={"newProduct": bad, "attributes": {"wings": 2}}
    )
    assert {f["path"] for f in told["faults"]} == {
        "brand", "category", "weightGrams", "attributes.wings",
    }  # fmt: skip
    told = await asked(PUBLISH, team, id=id_, newVariant={**NEW, "attributes": {}})
    assert told["faults"] == [{"path": "attributes.color", "code": "ATTRIBUTE_MISSING"}]
    told = await asked(PUBLISH, team, id=id_)
    assert told["faults"][0]["code"] == "ONE_OF"
    assert await work(*JOBS) == []


async def test_staff_decide_in_their_markets_alone_and_others_not_at_all(
    items: list[Item],
) -> None:
    await waiting("amber")
    (row,) = await proposed(await staff("FR", "DE"))

    german = await staff("DE")
    assert await proposed(german) == []
    assert (await asked(TAKE, german, id=row["id"]))["code"] == "PROPOSAL_UNKNOWN"
    lab = await person(Role.LAB)
    given = {"id": row["id"], "idempotencyKey": "k"}
    assert (await refusal(TAKE, lab, input=given))["reason"] == "ROLE_NOT_GRANTED"
    owner = key_of(await Merchant.get(slug="amber"), *SCOPES)
    assert (await refusal(TAKE, owner, input=given))["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}


async def test_likely_duplicates_are_the_nearest_models_of_the_brand(items: list[Item]) -> None:
    near = line(items[0], "P") | PENDING | {"model": "C0", "mpn": "mpn-1", "title": "C0 White"}
    await sell(await factories.merchant("amber"), [near])
    await work(*JOBS)

    (row,) = await proposed(await staff(), STAFF)
    assert [d["variant"]["slug"] for d in row["duplicates"]] == ["calder-1-white", "calder-0-black"]
    assert row["duplicates"][0]["score"] == 1.0


async def test_a_merchants_feeds_have_a_thousand_open_proposals_and_then_wait(
    items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "MOST_OPEN", 2)
    owner = await factories.merchant("amber")
    rows = [line(items[0], f"P{n}") | PENDING | {"gtin": factories.gtin(900 + n)} for n in range(5)]
    await sell(owner, rows)
    await work(*JOBS)
    team = await staff()
    first = await proposed(team)
    assert len(first) == 2

    await asked(TAKE, team, id=first[0]["id"])
    await asked(REJECT, team, id=first[0]["id"], reason="NOT_ALLOWED")
    await work(*JOBS)

    assert sorted(row["state"] for row in await proposed(team)) == [
        "REJECTED", "SUBMITTED", "SUBMITTED",
    ]  # fmt: skip


async def test_a_variant_of_a_model_that_is_there_comes_under_it_however_it_is_written(
    items: list[Item],
) -> None:
    await waiting("amber")
    team = await staff()
    id_ = await taken(team)
    same = {"brand": "CALDER", "category": "smartphone", "model": "c0"}

    await asked(PUBLISH, team, id=id_, newVariant={"newProduct": same, "attributes": {}})
    await work(*JOBS)

    (row,) = await proposed(team)
    assert row["variant"]["product"]["slug"] == "calder-0"
    assert await fetchval("SELECT count(*) FROM product") == 1
