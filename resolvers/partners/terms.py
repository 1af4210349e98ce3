"""What a process needs to know to accept an endpoint: where calls may go, what may be selected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.accounts.roles import CallerKind
from domain.accounts.scopes import markets_of, read, written
from domain.partners.selections import Owner
from resolvers.context import Caller


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a document cannot be a selection: a stable word, and a sentence for a person."""

    reason: str
    message: str


Examine = Callable[[str, Caller], Unfit | None]
"""Whether a document may be run for a caller, about one object at a time."""


def _without_engine(_document: str, _caller: Caller) -> Unfit | None:
    return Unfit("NOT_SERVED", "This process runs no operations.")


@dataclass(frozen=True, slots=True)
class WebhookTerms:
    """`allowed` holds `host:port` inside the operator's network that webhooks may be sent to."""

    allowed: frozenset[str] = frozenset()
    examine: Examine = _without_engine


class _Process:
    """Holds those of this process, as the house of identities is held."""

    terms = WebhookTerms()


def terms() -> WebhookTerms:
    """Those of this process; before `install`, such that refuse every selection."""
    return _Process.terms


def install(made: WebhookTerms) -> WebhookTerms:
    """Make these the ones of the process."""
    _Process.terms = made
    return made


def reading_scopes(caller: Caller) -> list[str]:
    """What a caller may read, by its scopes and their markets, in the words of a key."""
    return written({
        scope: caller.markets_for(scope) for scope in caller.scopes if scope.endswith(":read")
    })  # fmt: skip


def acting_with(owner: Owner, scopes: Iterable[str]) -> Caller:
    """The owner of an endpoint with these scopes and no others: whom a selection is run for."""
    grants = read(scopes)
    if isinstance(grants, str):
        grants = {}
    return Caller(
        kind=CallerKind.MERCHANT if owner.merchant_id else CallerKind.ORGANISATION,
        merchant_id=owner.merchant_id,
        organisation_id=owner.organisation_id,
        scopes=frozenset(grants),
        markets=markets_of(grants),
        limits={scope: markets for scope, markets in grants.items() if markets is not None},
    )
