"""`python -m bench [NAME]`: measure, print a line a figure, exit 1 where a bar fails.

NAME is a measurement or one of its figures. The figures are kept in `results.json` beside this.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from bench import (
    dearest,
    executor,
    feed,
    fleet,
    google,
    impact,
    meanwhile,
    million,
    tax,
    tracking,
)
from bench.figures import Figure
from bench.web import bars
from bench.world import World, build, servers
from boucle.collecting import settle

Measure = Callable[[World], Awaitable[list[Figure]]]
MEASURES: dict[str, Measure] = {
    "feed": feed.measure,
    "fleet": fleet.measure,
    "google": google.measure,
    "million": million.measure,
    "meanwhile": meanwhile.measure,
    "executor": executor.measure,
    "dearest": dearest.measure,
    "tracking": tracking.measure,
    "impact": impact.measure,
    "tax": tax.measure,
    "web": bars.web,
    "cache": bars.cache,
    "growth": bars.growth,
}
FIGURES = {
    "feed": ("feed_all_ratio", "feed_5pct_ratio", "feed_unchanged_ratio", "feed_unchanged_rows"),
    "fleet": (
        *("fleet_lines_per_second", "fleet_import_ratio", "fleet_value_seconds"),
        "fleet_value_more_statements",
    ),
    "google": ("google_first_ratio", "google_5pct_ratio", "google_unchanged_ratio"),
    "million": ("feed_1m_5pct_ratio", "feed_memory_mb", "best_offer_ratio", "upkeep_ratio"),
    "meanwhile": ("meanwhile_p95_ratio",),
    "executor": ("executor_ratio",),
    "dearest": ("dearest_cpu_ms",),
    "tracking": (
        *("tracking_plan_ratio", "tracking_events_per_second", "tracking_statements_ratio"),
        "tracking_over_quota",
    ),
    "impact": ("impact_1000_seconds", "impact_ratio", "impact_fleet_50000_seconds"),
    "tax": (
        *("rule_lookup_us", "rule_lookup_ratio", "tax_1000_seconds", "tax_1000_ratio"),
        *("tax_impact_1000_seconds", "tax_line_us"),
    ),
    "web": (
        *("web_detail_ratio", "web_detail_to_cached_ratio", "web_detail_to_select_json_ratio"),
        *("web_list_ratio", "web_list_to_cached_ratio", "web_facets_ratio", "web_search_ratio"),
        *("web_detail_p99_ratio", "web_list_p99_ratio", "web_memory_mb"),
    ),
    "cache": ("cache_process_ratio", "cache_redis_ratio"),
    "growth": ("growth_list_ratio", "growth_detail_ratio"),
}
RESULTS = Path(__file__).with_name("results.json")


def chosen(name: str | None) -> list[str]:
    """The measurements to make. Raises: SystemExit for a name that is none."""
    found = [m for m in MEASURES if name in {None, m, *FIGURES[m]}]
    if not found:
        known = ", ".join([*MEASURES, *(f for m in MEASURES for f in FIGURES[m])])
        raise SystemExit(f"There is no measurement {name}: {known}")
    return found


async def measured(
    folder: Path, database_url: str, redis_url: str, names: list[str]
) -> list[Figure]:
    """All figures of these measurements, printed as they come."""
    world = replace(await build(folder, database_url), redis_url=redis_url)
    figures: list[Figure] = []
    for name in names:
        for figure in await MEASURES[name](world):
            print(figure, flush=True)
            figures.append(figure)
    return figures


def keep(figures: list[Figure]) -> None:
    """Put the figures over those of earlier runs."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known |= {f.name: {"value": f.value, "bar": f.bar, "pass": f.holds} for f in figures}
    RESULTS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def main() -> None:
    """Measure what the command line names, or everything."""
    names = chosen(sys.argv[1] if len(sys.argv) > 1 else None)
    settle()
    with servers() as (folder, database_url, redis_url):
        figures = asyncio.run(measured(folder, database_url, redis_url, names))
    keep(figures)
    raise SystemExit(0 if all(figure.holds for figure in figures) else 1)


if __name__ == "__main__":
    main()
