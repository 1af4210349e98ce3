"""The compiled plan beside graphql-core: 24 items x 15 fields and a nested brand, without I/O."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal

import orjson
import strawberry
from graphql import DocumentNode, parse

from bench.figures import AT_LEAST, Figure, information, ratio
from bench.world import World
from boucle.graphql import compile_plan
from boucle.graphql.reference import execute_by_reference

ITEMS = 24
TURNS = 15
CALLS = 40
DOCUMENT = """{ items {
  id slug title model category color storage grade offers merchants lowest highest currency sold
  brand { code name } released } }"""


@strawberry.type
class Brand:
    """A maker."""

    code: str
    name: str


@strawberry.type
class Item:
    """A product of a list: 15 fields and a brand."""

    id: strawberry.ID
    slug: str
    title: str
    model: str
    category: str
    color: str
    storage: int
    grade: str
    offers: int
    merchants: int
    lowest: Decimal
    highest: Decimal
    currency: str
    sold: bool
    brand: Brand
    released: date


def _item(n: int) -> Item:
    return Item(
        id=strawberry.ID(str(n)),
        slug=f"item-{n}",
        title=f"Item {n}",
        model=f"M{n}",
        category="smartphone",
        color="black",
        storage=128,
        grade="GOOD",
        offers=n,
        merchants=n % 7,
        lowest=Decimal("199.90"),
        highest=Decimal("399.90"),
        currency="EUR",
        sold=n % 2 == 0,
        brand=Brand(code="calder", name="Calder"),
        released=date(2023, 9, 1 + n),
    )


KEPT = [_item(n) for n in range(ITEMS)]


@strawberry.type
class Query:
    """One list."""

    @strawberry.field
    def items(self) -> list[Item]:
        """The items, ready."""
        return KEPT


async def measure(_world: World) -> list[Figure]:
    """How much faster the plan is; both give the same bytes, which is checked first."""
    schema, document = strawberry.Schema(Query), parse(DOCUMENT)
    plan = compile_plan(schema, document, None)

    async def compiled() -> bytes:
        return orjson.dumps((await plan.execute(None, None, {})).data)

    async def reference() -> bytes:
        return orjson.dumps(await _by_core(schema, document))

    if await compiled() != await reference():
        raise SystemExit("The plan and graphql-core answer differently.")
    fast, slow = await _side_by_side(compiled, reference)
    return [
        Figure("executor_ratio", ratio(slow, fast), AT_LEAST, 30),
        information("executor_plan_us", fast * 1e6),
        information("executor_graphql_core_us", slow * 1e6),
    ]


async def _by_core(schema: strawberry.Schema, document: DocumentNode) -> object:
    return (await execute_by_reference(schema, document)).data


async def _side_by_side(*works: Callable[[], Awaitable[bytes]]) -> list[float]:
    """The median seconds of one call of each."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(TURNS):
        for work, kept in zip(works, took, strict=True):
            began = time.perf_counter()
            for _ in range(CALLS):
                await work()
            kept.append((time.perf_counter() - began) / CALLS)
            await asyncio.sleep(0)
    return [statistics.median(kept) for kept in took]
