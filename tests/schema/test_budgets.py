"""How many statements each root field costs: a fixed number, whatever the size of the page."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.aftersales import CaseType, OpenedBy
from domain.markets.changes import RuleChangeKind, Said
from domain.markets.rules import Evidence, RuleKind, Scope
from domain.orders import Actor
from domain.orders.payments import RefundReason
from models import audit
from models.accounts import usage
from models.aftersales import open_case
from models.base import execute, fetch, fetchrow, fetchval, transaction
from models.kept import keep_for
from models.markets import rule_changes
from models.markets.rules import load_rules
from models.merchants import Merchant
from models.offers import proposals
from models.orders import By, refunds
from models.partners import deliveries
from models.shipments import contracts
from models.units import passports
from models.units.certificates import Owner
from resolvers.context import Caller
from schema.common import global_id
from tests import (
    certificates,
    devices,
    duties,
    factories,
    fleets,
    orders,
    payments,
    supply,
    tenants,
    trade_in,
    trade_ins,
    webhooks,
)
from tests.boucle.edge import key
from tests.checkout import with_cart
from tests.factories import NOW, Item, line
from tests.rules import FOLDER, lawful
from tests.schema import shop
from tests.schema.asking import counted, data, key_of
from tests.schema.budgets import BUDGETS, LIST, LISTING, MOST, OF_COMPANIES, OF_TEAMS, PAGE, SEARCH

SCOPES = (
    *("audit:read", "cases:read", "feeds:read", "finance:read", "keys:read", "offers:read"),
    *("lots:read", "orders:read", "orders:write", "quality:read", "shipments:read"),
    *("trade_in:read", "webhooks:read"),
)
SHOPPERS = {*("cart", "checkoutPreview", "purchase", "purchases", "me", "savedDevices", "tradeIns")}


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await shop.many(MOST + 1)


async def _owner(item: Item) -> Caller:
    """A merchant with as many runs, of as many lines, as a page may have."""
    await load_rules(FOLDER)
    owner = await Merchant.get(slug="amber")
    feed = await factories.feed(owner, name="more")
    await execute(
        "INSERT INTO repricing (merchant_id, offer_id, sku, market, mode, from_minor, to_minor, "
        "currency, snapshot_id, model_id) SELECT $1, $1, 'A', 'FR', 'LEAD', 2, 1, 'EUR', '', '' "
        "FROM generate_series(1, $2)",
        owner.id,
        MOST,
    )
    await execute(
        "INSERT INTO reprice_rule (merchant_id, sku_key, market, mode, min_minor) "
        "SELECT $1, 'a' || n, 'FR', 'LEAD', 1 FROM generate_series(1, $2) n",
        owner.id,
        MOST,
    )
    for _ in range(MOST):
        await factories.queued(feed)
        await key(owner.id)
        hook = await webhooks.endpoint(owner.id, "https://hooks.example.com/")
        await deliveries.add_test(owner.id, hook)
    for n in range(MOST):
        wanted = proposals.Proposed(f"p{n}", None, f"p{n}", "Calder", "C", None, None, {})
        await proposals.propose(owner.id, ["FR"], wanted, "Europe/Paris", NOW)
        await audit.record(audit.Entry("act", "Thing", None, "MERCHANT", owner.id))
    began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [usage.Hour("k", began - timedelta(hours=n), 1, 1, 0, 0) for n in range(MOST)]
    await usage.add([usage.Counted(hour, owner.id, None) for hour in hours])
    await execute(
        "INSERT INTO bulk_operation (id, merchant_id, kind, state, document, plan, scopes, "
        "key_prefix) SELECT gen_random_uuid(), $1, 'QUERY', 'QUEUED', '', '{}', '{}', 'p' "
        "FROM generate_series(1, $2)",
        owner.id,
        MOST,
    )
    await execute(
        "INSERT INTO exchange_rate (base, quote, on_day, rate, source, origin) "
        "SELECT 'EUR', 'GBP', current_date - n, 0.85, 'test', 'ECB' FROM generate_series(0, $1) n",
        MOST,
    )
    await _earned(owner)
    await duties.many(owner, MOST)
    await _trades_in(owner)
    for _ in range(MOST):
        await certificates.issued(owner=Owner(merchant_id=owner.id))
    of = await orders.bought(owner, item, lines=MOST)
    await open_case(of.lines, CaseType.FAULT, OpenedBy.CUSTOMER)
    await _parcels(of)
    for each in await devices.in_stock(owner.id, item.variant_id, MOST):
        await passports.codes([(each, 1)])
    return key_of(owner, *SCOPES)


async def _trades_in(owner: Merchant) -> None:
    """As many bids for devices of people as a page may have."""
    await trade_in.reference()
    await execute(
        "INSERT INTO trade_in_bid (merchant_id, variant_id, grade, market, amount_minor, currency, "
        "pay_within_days) SELECT $1, id, 'FUNCTIONAL_GOOD', 'FR', 10000, 'EUR', 7 FROM variant",
        owner.id,
    )


async def _seller(caller: Caller) -> Caller:
    """An organisation with as many lots as a page may have, each with a bid of the merchant."""
    seller = fleets.organisation_key(await fleets.organisation())
    assert seller.organisation_id
    await fleets.many(await Merchant.get(id=caller.merchant_id), seller.organisation_id, MOST)
    return seller


async def _parcels(of: orders.Bought) -> None:
    """As many parcels with one number, lanes and labels as a page may have."""
    parcel = await orders.parcel(of, number="1Z", carrier="UPS")
    columns = "purpose, merchant_id, customer_id, order_id, market, carrier, api, promised_by"
    await execute(
        f"INSERT INTO shipment ({columns}, tracking_number, origin, destination) "
        f"SELECT {columns}, tracking_number, 'L' || n, 'FR' "
        "FROM shipment, generate_series(1, $2) n WHERE id = $1",
        parcel,
        MOST,
    )
    async with transaction() as raw:
        card = {"code": "post", "name": "P", "carrier": "UPS", "api": "UPS", "currency": "EUR"}
        rule = {"eligibility": "{}", "platform_bp": "0", "valid_from": "2026-01-01"}
        await contracts.load(raw, [card | rule | {"valid_to": "", "source": "tests"}], [])
    await execute(
        "INSERT INTO shipping_label (merchant_id, order_id, purchase_id, line_ids, contract_id, "
        "carrier, api, origin, destination, grams, currency, price_minor, merchant_minor, "
        "platform_minor) SELECT $1, $2, $3, '{}', c.id, 'UPS', 'UPS', 'FR', 'FR', 1, 'EUR', 1, 1, "
        "0 FROM carrier_contract c, generate_series(1, $4)",
        of.merchant_id,
        of.order_id,
        of.purchase_id,
        MOST,
    )


async def _earned(owner: Merchant) -> None:
    """As many entries of the ledger as a page may have, each of a month of its own."""
    made = (
        "WITH t AS (INSERT INTO ledger_transaction (kind, reference, at) SELECT 'CAPTURE', "
        "gen_random_uuid(), now() - n * interval '1 month' FROM generate_series(1, $2) n "
        "RETURNING id, at) INSERT INTO ledger_posting (transaction_id, account, merchant_id, "
        "purchase_id, kind, at, amount_minor, currency) SELECT t.id, account, merchant, t.id, "
        "'CAPTURE', t.at, amount, 'EUR' FROM t, (VALUES ('CLEARING', NULL::uuid, 5), "
        "('MERCHANT_HELD', $1::uuid, -5)) AS e (account, merchant, amount)"
    )
    await execute(made, owner.id, MOST + 1)


async def _shopper(items: list[Item]) -> tuple[Caller, dict[str, Any]]:
    """A customer with a cart of several lines, and as many purchases as a page may have."""
    sold = await fetch(
        "SELECT offer_id, landed_minor::numeric / 100 AS total FROM offer_market LIMIT 3"
    )
    await lawful()
    buyer = await with_cart({row["offer_id"]: str(row["total"]) for row in sold})
    owner = await Merchant.get(slug="amber")
    made = [await orders.bought(owner, items[0], lines=2) for _ in range(MOST)]
    await payments.captured(made[0])
    await refunds.ask({made[0].lines[0]: 1}, RefundReason.GOODWILL, By(Actor.PLATFORM, NOW), NOW)
    purchase = str(global_id("Purchase", made[0].purchase_id))
    line = str(global_id("OrderLine", made[0].lines[0]))
    assert buyer.caller is not None
    assert buyer.caller.user_id is not None
    await _sells(owner, buyer.caller.user_id, items[0])
    return buyer.caller, {"cart": buyer.cart, "purchase": purchase, "line": line}


async def _sells(owner: Merchant, customer_id: UUID, item: Item) -> None:
    """As many trade-ins, saved devices and devices of one's own as a page may have."""
    await trade_ins.rows(owner.id, customer_id, item, MOST + 1)
    for each in await devices.traded_in(owner.id, customer_id, MOST):
        await passports.codes([(each, 1)])
    await execute(
        "INSERT INTO trade_in_saved_device (customer_id, market, category, variant_id, grade, "
        "questionnaire, answers) SELECT $1, 'FR', 'smartphone', id, 'FUNCTIONAL_GOOD', "
        "'smartphone:*:1', '[]' FROM variant",
        customer_id,
    )


async def _member(item: Item) -> tuple[Caller, dict[str, Any]]:
    """An administrator of a company with as much of everything as a page may have."""
    cobalt = await tenants.full_company("cobalt", item)
    many = {
        "organisation_site": "organisation_id, address, country, time_zone, name",
        "organisation_invitation": "organisation_id, language, roles, expires_at, email",
        "approval": "organisation_id, action, object_type, because, expires_at, object_id",
    }
    last = {"approval": "gen_random_uuid()"}
    for table, columns in many.items():
        kept = columns.rpartition(",")[0]
        await execute(
            f"INSERT INTO {table} ({columns}) SELECT {kept}, {last.get(table, 'n::text')} "
            f"FROM {table}, generate_series(1, $1) n",
            MOST,
        )
    await execute(
        "INSERT INTO account (id, created_at, updated_at, issuer, subject, email, kind, roles, "
        "organisation_id, language) SELECT gen_random_uuid(), now(), now(), '', n || '@x.example', "
        "n || '@x.example', 'ORGANISATION', '{ORG_FINANCE}', $1, 'en' "
        "FROM generate_series(1, $2) n",
        cobalt.id,
        MOST,
    )
    await execute(
        "INSERT INTO organisation_member (organisation_id, account_id, roles) "
        "SELECT organisation_id, id, roles FROM account WHERE organisation_id = $1 "
        "ON CONFLICT DO NOTHING",
        cobalt.id,
    )
    amber = await Merchant.get(slug="amber")
    lot = await supply.many_handed_over(cobalt.id, amber.id, MOST)
    tables = {"site": "organisation_site", "member": "organisation_member", "approval": "approval"}
    tables["project"] = "refresh_project"
    found = {name: str(await fetchval(f"SELECT id FROM {t} LIMIT 1")) for name, t in tables.items()}
    return cobalt.admin, found | {"lot": str(lot), "company": str(cobalt.id)}


FLEETS = {"fleets", "fleet", "fleetImport"}
CLIENT = Caller(
    kind=CallerKind.ORGANISATION,
    organisation_id=factories.some_id(),
    scopes=frozenset({"fleets:read"}),
)
TEAM = Caller(
    kind=CallerKind.STAFF,
    user_id=factories.some_id(),
    roles=frozenset({Role.COUNTRY_TEAM.value}),
)


async def _rule_changes() -> None:
    """As many changes of rules as the longest page has."""
    rule = Said(date(2027, 1, 1), {"days": 30}, "a law", "", Evidence.NONE).rule(
        Scope(RuleKind.PRICE_PRIOR, "FR")
    )
    async with transaction() as raw:
        for _ in range(MOST):
            await rule_changes.propose(raw, RuleChangeKind.ADD, rule, factories.some_id())


async def _variables(caller: Caller) -> dict[str, Any]:
    run = await fetchval("SELECT run_id FROM feed_line ORDER BY run_id LIMIT 1")
    offer = await fetchval("SELECT offer_id FROM offer_market ORDER BY offer_id LIMIT 1")
    proposal = await fetchval("SELECT id FROM product_proposal ORDER BY id LIMIT 1")
    bulk = await fetchval("SELECT id FROM bulk_operation LIMIT 1")
    hook = await fetchval("SELECT id FROM webhook_endpoint LIMIT 1")
    since = await data("{offerChanges{pageInfo{endCursor}}}", caller)
    one = "SELECT id, order_id FROM order_line WHERE merchant_id = $1 ORDER BY id LIMIT 1"
    line = await fetchrow(one, caller.merchant_id)
    signed = await fetchrow("SELECT id, code FROM certificate LIMIT 1")
    return {
        "certificate": str(signed["id"]),
        "code": signed["code"],
        "fleet": str(factories.some_id()),
        "device": str(await fetchval("SELECT variant_id FROM trade_in_bid LIMIT 1")),
        "said": trade_in.answers(),
        "tradeIn": str(await fetchval("SELECT id FROM trade_in_order LIMIT 1")),
        "unit": str(await fetchval("SELECT unit_id FROM unit_party WHERE place = 'STOCK' LIMIT 1")),
        "passport": await fetchval("SELECT code FROM unit_passport LIMIT 1"),
        "order": str(line["order_id"]),
        "ownLine": str(line["id"]),
        "label": str(await fetchval("SELECT id FROM shipping_label LIMIT 1")),
        "id": str(global_id("FeedRun", run)),
        "offer": str(offer),
        "preview": str(global_id("FeedPreview", factories.some_id())),
        "proposal": str(proposal),
        "bulk": str(bulk),
        "hook": str(hook),
        "decision": str(await fetchval("SELECT id FROM decision LIMIT 1")),
        "report": str(await fetchval("SELECT report_id FROM period_report_line LIMIT 1")),
        "case": str(await fetchval("SELECT id FROM after_sales_case LIMIT 1")),
        "since": since["offerChanges"]["pageInfo"]["endCursor"],
    }


async def test_each_root_field_costs_a_fixed_number_of_statements_whatever_the_page(
    items: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await _owner(items[0])
    seller = await _seller(caller)
    shopper, theirs = await _shopper(items)
    member, of_company = await _member(items[0])
    await _rule_changes()
    given = await _variables(caller) | theirs | of_company
    asked_by = {
        "lots": seller,
        **dict.fromkeys(OF_TEAMS, TEAM),
        **dict.fromkeys(SHOPPERS, shopper),
    }
    asked_by |= dict.fromkeys(OF_COMPANIES, member) | dict.fromkeys(FLEETS, CLIENT)
    spent = {}
    for name, (query, _) in BUDGETS.items():
        wanted = {v: given[v] for v in given if f"${v}:" in query}
        if name == "productProposal":
            wanted = {"id": given["proposal"]}
        sizes = [{"n": n} for n in (24, MOST)] if "$n:" in query else [{}]
        counts = []
        for size in sizes:
            with counted(monkeypatch) as sent:
                found = await data(query, asked_by.get(name, caller), **wanted, **size)
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
