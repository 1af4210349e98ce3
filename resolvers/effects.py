"""A change that a merchant's caller asks for: once for its key, and in the audit log."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from domain.accounts.roles import Role
from models import audit, once
from models.base import CATALOGUE, DESK, Tenant, acting
from resolvers.context import BadInput, Context, SignInFirst

Outcome = dict[str, Any]


async def once_only(
    ctx: Context,
    scope: str,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[UUID], Awaitable[Outcome]],
) -> Outcome:
    """Act for the caller's merchant in one transaction; a repeated call gets the first's outcome.

    Shapes: `name` is the mutation, `given` its input without the key. `act` takes the merchant's
    id; its outcome is JSON: ids of what was made, or the code and facts of a refusal, from which
    the caller renders the answer with its present rights.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    async with ctx.acting(scope) as merchant_id:
        return await _once(f"merchant:{merchant_id}", name, key, given, lambda: act(merchant_id))


async def staff_once(
    ctx: Context,
    role: Role,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[UUID], Awaitable[Outcome]],
) -> Outcome:
    """The same for a member of staff with a role, in a transaction that reaches all proposals.

    Shapes: `act` takes the person's id.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    user_id, _ = ctx.staff_markets(role)
    async with ctx.private(CATALOGUE):
        return await _once(f"user:{user_id}", name, key, given, lambda: act(user_id))


async def organisation_once(
    ctx: Context,
    scope: str,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[UUID], Awaitable[Outcome]],
) -> Outcome:
    """The same for the caller's organisation, in a transaction that reaches its rows.

    Shapes: `act` takes the organisation's id.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    async with ctx.acting_organisation(scope) as organisation_id:
        caller = f"organisation:{organisation_id}"
        return await _once(caller, name, key, given, lambda: act(organisation_id))


async def owner_once(
    ctx: Context,
    scope: str,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[UUID], Awaitable[Outcome]],
) -> Outcome:
    """The same for whichever the caller acts for, a merchant or an organisation.

    Shapes: `act` takes its id.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    once_of = once_only if ctx.caller.organisation_id is None else organisation_once
    return await once_of(ctx, scope, name, key, given, act)


async def customer_once(
    ctx: Context,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[UUID], Awaitable[Outcome]],
) -> Outcome:
    """The same for a customer who signed in, in a transaction that reaches the customer's rows.

    Shapes: `act` takes the customer's id.
    Raises: SignInFirst; BadInput with reason IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    customer_id = ctx.customer_id()
    async with ctx.private():
        return await _once(f"user:{customer_id}", name, key, given, lambda: act(customer_id))


async def person_once(
    ctx: Context,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[UUID], Awaitable[Outcome]],
) -> Outcome:
    """The same for anybody who signed in, in a transaction at the desk: it reaches accounts.

    Shapes: `act` takes the person's id, and names the person in whatever it reads or writes.
    Raises: SignInFirst; BadInput with reason IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    if ctx.caller.user_id is None:
        raise SignInFirst("Sign in, and send the access token as a bearer token.")
    user_id = ctx.caller.user_id
    async with acting(Tenant(user_id=user_id, presented=DESK)):
        return await _once(f"user:{user_id}", name, key, given, lambda: act(user_id))


async def holder_once(
    ctx: Context,
    token_hash: str | None,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[], Awaitable[Outcome]],
) -> Outcome:
    """The same for whoever holds the token of this hash, or else for a customer who signed in.

    Raises: SignInFirst for a stranger without a token; BadInput with reason
    IDEMPOTENCY_KEY_REUSED; what `act` raises.
    """
    caller = f"user:{ctx.customer_id()}" if token_hash is None else f"cart:{token_hash}"
    async with ctx.private(token_hash):
        return await _once(caller, name, key, given, act)


async def _once(
    caller: str,
    name: str,
    key: str,
    given: Mapping[str, Any],
    act: Callable[[], Awaitable[Outcome]],
) -> Outcome:
    match await once.ask(caller, key, once.digest(name, given)):
        case once.AnsweredBefore(outcome):
            return outcome
        case once.KeyReused():
            raise BadInput(
                "This idempotency key was used for another request.",
                reason="IDEMPOTENCY_KEY_REUSED",
                argument="idempotencyKey",
            )
        case None:
            outcome = await act()
            await once.answer(caller, key, outcome)
            return outcome


async def audited(
    ctx: Context,
    action: str,
    object_type: str,
    object_id: UUID | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    market: str | None = None,
    of: Tenant | None = None,
) -> None:
    """Note a change by the caller, in the transaction of the change.

    Shapes: `action` is the mutation; `before` and `after` the fields that differ, without secrets;
    `of` is whose object it is, if not the caller's own.
    """
    caller = ctx.caller
    owner = caller.tenant if of is None else of
    await audit.record(
        audit.Entry(
            action=action,
            object_type=object_type,
            object_id=object_id,
            actor_kind=caller.kind.value,
            merchant_id=owner.merchant_id,
            organisation_id=owner.organisation_id,
            user_id=caller.user_id,
            key_prefix=caller.key_prefix,
            before=before,
            after=after,
            market=market,
            request_id=ctx.request_id,
        )
    )


async def audited_change(
    ctx: Context,
    action: str,
    object_type: str,
    object_id: UUID,
    was: Mapping[str, Any],
    now: Mapping[str, Any],
) -> None:
    """Note those fields of an object that are others `now` than they were."""
    changed = [name for name in now if now[name] != was[name]]
    await audited(
        ctx,
        action,
        object_type,
        object_id,
        before={name: was[name] for name in changed},
        after={name: now[name] for name in changed},
    )
