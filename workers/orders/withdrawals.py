"""Jobs of withdrawals: the receipt is mailed."""

from uuid import UUID

from integrations.mail import Mail, Post
from models.jobs import Job
from models.orders.withdrawals import receipt
from workers.lease import Lease, job
from workers.runtime import runtime


@job(Job.MAIL_WITHDRAWAL)
async def mail_withdrawal(_lease: Lease, withdrawal_id: str) -> None:
    """Mail the receipt of a withdrawal to the address that was given for it."""
    await send_receipt(UUID(withdrawal_id), runtime().post)


async def send_receipt(withdrawal_id: UUID, post: Post) -> None:
    """Mail a receipt; a second run sends the same mail under the same id.

    Nothing where the address was erased. Raises: Unavailable, Rejected.
    """
    found = await receipt(withdrawal_id)
    if found is None or not found.address:
        return
    text, at = found.acknowledgement, found.confirmed_at
    await post.send(Mail(withdrawal_id, found.address, found.subject, text, found.language, at))
