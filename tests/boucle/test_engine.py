"""The engine remembers documents within bounds, and lets no client write its functions."""

import gc
from typing import Any

import pytest
import strawberry
from graphql import parse
from strawberry.directive import DirectiveLocation

from boucle.graphql import Engine, Unusable, Why, compile_plan
from boucle.graphql.plan.run import Run
from boucle.graphql.plan.source import Source
from boucle.graphql.price import spent
from schema.root import schema as ours


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Dog(Named):
    barks: bool = True


@strawberry.type
class Cat(Named):
    lives: int = 9


@strawberry.type
class Query:
    @strawberry.field
    def pets(self, first: int = 2) -> list[Named]:
        return [Dog(name="Rex"), Cat(name="Tom")][:first]

    @strawberry.field
    async def pet(self, name: str) -> Named | None:
        return Cat(name=name)


SCHEMA = strawberry.Schema(Query, types=[Dog, Cat])


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are compiled during a test."""
    texts: list[str] = []
    original = Source._made

    def noting(self: Source, names: list[str]) -> Any:
        texts.append(self.text)
        return original(self, names)

    monkeypatch.setattr(Source, "_made", noting)
    return texts


async def test_nothing_that_a_client_chose_is_in_the_text_that_is_compiled(
    written: list[str],
) -> None:
    query = """
      query zzOperation($zzVariable: String!, $zzSwitch: Boolean!) {
        zzAlias: pet(name: $zzVariable) { zzInner: name ...zzFragment }
        pets(first: 1) @include(if: $zzSwitch) { zzDeep: name ... on Dog { zzBarks: barks } }
        zzLiteral: pet(name: "zzText") { name }
      }
      fragment zzFragment on Cat { zzLives: lives }
    """
    plan = compile_plan(SCHEMA, parse(query))
    result = await plan.execute(variables={"zzVariable": "Zoe", "zzSwitch": True})

    assert result.errors is None
    assert result.data == {
        "zzAlias": {"zzInner": "Zoe", "zzLives": 9},
        "pets": [{"zzDeep": "Rex", "zzBarks": True}],
        "zzLiteral": {"name": "zzText"},
    }
    assert written
    assert "zz" not in "".join(written)


async def test_a_usual_answer_is_made_without_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    def interpreted(self: Run) -> Any:
        raise AssertionError("graphql-core was asked")

    monkeypatch.setattr(Run, "reference", property(interpreted))
    found = await compile_plan(SCHEMA, parse('{ pet(name: "Zoe") { name } __typename }')).execute()

    assert found.data == {"pet": {"name": "Zoe"}, "__typename": "Query"}


async def test_an_answer_is_counted_as_the_price_counts_it() -> None:
    query = '{ __typename pets { name __typename ... on Cat { lives } } pet(name: "Zoe") { name } }'
    result = await compile_plan(SCHEMA, parse(query)).execute()

    assert result.spent == pytest.approx(spent(result.data)) == pytest.approx(3.7)


async def test_what_directives_read_chooses_between_few_variants() -> None:
    names = [f"v{n}" for n in range(6)]
    query = f"query ({', '.join(f'${n}: Boolean!' for n in names)}) {{ __typename " + " ".join(
        f"{n}: __typename @skip(if: ${n})" for n in names
    )
    plan = compile_plan(SCHEMA, parse(query + " }"))
    for number in range(2 ** len(names)):
        chosen = {name: bool(number >> at & 1) for at, name in enumerate(names)}
        answered = (await plan.execute(variables=chosen)).data
        assert list(answered) == ["__typename", *(n for n in names if not chosen[n])]

    assert len(plan._variants) == 8


async def test_a_condition_that_is_no_boolean_is_left_to_graphql_core() -> None:
    engine = Engine(SCHEMA)
    text = "query ($on: Boolean = true) { pets { name @include(if: $on) } }"
    result = await engine.prepare(text).chosen(None).execute(variables={"on": None})

    assert result.fallback == "a directive's condition is not a boolean"
    assert result.data is None
    assert [error.path for error in result.errors or ()] == [["pets", 0]]


def test_a_schema_that_counts_on_extensions_is_refused() -> None:
    @strawberry.directive(locations=[DirectiveLocation.FIELD])
    def shout(value: str) -> str:
        return value.upper()

    with pytest.raises(ValueError, match="no schema extensions"):
        Engine(strawberry.Schema(Query, types=[Dog, Cat], directives=[shout]))


def test_documents_are_forgotten_by_number_and_by_size() -> None:
    engine = Engine(SCHEMA, kept_documents=10)
    for number in range(50):
        engine.prepare(f"{{ a{number}: __typename }}")
    assert len(engine._kept) == 10

    engine = Engine(SCHEMA, kept_characters=5_000)
    for number in range(50):
        engine.prepare(f"# {'x' * 400}{number}\n{{ __typename }}")
    assert sum(size for _, size in engine._kept.values()) == engine._characters <= 5_000


async def test_the_functions_of_a_document_count_for_its_size() -> None:
    engine = Engine(SCHEMA)
    text = "{ pets { name } }"
    before = engine.prepare(text).characters
    await engine.prepare(text).chosen(None).execute()
    engine.prepare(text)

    assert engine._characters == engine.prepare(text).characters > before


async def test_a_forgotten_plan_is_freed() -> None:
    engine = Engine(SCHEMA, kept_documents=1)
    others = _sources()
    await engine.prepare("{ pets { name } }").chosen(None).execute()
    assert len(_sources()) > len(others)
    engine.prepare("{ __typename }")
    gc.collect()

    assert len(_sources()) <= len(others)


def _sources() -> list[Source]:
    """Those of this process; other engines of it keep some, too."""
    return [each for each in gc.get_objects() if type(each) is Source]


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("{", None, Why.SYNTAX),
        ("fragment F on Query { __typename }", None, Why.OPERATION_MISSING),
        ("{ nothing }", None, Why.INVALID_DOCUMENT),
        ("query A { __typename } query B { __typename }", None, Why.OPERATION_NAME_MISSING),
        ("query A { __typename }", "B", Why.OPERATION_UNKNOWN),
        (
            "{ " + " ".join(f"a{n}: __typename" for n in range(500)) + " }",
            None,
            Why.DOCUMENT_TOO_LARGE,
        ),
    ],
    ids=["syntax", "no-operation", "invalid", "unnamed", "unknown", "large"],
)
def test_a_document_that_cannot_run_says_why(text: str, name: str | None, why: Why) -> None:
    with pytest.raises(Unusable) as refused:
        Engine(SCHEMA).prepare(text).chosen(name)

    assert refused.value.why is why
    assert refused.value.errors


def test_every_operation_of_ours_can_be_compiled() -> None:
    compile_plan(ours, parse("{ markets { code } __schema { types { name fields { name } } } }"))
