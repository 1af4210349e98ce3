"""The figures of the web server: ratios between servers that take turns within one run."""

from base64 import b64encode
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager

from bench.figures import AT_LEAST, AT_MOST, Figure, information, ratio
from bench.web import asks
from bench.web.measure import (
    COMPARED,
    WARM_SECONDS,
    await_fresh,
    closed,
    compare,
    latency,
    throughput,
)
from bench.web.shop import Shops
from bench.web.sides import BYTES, CACHED, NAIVE, OURS, RAW, Side, relaying, running
from bench.world import World

PRODUCTS, OFFERS = 10_000, 100_000
SMALL = (1_000, 100_000)
LARGE = (10_000, 1_000_000)
KEYS = f"bench:{b64encode(bytes(range(32))).decode()}"
_shops: dict[World, Shops] = {}


def _shops_of(world: World) -> Shops:
    """The databases of a run: a measurement finds those that an earlier one made."""
    return _shops.setdefault(world, Shops(world))


@contextmanager
def _running(url: str, *names: str) -> Generator[list[Side]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running(name, url)) for name in names]


async def web(world: World) -> list[Figure]:
    """Detail, list, facets and search beside the naive application, and the memory of a process.

    Raises: Differs unless both answer alike.
    """
    url = await _shops_of(world).of(PRODUCTS, OFFERS)
    bodies = await asks.bodies(url)
    with _running(url, OURS, NAIVE, CACHED, RAW) as (ours, naive, cached, raw):
        equal = compare([ours, naive, cached], bodies)
        detail = throughput([ours, naive, cached, raw], bodies["detail"])
        listed = throughput([ours, naive, cached], bodies["list"])
        facets = throughput([ours, naive], bodies["facets"])
        searched = throughput([ours, naive], bodies["search"])
        product = throughput([ours, naive], bodies["product"])
        slow = [
            ratio(*latency([ours, naive], bodies[name], rates[:2]))
            for name, rates in (("detail", detail), ("list", listed))
        ]
        memory = ours.resident_mb()
    return [
        Figure("web_detail_ratio", ratio(detail[0], detail[1]), AT_LEAST, 10),
        Figure("web_detail_to_cached_ratio", ratio(detail[0], detail[2]), AT_LEAST, 4.5),
        Figure("web_list_ratio", ratio(listed[0], listed[1]), AT_LEAST, 8),
        Figure("web_list_to_cached_ratio", ratio(listed[0], listed[2]), AT_LEAST, 5),
        Figure("web_facets_ratio", ratio(facets[0], facets[1]), AT_LEAST, 12),
        Figure("web_search_ratio", ratio(searched[0], searched[1]), AT_LEAST, 7),
        Figure("web_detail_to_select_json_ratio", ratio(detail[0], detail[3]), AT_LEAST, 0.75),
        Figure("web_detail_p99_ratio", slow[0], AT_MOST, 0.2),
        Figure("web_list_p99_ratio", slow[1], AT_MOST, 0.2),
        Figure("web_memory_mb", round(memory, 1), AT_MOST, 100),
        information("web_product_ratio", ratio(product[0], product[1])),
        information("web_equal_answers", equal),
        *_rates("detail", ("", "_naive", "_naive_cached", "_select_json"), detail),
        *_rates("list", ("", "_naive", "_naive_cached"), listed),
        *_rates("facets", ("", "_naive"), facets),
        *_rates("search", ("", "_naive"), searched),
    ]


def _rates(name: str, sides: Sequence[str], rates: Sequence[float]) -> list[Figure]:
    return [
        information(f"web_{name}{side}_per_second", rate)
        for side, rate in zip(sides, rates, strict=True)
    ]


async def cache(world: World) -> list[Figure]:
    """An answer kept in the process, and one kept in Redis, beside a server of constant bytes.

    The process of the second has no room for them: each is asked for again after all others.
    """
    url = await _shops_of(world).of(PRODUCTS, OFFERS)
    bodies = (await asks.bodies(url))["detail"]
    kept = {"BOUCLE_KEYS": KEYS, "REDIS_URL": world.redis_url}
    with (
        relaying(url, **kept),
        running(OURS, url, **kept, BOUCLE_CACHE_MB="32") as ours,
        running(OURS, url, **kept, BOUCLE_CACHE_MB="1") as full,
        running(BYTES, url) as constant,
    ):
        await_fresh(ours, bodies[0])
        hit, floor = throughput([ours, constant], bodies[:COMPARED])
        closed(ours, bodies, WARM_SECONDS * 4, seed=0)
        from_redis, floor_again = throughput([full, constant], bodies)
    return [
        Figure("cache_process_ratio", ratio(hit, floor), AT_LEAST, 0.6),
        Figure("cache_redis_ratio", ratio(from_redis, floor_again), AT_LEAST, 0.3),
        information("cache_process_per_second", hit),
        information("cache_redis_per_second", from_redis),
        information("cache_constant_per_second", floor),
    ]


async def growth(world: World) -> list[Figure]:
    """What ten times the products and the offers cost: list and detail."""
    urls = [await _shops_of(world).of(*size) for size in (SMALL, LARGE)]
    asked = [await asks.bodies(url) for url in urls]
    with ExitStack() as stack:
        small, large = [stack.enter_context(running(OURS, url)) for url in urls]
        found = [
            throughput([small, large], asked[0][name], asked[1][name])
            for name in ("list", "detail")
        ]
    return [
        Figure(f"growth_{name}_ratio", ratio(*rates), AT_MOST, 1.5)
        for name, rates in zip(("list", "detail"), found, strict=True)
    ]
