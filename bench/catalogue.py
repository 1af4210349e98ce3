"""Merchants and their feed files, made from numbers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from domain.merchants import MerchantKind, MerchantState
from domain.offers.lines import FeedMode, FeedRunState
from models.merchants import Merchant, MerchantShipping, MerchantSite
from models.offers.feeds import Feed, FeedRun
from workers.offers.run import execute

HEADER = (
    "sku,gtin,title,grade,price,currency,quantity,warranty_months,battery,handling_hours,"
    "mpn,vat_scheme,note"
)
GRADES = ("fair", "good", "very_good", "excellent", "premium")
MARKET = "FR"


class RunFailed(Exception):
    """A run did not complete; what follows would measure nothing."""


async def merchant(number: int) -> Feed:
    """A merchant that sells in one market, with a full feed."""
    row = await Merchant.create(
        slug=f"bench-{number}",
        legal_name=f"Bench {number}",
        name=f"Bench {number}",
        kind=MerchantKind.WORKSHOP,
        state=MerchantState.ACTIVE,
        country="FR",
        markets=[MARKET],
        sandbox=True,
    )
    await MerchantSite.create(merchant=row, code="main", country="FR", main=True)
    await MerchantShipping.create(
        merchant=row, market=MARKET, carrier="post", delay_hours=48, price_minor=100 * number
    )
    return await Feed.create(merchant=row, name="main", mode=FeedMode.FULL, settings={})


def lines(number: int, size: int, gtins: list[str], changed: int = 0) -> Iterator[str]:
    """The lines of a merchant's file; `changed` of each hundred differ from the file with none.

    Of the changed lines, four in five have another price and one in five another stock, which is
    sometimes none.
    """
    for n in range(size):
        step = (n * 7919 + number * 104_729) % 1_000_003
        new = step % 100 < changed
        price = 5_000 + step % 60_000 + (137 if new and step % 5 else 0)
        stock = 1 + step % 9 if not new or step % 5 else step % 3 * 4
        at = n * 3 + number * 17
        yield (
            f"B{number}-{n},{gtins[at % len(gtins)]},Refurbished device no. {n},"
            f"{GRADES[(n // len(gtins) * 2 + n + number) % 5]},{price // 100}.{price % 100:02d},"
            f"EUR,{stock},{12 + step % 3 * 12},{('', 'new', '85', '92')[step % 4]},24,"
            f"MP-{n % 5000},margin,Tested and cleaned by our workshop\n"
        )


def write(path: Path, content: Iterator[str]) -> Path:
    """A file with the header and these lines."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{HEADER}\n")
        file.writelines(content)
    return path


async def run(feed: Feed, path: Path) -> FeedRun:
    """Apply a file as a worker would, committed. Raises: RunFailed."""
    row = await FeedRun.create(
        feed_id=feed.id,
        merchant_id=feed.merchant_id,
        state=FeedRunState.QUEUED,
        channel="PUSH",
        mode=FeedMode.FULL,
    )
    await execute(row, path, datetime.now(UTC))
    if row.state is not FeedRunState.COMPLETED:
        raise RunFailed(f"{row.state} {row.file_code} {row.detail}")
    return row
