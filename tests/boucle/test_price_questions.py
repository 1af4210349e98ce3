"""A list with one answer for each question is paid for by the number of questions."""

from typing import Any

import pytest
import strawberry
from graphql import parse

from boucle.edge.gate import Gate
from boucle.edge.rates import RateLimiter
from boucle.graphql.price import price
from domain.accounts.roles import CallerKind
from resolvers.context import Caller
from schema.root import schema as served


@strawberry.input
class Question:
    n: int = 1


@strawberry.type
class Answer:
    n: int = 1


@strawberry.type
class Query:
    @strawberry.field(metadata={"max_items": 50, "item_per": "items"})
    def answers(self, items: list[Question]) -> list[Answer]:
        return [Answer()] * len(items)


SCHEMA = strawberry.Schema(Query)._schema
ASK = "query($items: [Question!]!){answers(items: $items){n}}"
LITERAL = "{answers(items: %s){n}}"


@pytest.mark.parametrize(
    ("text", "items", "answers"),
    [
        pytest.param(ASK, [{}] * 3, 3, id="a variable"),
        pytest.param(ASK, [{}] * 50, 50, id="as many as there may be"),
        pytest.param(ASK, [{}] * 51, 50, id="more than there may be"),
        pytest.param(ASK, [], 1, id="none"),
        pytest.param(ASK, {"n": 1}, 1, id="one that is no list"),
        pytest.param(ASK, None, 50, id="null"),
        pytest.param(ASK, 1, 1, id="a number, which is refused later"),
        pytest.param(ASK, "x", 50, id="a text"),
        pytest.param(LITERAL % "[{}, {n: 2}, {}]", None, 3, id="a literal"),
        pytest.param(LITERAL % "{n: 2}", None, 1, id="a literal that is no list"),
        pytest.param(LITERAL % "[]", None, 1, id="an empty literal"),
        pytest.param("query($a: Question!){answers(items: [$a, $a]){n}}", None, 2, id="inside"),
        pytest.param("{answers{n}}", None, 50, id="not said"),
        pytest.param(
            "query($items: [Question!]! = [{}]){answers(items: $items){n}}", "absent", 50,
            id="a default is not counted",
        ),
    ],
)  # fmt: skip
def test_each_question_is_paid_for_once(text: str, items: Any, answers: int) -> None:
    [found] = price(SCHEMA, parse(text)).operations.values()
    sent = {} if items == "absent" else {"items": items}

    assert found.points(sent) == pytest.approx(answers * 1.1)


@pytest.mark.parametrize(
    ("kind", "most"),
    [(CallerKind.ANONYMOUS, 2_000), (CallerKind.CUSTOMER, 4_000), (CallerKind.MERCHANT, 10_000),
     (CallerKind.ORGANISATION, 10_000), (CallerKind.STAFF, 10_000)],
)  # fmt: skip
def test_partners_may_ask_more_at_once_and_nobody_more_than_its_bucket(
    kind: CallerKind, most: int
) -> None:
    gate = Gate(served._schema, RateLimiter(None), 4_000, partner_points=10_000)

    assert gate.most(Caller(kind=kind)) == most
