"""The proof: one question through two engines, the verdict, the smallest question that fails.

Shapes: a `Field` says what is asked: a schema, and how the context and the root of a question are
made from its seed, anew for each run. `proved()` runs so many documents and gives a `Tally`.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import print_ast

from tests.graphql import documents, nasty
from tests.graphql.comparison import exact, lawful, nulled
from tests.graphql.documents import Made, Valid, Yield
from tests.graphql.engines import Answer, Engine, NotRun, Question, possible, reference
from tests.graphql.shrinking import shrunk
from tests.graphql.values import Known

OUTCOMES = (
    "answer whole", "data null", "error", "error extensions", "error in a list", "errors several",
    "mutation with an error", "null propagated", "subscription with an error",
    "variables refused",
)  # fmt: skip


@asynccontextmanager
async def _nothing() -> AsyncGenerator[None]:
    yield


@dataclass(frozen=True)
class Field:
    """What the engines are asked about. `around` wraps each run, to undo what it wrote."""

    schema: strawberry.Schema
    context: Callable[[int], Any]
    root: Callable[[str, int], Any] = lambda _field, _seed: None
    known: Known | None = None
    around: Callable[[], AbstractAsyncContextManager[Any]] = _nothing
    settings: dict[str, Any] = field(default_factory=dict)

    def valid(self, seed: int, number: int, tally: Yield | None = None) -> Iterator[Valid]:
        """Questions about this schema."""
        core = self.schema._schema
        return documents.valid(core, seed, number, self.known, tally, **self.settings)


def _event(root_field: str, seed: int) -> Any:
    return nasty.event(root_field, seed) if root_field else {"root": seed % 3}


NASTY = Field(
    nasty.schema,
    nasty.World,
    _event,
    settings={
        "often": ("asked", "resolved", "things", "chain", "about", "listed", "leavesList", "leaves")
    },
)
QUERIES = {"kinds": ("query",)}
HANDLED = Field(nasty.handled, nasty.World, settings=QUERIES)
CONFIGURED = Field(nasty.configured, nasty.World, settings=QUERIES)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one question.

    `freed`: equal only by what the specification leaves free. `not_run`: why the engine left it.
    """

    differences: list[str]
    expected: Answer
    freed: bool = False
    not_run: str = ""


async def verdict(about: Field, asked: Valid, engine: Engine) -> list[Verdict]:
    """Ask both engines, with each set of variables, each time in another world."""
    plans: dict[str, Any] = {}
    return [
        await _verdict(about, asked, engine, time, plans)
        for time in range(len(asked.made.variables))
    ]


async def _verdict(
    about: Field, asked: Valid, engine: Engine, time: int, plans: dict[str, Any]
) -> Verdict:
    made, seed = asked.made, asked.seed + time
    variables, more = made.variables[time], {"n": seed % 3}
    question = Question(asked.document, made.operation_name, variables, more, plans)
    expected, wrote = await _run(about, made, question, reference, seed)
    try:
        got, written = await _run(about, made, question, engine, seed)
    except NotRun as refused:
        return Verdict([], expected, not_run=str(refused))
    except Exception as error:  # noqa: BLE001 - an engine answers, whatever a resolver does
        return Verdict([f"the engine raised {error!r}"], expected)
    found = exact(expected, got)
    if not found and wrote != written and not _propagated(expected):
        return Verdict([f"effects: {wrote} expected, {written} got"], expected)
    if not found or not (_propagated(expected) or _propagated(got)):
        return Verdict(found, expected)
    may, _ = await _run(about, made, question, possible, seed)
    return Verdict(lawful(expected, got, may), expected, freed=True)


async def _run(
    about: Field, made: Made, question: Question, engine: Any, seed: int
) -> tuple[Any, Any]:
    """The answer, and what was written in the journal of its context."""
    context = about.context(seed)
    async with about.around():
        answer = await engine(about.schema, question, about.root(made.root_field, seed), context)
    return answer, getattr(context, "journal", None)


def _propagated(answer: Answer) -> bool:
    """Whether a null went up."""
    return any(
        error.path is not None and nulled(answer.data, tuple(error.path)) != tuple(error.path)
        for error in answer.errors
    )


def outcomes(asked: Valid, answer: Answer) -> set[str]:
    """What an answer shows, of OUTCOMES."""
    kind = {"mutation", "subscription"} & asked.made.features
    located = [error for error in answer.errors if error.path is not None]
    shown = {
        "answer whole": not answer.errors,
        "data null": answer.data is None,
        "error": bool(answer.errors),
        "error extensions": any(error.extensions for error in answer.errors),
        "error in a list": any(isinstance(p, int) for e in located for p in e.path or ()),
        "errors several": len(answer.errors) > 1,
        "null propagated": _propagated(answer),
        "variables refused": len(located) < len(answer.errors),
        **{f"{name} with an error": bool(located) for name in kind},
    }
    return {name for name, holds in shown.items() if holds}


@dataclass(slots=True)
class Tally:
    """What a run of the proof saw."""

    asked: Yield = field(default_factory=Yield)
    answers: int = 0
    freed: int = 0
    not_run: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    features: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def count(self, asked: Valid, found: list[Verdict]) -> None:
        """Add what one document showed."""
        self.answers += len(found)
        self.not_run.update(each.not_run for each in found if each.not_run)
        self.freed += sum(each.freed for each in found)
        self.errors += sum(len(each.expected.errors) for each in found)
        self.features.update(set().union(*(outcomes(asked, each.expected) for each in found)))

    def add(self, other: "Tally") -> None:
        """Add what another run saw."""
        self.asked.made += other.asked.made
        self.asked.valid += other.asked.valid
        self.answers += other.answers
        self.freed += other.freed
        self.errors += other.errors
        self.not_run += other.not_run
        self.features += other.features
        self.failures += other.failures

    def missing(self, wanted: tuple[str, ...] = documents.FEATURES + OUTCOMES) -> list[str]:
        """The features that no document had."""
        return [name for name in wanted if not self.features[name]]

    def table(self) -> str:
        """For a person."""
        made = self.asked
        head = [
            f"documents {made.valid} valid of {made.made} made; answers {self.answers};"
            f" left to graphql-core {self.not_run.total()}; equal by freedom {self.freed};"
            f" errors seen {self.errors}; failures {len(self.failures)}"
        ]
        why = [f"  not run {times:>7}  {reason}" for reason, times in self.not_run.most_common(12)]
        had = [f"  {self.features[n]:>8}  {n}" for n in sorted(documents.FEATURES + OUTCOMES)]
        return "\n".join(head + why + had)


async def proved(
    about: Field, engine: Engine, seed: int, number: int, *, most_failures: int = 3
) -> Tally:
    """Ask so many questions; failures are told as the smallest test case found."""
    tally = Tally()
    for asked in about.valid(seed, number, tally.asked):
        tally.features.update(asked.made.features)
        found = await verdict(about, asked, engine)
        tally.count(asked, found)
        if any(each.differences for each in found):
            tally.failures.append(await reported(about, asked, engine))
            if len(tally.failures) >= most_failures:
                break
    return tally


async def reported(about: Field, asked: Valid, engine: Engine) -> str:
    """The smallest question that shows a difference, as a test case."""

    async def fails(tried: Valid) -> bool:
        return any(each.differences for each in await verdict(about, tried, engine))

    small = await shrunk(about.schema._schema, asked, fails)
    found = await verdict(about, small, engine)
    time, wrong = next((n, each) for n, each in enumerate(found) if each.differences)
    return (
        f"seed {asked.seed}, world {asked.seed + time}, operation {small.made.operation_name!r},"
        f" variables {small.made.variables[time]!r}\n{print_ast(small.document)}\n  "
        + "\n  ".join(wrong.differences)
        + f"\n  expected data {wrong.expected.data!r}"
        + f"\n  expected errors {[(e.path, e.message) for e in wrong.expected.errors]!r}"
    )
