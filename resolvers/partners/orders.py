"""What the owner of an endpoint asks for, read and held to the rules before anything is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.partners.addresses import BadUrl, bad_url
from domain.partners.selections import Owner
from domain.partners.webhooks import scope_of
from domain.topics import Topic
from models.partners.endpoints import Endpoint, Given
from resolvers.context import BadInput, Caller, Context, stored_text
from resolvers.partners.terms import acting_with, reading_scopes, terms

LONGEST_DESCRIPTION: Final = 200
LONGEST_SELECTION: Final = 4_000


@dataclass(frozen=True, slots=True)
class Order:
    """What is said of an endpoint; None is left as it is, which a new one has nothing of."""

    url: str | None = None
    topics: Sequence[str] | None = None
    description: str | None = None
    selections: Sequence[tuple[str, str]] | None = None

    def given(self) -> dict[str, object]:
        """The same for the digest of an idempotency key."""
        return {
            "url": self.url,
            "topics": self.topics,
            "description": self.description,
            "selections": self.selections,
        }


@dataclass(frozen=True, slots=True)
class UrlRefused:
    """Webhooks are not sent to such a URL. `problem` is the name of a `BadUrl`."""

    problem: str

    @property
    def why(self) -> BadUrl:
        """The same as a member."""
        return BadUrl[self.problem]


@dataclass(frozen=True, slots=True)
class TopicNotGranted:
    """The caller may not read what this topic tells."""

    topic: str
    scope: str


@dataclass(frozen=True, slots=True)
class SelectionRefused:
    """The document cannot be run for this topic."""

    topic: str
    reason: str
    message: str


Refusal = UrlRefused | TopicNotGranted | SelectionRefused


def fitting(ctx: Context, order: Order, before: Endpoint | None) -> Given | Refusal:
    """The endpoint as it is to be, changed from what it was `before`.

    Refuses: a URL, a topic or a selection. Raises: BadInput for what cannot be read.
    """
    caller = ctx.caller
    url = stored_text(order.url, "url") if order.url is not None else before.url if before else ""
    if order.url is not None and (wrong := bad_url(url, terms().allowed)):
        return UrlRefused(wrong.name)
    topics = _topics(order.topics) if order.topics is not None or before is None else before.topics
    if order.topics is not None and (lacking := _lacking(caller, topics)):
        return lacking
    selections, scopes = _kept(before, topics)
    if order.selections is not None:
        selections, scopes = _selections(order.selections, topics), reading_scopes(caller)
        if unfit := _unfit(caller, selections, scopes):
            return unfit
    return Given(url, _description(order, before), topics, selections, scopes)


def _kept(before: Endpoint | None, topics: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    if before is None:
        return {}, []
    return {t: text for t, text in before.selections.items() if t in topics}, before.scopes


def _description(order: Order, before: Endpoint | None) -> str:
    if order.description is None:
        return before.description if before else ""
    if len(order.description) > LONGEST_DESCRIPTION:
        message = f"`description` is longer than {LONGEST_DESCRIPTION} characters."
        raise BadInput(message, argument="description")
    return stored_text(order.description, "description")


def _topics(texts: Iterable[str] | None) -> list[str]:
    """The topics, once each, in the order of the register."""
    asked = set(texts or ())
    known = {topic.value for topic in Topic}
    if not asked or (unknown := sorted(asked - known)):
        wrong = f"{unknown[0][:80]!r} is no topic" if asked else "name a topic"
        message = f"`topics`: {wrong}. There are {', '.join(sorted(known))}."
        raise BadInput(message, reason="UNKNOWN_TOPIC", argument="topics")
    return [topic.value for topic in Topic if topic.value in asked]


def topics_in(texts: Iterable[str] | None) -> list[str] | None:
    """The topics of a filter; None for all. Raises: BadInput with reason UNKNOWN_TOPIC."""
    return None if texts is None else _topics(texts)


def _lacking(caller: Caller, topics: Iterable[str]) -> TopicNotGranted | None:
    for topic in topics:
        scope = scope_of(Topic(topic), merchant=caller.merchant_id is not None)
        if scope not in caller.scopes or caller.markets_for(scope) is not None:
            return TopicNotGranted(topic, scope)
    return None


def _selections(given: Sequence[tuple[str, str]], topics: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for topic, document in given:
        if topic not in topics or topic in found:
            message = "`selections` name each topic of the endpoint once at most, and no other."
            raise BadInput(message, reason="UNKNOWN_TOPIC", argument="selections")
        if len(document) > LONGEST_SELECTION:
            message = f"A document is longer than {LONGEST_SELECTION} characters."
            raise BadInput(message, argument="selections")
        found[topic] = stored_text(document, "selections")
    return found


def _unfit(
    caller: Caller, selections: Mapping[str, str], scopes: Sequence[str]
) -> SelectionRefused | None:
    rights = acting_with(Owner(caller.merchant_id, caller.organisation_id), scopes)
    for topic, document in selections.items():
        if wrong := terms().examine(document, rights):
            return SelectionRefused(topic, wrong.reason, wrong.message)
    return None
