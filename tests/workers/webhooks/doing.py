"""Events that happen, and what is due of them."""

from models.merchants import Merchant
from models.partners import fan_out
from tests.webhooks import happen
from workers.partners.sending import Sender, send_due


async def told(owner: Merchant, count: int = 1) -> list[str]:
    ids = await happen(owner.id, count)
    await fan_out.fan_out()
    return [str(each) for each in ids]


async def drained(sender: Sender) -> int:
    """Try whatever is due until nothing is."""
    tried = 0
    while count := await send_due(sender):
        tried += count
    return tried
