"""What a text may not say of a device in a market, and by which rule."""

from datetime import date
from typing import Annotated, Self

import strawberry

from domain.impact.linter import ClaimCode, ClaimFamily, Finding
from resolvers.impact import claims as resolvers
from schema.common import Info, MarketCode
from schema.rules import PUBLIC, ruled

strawberry.enum(ClaimCode, description="Whether a word is forbidden, or wants a source.")
strawberry.enum(ClaimFamily, description="What kind of claim a word makes.")

InText = Annotated[
    str, strawberry.argument(description="As it is to be published; up to 10,000 characters.")
]
InLanguage = Annotated[
    str,
    strawberry.argument(
        description="BCP 47 language of the text: `de` `en` `es` `fr` `it` `nl` `pt`."
    ),
]
InSource = Annotated[
    str | None,
    strawberry.argument(description="Who shows that what it says is so; up to 500 characters."),
]
InPath = Annotated[
    str, strawberry.argument(description="Where the text stands, for whoever reads the findings.")
]


@ruled(PUBLIC)
@strawberry.type
class ClaimRule:
    """A rule about words, with its source. Not legal advice."""

    id: str = strawberry.field(description="Its name.")
    family: ClaimFamily = strawberry.field(description="What kind of claim it is about.")
    scope: str = strawberry.field(
        description="A country, `EU`, or `*`: everywhere, as terms of this project."
    )
    title: str = strawberry.field(description="What it forbids, in the language of the text.")
    reference: str = strawberry.field(description="Where in its source.")
    source: str = strawberry.field(description="The law, or who set the rule.")
    status: str = strawberry.field(
        description="`UNVERIFIED` until counsel has read it; `PROJECT`: terms of ours, no law."
    )
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="First day on which it does not hold.")


@ruled(PUBLIC)
@strawberry.type
class ClaimFinding:
    """A word that may not stand where it does."""

    code: ClaimCode = strawberry.field(description="What is wrong.")
    path: list[str] = strawberry.field(description="Where the text stands. At most 10 parts.")
    word: str = strawberry.field(description="As it stands in the text.")
    position: int = strawberry.field(description="Its first character, from 0.")
    length: int = strawberry.field(description="Its characters.")
    rule: ClaimRule = strawberry.field(description="The rule that applies.")
    source: str = strawberry.field(description="The rule's source.")
    suggestion: str = strawberry.field(description="What to do about it.")

    @classmethod
    def of(cls, found: Finding, language: str, path: str) -> Self:
        rule = found.rule
        titles, suggestions = rule.titles, rule.suggestions
        return cls(
            code=found.code,
            path=[path],
            word=found.word,
            position=found.position,
            length=found.length,
            rule=ClaimRule(
                id=rule.id,
                family=rule.family,
                scope=rule.scope,
                title=titles.get(language, titles["en"]),
                reference=rule.reference,
                source=rule.source,
                status=rule.status,
                valid_from=rule.valid_from,
                valid_to=rule.valid_to,
            ),
            source=rule.source,
            suggestion=suggestions.get(language, suggestions["en"]),
        )


@ruled(PUBLIC)
@strawberry.type
class ClaimCheck:
    """A text, read by the rules of a market."""

    accepted: bool = strawberry.field(description="Whether nothing was found.")
    market: str = strawberry.field(description="Code of the market.")
    language: str = strawberry.field(description="The list of words; English words always count.")
    on: date = strawberry.field(description="The day whose rules were applied.")
    findings: list[ClaimFinding] = strawberry.field(
        description="In the order of the text. At most 100."
    )


@strawberry.type
class ClaimsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def lint_claim(
        self,
        info: Info,
        market: MarketCode,
        text: InText,
        locale: InLanguage = "en",
        source: InSource = None,
        path: InPath = "text",
    ) -> ClaimCheck:
        """Read a text before it is published: each word that may not stand, with the rule.

        With a `source`, superlatives and figures may stand; forbidden words may not.
        """
        found = await resolvers.lint(info.context, market, locale, text, source)
        return ClaimCheck(
            accepted=not found.findings,
            market=market.upper(),
            language=found.language,
            on=found.on,
            findings=[ClaimFinding.of(each, found.language, path[:200]) for each in found.findings],
        )
