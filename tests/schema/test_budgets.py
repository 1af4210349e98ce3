"""How many statements each root field costs: a fixed number, whatever the size of the page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import audit
from models.accounts import usage
from models.base import fetchval
from models.kept import keep_for
from models.merchants import Merchant
from models.offers import proposals
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.boucle.edge import key
from tests.factories import NOW, Item, line
from tests.schema import shop
from tests.schema.asking import counted, data, key_of

SCOPES = ("audit:read", "feeds:read", "keys:read", "offers:read")
MOST = 100
MONEY = "{amount currency}"
VARIANT = "{id slug title mpn gtins attributes{key name value label} product{title weight{grams}}}"
OFFER = f"""{{id grade market availability visibility isSponsored
  price{{item{MONEY} shipping{MONEY} serviceFee{MONEY} levies{MONEY} duties{MONEY} total{MONEY}}}
  delivery{{earliest latest days carrier dispatchCountry customsRequired}} battery{{new health}}
  merchant{{name legalName kind country since}}
  variant{VARIANT}
  warranty{{legalGuaranteeMonths legalGuaranteeStatus commercialWarrantyMonths}}}}"""
RESULTS = f"""{{totalCount didYouMean asOf facets{{key values{{value label count selected}}}}
  pageInfo{{hasNextPage endCursor}}
  edges{{cursor node{{offerCount merchantCount priceRange{{min{MONEY} max{MONEY}}}
    featuredOffer{{offerId total{MONEY} grade deliveryDays}}
    product{{id slug title brand{{name}} category weight{{grams}}}} variant{VARIANT}}}}}}}"""
SEARCH = f'query($n: Int!){{search(market: "FR", first: $n){RESULTS}}}'
TERM = SEARCH.replace("first:", 'term: "caldr", first:')
FILTERED = SEARCH.replace(
    "first:", 'filters: {grade: [GOOD], price: {max: "900"}, deliveryDays: 9}, first:'
)
LISTING = f"""query($n: Int!){{listing(market: "FR", slug: "calder-0"){{
  market currency offerCount merchantCount asOf priceRange{{min{MONEY} max{MONEY}}}
  product{{title variants{{slug}}}} variant{VARIANT}
  variants{{offerCount fromPrice{MONEY} variant{VARIANT}}}
  grades{{grade label definition available offerCount merchantCount fromPrice{MONEY}}}
  featuredOffer{{offer{OFFER} ranking{{modelId snapshotId reasons}}}}
  offers(first: $n){{edges{{cursor node{OFFER}}} pageInfo{{hasNextPage endCursor}}}}}}}}"""
PAGE = f"""{{listing(market: "FR", slug: "calder-0"){{
  offerCount product{{title brand{{name}}}} variant{{title attributes{{label}}}}
  variants{{fromPrice{MONEY} variant{{slug attributes{{key}}}}}} grades{{grade fromPrice{MONEY}}}
  featuredOffer{{ranking{{snapshotId reasons}}
    offer{{id price{{total{MONEY}}} warranty{{legalGuaranteeMonths}} delivery{{latest}}}}}}}}}}"""
LIST = f"""{{search(market: "FR"){{totalCount facets{{key values{{label count}}}}
  edges{{cursor node{{offerCount product{{title brand{{name}}}}
    featuredOffer{{total{MONEY}}}}}}}}}}}"""
RUNS = """query($n: Int!){feedRuns(first: $n){edges{node{id state linesRead
  seconds mode format startedAt finishedAt}} pageInfo{hasNextPage}}}"""
RUN = """query($n: Int!, $id: ID!){feedRun(id: $id){linesRead
  lines(first: $n){edges{node{line sku outcome problems{code message}}} pageInfo{endCursor}}}}"""

BUDGETS = {
    "markets": ("{markets{code name currency stage}}", 2),
    "market": ('{market(code: "FR"){code name}}', 2),
    "categories": ("{categories{code name attributes{key name values{value label}}}}", 3),
    "product": ('{product(slug: "calder-0"){title brand{name} variants{slug title}}}', 2),
    "search": (SEARCH, 6),
    "search by term": (TERM, 7),
    "search by filters": (FILTERED, 6),
    "listing": (LISTING, 8),
    "feeds": ("{feeds{id name stale}}", 1),
    "feedRuns": (RUNS, 1),
    "feedRun": (RUN, 2),
    "node": ("query($id: ID!){node(id: $id){id ... on FeedRun{state}}}", 1),
    "competition": (
        'query($offer: ID!){competition(offerId: $offer, market: "FR"){state rank}}',
        3,
    ),
    "version": ("{version}", 0),
    "viewer": ("{viewer{kind roles scopes markets merchant email}}", 0),
    "productProposals": (
        "query($n: Int!){productProposals(first: $n){edges{node{id gtin state reason dueAt}}}}",
        1,
    ),
    "productProposal": ("query($id: ID!){productProposal(id: $id){id state}}", 1),
    "sandbox": ("{sandbox{ready now aheadSeconds}}", 1),
    "auditLog": (
        "query($n: Int!){auditLog(first: $n){edges{node{id at action before after}}}}",
        1,
    ),
    "apiUsage": (
        "query($n: Int!){apiUsage(hours: 720, first: $n)"
        "{edges{node{hour usage{points}}} total{requests} buckets{remaining}}}",
        4,
    ),
    "apiKeys": (
        "query($n: Int!){apiKeys(first: $n){edges{node{id prefix state scopes lastUsedAt}}}}",
        2,
    ),
}


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await shop.many(MOST + 1)


async def _owner() -> Caller:
    """A merchant with as many runs, of as many lines, as a page may have."""
    owner = await Merchant.get(slug="amber")
    feed = await factories.feed(owner, name="more")
    for _ in range(MOST):
        await factories.queued(feed)
        await key(owner.id)
    for n in range(MOST):
        wanted = proposals.Proposed(f"p{n}", None, f"p{n}", "Calder", "C", None, None, {})
        await proposals.propose(owner.id, ["FR"], wanted, "Europe/Paris", NOW)
        await audit.record(audit.Entry("act", "Thing", None, "MERCHANT", owner.id))
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [usage.Hour("k", began - timedelta(hours=n), 1, 1, 0, 0) for n in range(MOST)]
    await usage.add([usage.Counted(hour, owner.id, None) for hour in hours])
    return key_of(owner, *SCOPES)


async def _variables() -> dict[str, Any]:
    run = await fetchval("SELECT run_id FROM feed_line ORDER BY run_id LIMIT 1")
    offer = await fetchval("SELECT offer_id FROM offer_market ORDER BY offer_id LIMIT 1")
    proposal = await fetchval("SELECT id FROM product_proposal ORDER BY id LIMIT 1")
    return {"proposal": str(proposal), "id": str(global_id("FeedRun", run)), "offer": str(offer)}


async def test_each_root_field_costs_a_fixed_number_of_statements_whatever_the_page(
    items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, given = await _owner(), await _variables()
    spent = {}
    for name, (query, _) in BUDGETS.items():
        wanted = {v: given[v] for v in given if f"${v}:" in query}
        if name == "productProposal":
            wanted = {"id": given["proposal"]}
        sizes = [{"n": n} for n in (24, MOST)] if "$n:" in query else [{}]
        counts = []
        for size in sizes:
            with counted(monkeypatch) as sent:
                found = await data(query, caller, **wanted, **size)
            assert not size or _rows(found) == size["n"], name
            counts.append(sent.total())
        assert len(set(counts)) == 1, (name, counts)
        spent[name] = counts[0]

    assert spent == {name: budget for name, (_, budget) in BUDGETS.items()}


async def test_a_process_that_serves_answers_alike_with_fewer_statements(
    items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    for query, least in ((PAGE, 1), (LIST, 1), (LISTING, 5), (SEARCH, 3)):
        size = {"n": 24} if "$n:" in query else {}
        plain = await data(query, **size)
        keep_for(60)
        await data(query, **size)
        with counted(monkeypatch) as sent:
            served = await data(query, **size)
        keep_for(0)

        assert _timeless(served) == _timeless(plain)
        assert sent.total() == least, (query, sent)


def _timeless(found: Any) -> Any:
    """An answer without the moment at which it was read."""
    if isinstance(found, dict):
        return {k: _timeless(v) for k, v in found.items() if k != "asOf"}
    return [_timeless(each) for each in found] if isinstance(found, list) else found


def _rows(found: Any) -> int:
    """How many items the longest page of an answer has."""
    if isinstance(found, dict):
        own = len(found["edges"]) if "edges" in found else 0
        return max([own, *map(_rows, found.values())])
    return max([0, *map(_rows, found)]) if isinstance(found, list) else 0


async def test_the_table_of_budgets_names_every_root_field() -> None:
    fields = (await data("{__schema{queryType{fields{name}}}}"))["__schema"]["queryType"]["fields"]

    assert {field["name"] for field in fields} == {name.split(" ")[0] for name in BUDGETS}


async def test_a_page_of_one_costs_no_more_than_a_page_of_many(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = await factories.world(1, 1)
    await shop.sell(await factories.merchant(), [line(item, "A")])
    await shop.searchable()

    with counted(monkeypatch) as sent:
        await data(SEARCH, n=24)

    assert sent.total() == BUDGETS["search"][1]
