"""Actors of accounts: what people are told by mail."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from domain.accounts import wording
from domain.accounts.invitations import token_of
from domain.accounts.organisations import INVITATION, INVITED_FOR
from domain.accounts.sign_in import CODE_LIFE, PURPOSE, code_of
from integrations.mail import Mail, Post
from models import audit
from models.accounts import Session, SignInCode, members, people
from models.jobs import Job
from models.vault import Vault
from workers.lease import Lease, job
from workers.runtime import runtime

log = structlog.get_logger()


@job(Job.MAIL_SIGN_IN_CODE)
async def mail_sign_in_code(_lease: Lease, code_id: str) -> None:
    """Mail the code of a challenge."""
    at = runtime()
    await send_code(UUID(code_id), at.post, at.vault, _site(), datetime.now(UTC))


@job(Job.MAIL_SESSION_ENDED)
async def mail_session_ended(_lease: Lease, session_id: str) -> None:
    """Tell the owner of a session that it was ended, and why."""
    await tell_ended(UUID(session_id), runtime().post, _site(), datetime.now(UTC))


@job(Job.SEAL_AUDIT_LOG, time_limit=timedelta(minutes=15))
async def seal_audit_log(lease: Lease) -> None:
    """Close the rows of the audit log that were added since the last time."""
    last_n = await audit.last_written()
    while True:
        async with lease.step():
            made = await audit.seal(last_n)
        if made is None:
            return
        log.info("audit.sealed", rows=made.rows, last=made.last_n, hash=made.hash.hex())


@job(Job.MAIL_INVITATION)
async def mail_invitation(_lease: Lease, invitation_id: str) -> None:
    """Mail the link of an invitation."""
    at = runtime()
    await send_invitation(UUID(invitation_id), at.post, at.vault, _site(), datetime.now(UTC))


async def send_invitation(
    invitation_id: UUID, post: Post, vault: Vault, site: str, now: datetime
) -> None:
    """Mail an invitation that may still be accepted. A second run sends the same mail again.

    Raises: Unavailable, Rejected.
    """
    found = await members.invitation(invitation_id)
    if found is None or not found.open_at(now):
        return
    of = await people.organisation_of(found.organisation_id)
    letter = wording.INVITATION[found.language].of(
        token=token_of(vault.secrets(INVITATION)[0], found.id),
        name=of.name,
        site=site,
        days=str(INVITED_FOR.days),
    )
    mail = Mail(
        found.id, found.email, letter.subject, letter.text, found.language, found.created_at
    )
    await post.send(mail)


async def send_code(code_id: UUID, post: Post, vault: Vault, site: str, now: datetime) -> None:
    """Mail a code that still works. A second run sends the same mail under the same id.

    Raises: Unavailable, Rejected.
    """
    row = await SignInCode.get_or_none(id=code_id)
    if row is None or row.used_at is not None or now >= row.asked_at + CODE_LIFE:
        return
    letter = wording.SIGN_IN_CODE[row.language].of(
        code=code_of(vault.secrets(PURPOSE)[0], row.id),
        site=site,
        minutes=str(int(CODE_LIFE.total_seconds() // 60)),
    )
    await post.send(
        Mail(row.id, row.email, letter.subject, letter.text, row.language, row.asked_at)
    )


async def tell_ended(session_id: UUID, post: Post, site: str, now: datetime) -> None:
    """Mail the owner of a session; nothing where no address is known.

    Raises: Unavailable, Rejected.
    """
    session = await Session.get_or_none(id=session_id).prefetch_related("account")
    if session is None or not session.account.email:
        return
    language = wording.language(session.account.language)
    letter = wording.SESSION_ENDED[language].of(site=site)
    to = session.account.email
    await post.send(Mail(session.id, to, letter.subject, letter.text, language, now))


def _site() -> str:
    return str(runtime().values.get("public_url", ""))
