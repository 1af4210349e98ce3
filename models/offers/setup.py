"""Writing a merchant's feeds: one change of them at a time."""

from collections.abc import Sequence
from uuid import UUID

from domain.offers.lines import FeedRunState
from models.base import execute, fetchval
from models.offers.feeds import ACTIVE, Feed, FeedRun
from models.vault import Cell


async def wait_for_setup(merchant_id: UUID) -> None:
    """Let one change of a merchant's feeds at a time decide, until the transaction ends."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 9))", str(merchant_id))


async def lock(merchant_id: UUID, feed_id: UUID) -> Feed | None:
    """A feed of this merchant, for a change of it: workers wait to note what they saw of it."""
    present = Feed.filter(id=feed_id, merchant_id=merchant_id, deleted_at__isnull=True)
    return await present.select_for_update().get_or_none()


async def count(merchant_id: UUID) -> int:
    """How many feeds a merchant has."""
    return await Feed.filter(merchant_id=merchant_id, deleted_at__isnull=True).count()


async def name_taken(merchant_id: UUID, name: str, but: UUID) -> bool:
    """Whether another feed of the merchant has this name."""
    return await Feed.filter(merchant_id=merchant_id, name=name).exclude(id=but).exists()


async def markets_of(merchant_id: UUID) -> Sequence[str]:
    """The markets where a merchant may sell."""
    found: Sequence[str] = await fetchval("SELECT markets FROM merchant WHERE id = $1", merchant_id)
    return found or []


async def under_way(feed_id: UUID) -> FeedRun | None:
    """The run of a feed that has not ended, the last one if there are several."""
    found = FeedRun.filter(feed_id=feed_id, state__in=[state.value for state in ACTIVE])
    return await found.order_by("-id").first()


async def offers_on_sale(merchant_id: UUID, feed_id: UUID) -> int:
    """How many offers of a feed are live, or paused and may come back."""
    found: int = await fetchval(
        "SELECT count(*) FROM offer WHERE merchant_id = $1 AND feed_id = $2 "
        "AND status IN ('LIVE', 'PAUSED')",
        merchant_id,
        feed_id,
    )
    return found


async def end_waiting_runs(feed_id: UUID) -> None:
    """Let no run of a feed be applied that a person might still release."""
    ended = {
        FeedRunState.HELD: FeedRunState.CANCELLED,
        FeedRunState.PREVIEWED: FeedRunState.EXPIRED,
    }
    for waiting, over in ended.items():
        await FeedRun.filter(feed_id=feed_id, state=waiting).update(state=over)


def cell(feed_id: UUID) -> Cell:
    """Where the credentials of a feed stand."""
    return Cell("feed", "credentials", feed_id)
