"""Staff record what a merchant has shown that it can do: it opens lots whose devices hold data."""

from datetime import date
from uuid import UUID

from domain.accounts.roles import Role
from models.raas import bidders
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, staff_once
from resolvers.raas.refusals import Refusal, refusal_of, words


async def record(
    ctx: Context, merchant_id: UUID, proof: str, valid_until: date | None, key: str
) -> Refusal | None:
    """Note that a merchant erases data to a standard, as a document of its shows.

    Refuses: a merchant who is in none of the caller's markets.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = words(proof, "proof")
    if said is None:
        raise BadInput("`proof` is missing.", argument="proof")
    _, markets = ctx.staff_markets(Role.COUNTRY_TEAM)
    within = None if markets is None else sorted(markets)

    async def act(user_id: UUID) -> Outcome:
        given = (merchant_id, "ERASURE", said, valid_until, user_id, within)
        if not await bidders.record(*given):
            return Refusal("MERCHANT_UNKNOWN").outcome()
        after = {"capability": "ERASURE", "proof": said, "validUntil": str(valid_until or "")}
        name = "recordErasureCapability"
        await audited(ctx, name, "Merchant", merchant_id, after=after)
        return {}

    asked = {"merchant": merchant_id, "proof": said, "until": valid_until}
    name = "recordErasureCapability"
    return refusal_of(await staff_once(ctx, Role.COUNTRY_TEAM, name, key, asked, act))
