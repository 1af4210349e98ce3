"""Bring the read models into line with changed offers, inside the transaction of the change.

One path for every cause (a feed, one offer, a merchant's state, a market's stage, a new day):
fill the temporary table `touched(offer_id)` and call `refresh`. Locks are taken in one order
(competitions, then products, then facets, each by key), so that two merchants who change the
same competition wait for each other instead of losing a count.

What a competition must say is `truth.sql`, the same text that `models.offers.check` uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from models.announce import MOST_PRODUCTS
from models.sql import statements, words

HERE = Path(__file__).parent
COLUMNS = words(
    "offer_id market merchant_id variant_id grade reasons visibility currency item_minor "
    "shipping_minor service_fee_minor levies_minor duties_minor landed_minor days early_days "
    "carrier scope dispatch_country warranty_months battery_new battery_health quantity "
    "quality_bp terms merit effective_e6 model_id listed_at"
)
RANKED_BY = words(
    "visibility item_minor landed_minor quality_bp days warranty_months battery_new "
    "battery_health scope effective_e6 model_id variant_id grade"
)
BEST_COLUMNS = words(
    "offers merchants competing min_landed max_landed leader merchant_id landed_minor merit "
    "effective_e6 across_e10 terms quality_bp next_effective_e6 lowest_total group_offers "
    "group_landed model_id snapshot_id"
)


def truth(cells: str, products: str) -> dict[str, str]:
    """The statements of `truth.sql` over tables of competitions and of products."""
    return statements(HERE / "truth.sql", cells=cells, products=products)


def _row(alias: str, columns: list[str]) -> str:
    return "(" + ", ".join(f"{alias}.{column}" for column in columns) + ")"


_CELL = truth("cell", "moved")
_FLIPS = truth("cell", "(SELECT * FROM moved WHERE flips)")
_TURNS = truth("cell", "(SELECT * FROM moved WHERE turns)")
SQL = statements(
    HERE / "refresh.sql",
    columns=", ".join(COLUMNS),
    set_columns=", ".join(f"{c} = excluded.{c}" for c in COLUMNS[2:]),
    set_best=", ".join(f"{c} = r.{c}" for c in BEST_COLUMNS),
    all_f=_row("f", COLUMNS),
    all_om=_row("om", COLUMNS),
    ranked_f=_row("f", RANKED_BY),
    ranked_om=_row("om", RANKED_BY),
    competition_of_cell=_CELL["competition"],
    product_of_moved=_CELL["product"],
    merchants_of_flips=_FLIPS["product_merchants"],
    facets_of_turns=_TURNS["facets"],
)
ANALYZED = {
    "new_rows": "ANALYZE fresh (offer_id, market, variant_id, grade)",
    "cells": "ANALYZE changed (offer_id, market); ANALYZE cell",
    "rank": "ANALYZE ranking (market, variant_id, grade, snapshot_id)",
    "moved": "ANALYZE moved",
}
COMPARE = ("new_rows", "price_limits", "visibility", "changed", "gone", "cells")
RANK = ("make_cells", "lock_cells", "rank")
KEEP = ("moved", "snapshots", "best")
PRODUCTS = ("make_products", "lock_products", "products")
FACETS = ("facets_of_moved", "facet_counts")
MOST_EVENTS = 500
"""Changed offers of a merchant in a market that are told one by one; more are told as a number."""
SCRATCH = ("touched", "fresh", "changed", "gone", "cell", "ranking", "moved", "facet")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many price rows changed and how many competitions were ranked again."""

    offers: int = 0
    competitions: int = 0


async def touch(raw: asyncpg.Connection) -> None:
    """Make the empty temporary table `touched(offer_id)` of this transaction."""
    await raw.execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{name}" for name in SCRATCH))
    await raw.execute("CREATE TEMP TABLE touched (offer_id uuid PRIMARY KEY) ON COMMIT DROP")


async def refresh(
    raw: asyncpg.Connection,
    run_id: Any = None,
    *,
    announce_all: bool = False,
    written: bool = True,
    merchant_id: UUID | None = None,
) -> Refreshed:
    """Recompute what depends on the offers in `touched`; write only what differs, and announce it.

    Merchants who listen are told which of their offers win, share or lose from now on.

    Safe to repeat: a second call over the same offers changes nothing. `run_id` is kept in the
    price history. With `announce_all` also products whose offers show something beside their
    price rows, such as their merchant, are announced. `written` says that the offers themselves
    changed: their merchants are told of all of them, else of those whose price rows differ.
    `merchant_id` is whose they all are, where that is known.
    """
    await raw.execute("ANALYZE touched")
    await _run(raw, COMPARE)
    await raw.execute(SQL["history"], run_id)
    changed = await raw.execute(SQL["upsert"])
    await raw.execute(SQL["delete_gone"])
    competitions: int = await raw.fetchval("SELECT count(*) FROM cell")
    if competitions:
        await _run(raw, RANK)
        if await raw.fetchval(SQL["wanted"]):
            await raw.execute(SQL["tell"], MOST_EVENTS)
        await _run(raw, (*KEEP, *PRODUCTS))
        if await raw.fetchval("SELECT bool_or(flips) FROM moved"):
            await _run(raw, ("product_merchants",))
        if await raw.fetchval("SELECT bool_or(turns) FROM moved"):
            await _run(raw, FACETS)
    await raw.execute(SQL["announce"], announce_all, MOST_PRODUCTS)
    if not written:
        await raw.execute(SQL["changes_seen"])
    elif merchant_id is None:
        await raw.execute(SQL["changes_of_many"])
    else:
        await raw.execute(SQL["changes_of_one"], merchant_id)
    return Refreshed(int(changed.rsplit(" ", 1)[-1]), competitions)


async def refresh_products(raw: asyncpg.Connection) -> None:
    """Sum up again the products in the temporary table `moved`, whose competitions stand.

    Shapes: `moved(market, product_id, category, flips, turns)`, made after `touch`.
    """
    await _run(raw, (*PRODUCTS, "product_merchants", *FACETS))


async def _run(raw: asyncpg.Connection, names: Sequence[str]) -> None:
    for name in names:
        await raw.execute(SQL[name])
        if name in ANALYZED:
            await raw.execute(ANALYZED[name])
