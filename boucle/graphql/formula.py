"""A price as a formula of the variables that size its pages.

What no variable sizes is folded into constants while the document is read. The rest is a list of
steps, each a constant and terms `coefficient x page x earlier step`, so that a part that is used
twice is computed once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boucle.graphql.limits import CEILING

Term = tuple[float, int, int]
Size = tuple[float, int]
Step = tuple[float, tuple[Term, ...]]

_ONE = 0  # the number of the page, and of the step, that is always 1


@dataclass(frozen=True, slots=True)
class Page:
    """How many items a field may return: the largest that its arguments say.

    `least`: the largest number that the document or the schema itself says, 0 for none.
    `variables`: names of those that say more, and what holds where one is not sent.
    What is no whole number from 1 to `cap` is priced as `cap`; null says nothing.
    With `counted` the variables are lists of questions, each of which has one item as its answer.
    """

    cap: int
    least: int
    variables: tuple[tuple[str, Any], ...] = ()
    counted: bool = False

    def size(self, variables: Mapping[str, Any]) -> int:
        """The items to pay for, 1 to `cap`."""
        most = self.least
        for name, absent in self.variables:
            value = variables.get(name, absent)
            if self.counted:
                value = _length(value)
            if type(value) is int and 0 < value <= self.cap:
                most = max(most, value)
            elif value is not None:
                return self.cap
        return most or self.cap


def _length(value: Any) -> Any:
    """How many questions a value asks: one that is no list is a list of itself."""
    if isinstance(value, list):
        return max(len(value), 1)
    return 1 if isinstance(value, dict) else value


@dataclass(slots=True)
class Sum:
    """A constant and terms."""

    constant: float = 0.0
    terms: list[Term] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """Where the sums of one document are added up."""

    _steps: list[Step] = field(default_factory=lambda: [(1.0, ())])
    _pages: dict[Page, int] = field(default_factory=dict)

    def page(self, page: Page) -> Size:
        """A page as coefficient and number: one that no variable sizes is a coefficient."""
        if not page.variables:
            return float(page.size({})), _ONE
        return 1.0, self._pages.setdefault(page, len(self._pages) + 1)

    def add(self, total: Sum, what: Sum, size: Size = (1.0, _ONE)) -> None:
        """Add `size` times `what`."""
        coefficient, page = size
        self.settle(what)
        if page == _ONE:
            total.constant = min(total.constant + coefficient * what.constant, CEILING)
            total.terms.extend(
                (min(coefficient * factor, CEILING), inner, step)
                for factor, inner, step in what.terms
            )
        elif what.terms:
            total.terms.append((coefficient, page, self._step(what)))
        elif what.constant:
            total.terms.append((min(coefficient * what.constant, CEILING), page, _ONE))

    def settle(self, total: Sum) -> None:
        """Let a sum have at most one term, so that it costs the same wherever it is added."""
        if len(total.terms) > 1:
            total.terms = [(1.0, _ONE, self._step(Sum(0.0, total.terms)))]

    def formula(self, total: Sum, defaults: Mapping[str, Any]) -> "Formula":
        """A sum, ready to be evaluated by itself; `defaults` are its operation's."""
        self.settle(total)
        return _compact(total, self._steps, tuple(self._pages), defaults)

    def _step(self, total: Sum) -> int:
        self._steps.append((total.constant, tuple(total.terms)))
        return len(self._steps) - 1


@dataclass(frozen=True, slots=True)
class Formula:
    """A price, once the variables are known. It never is negative, infinite or no number."""

    steps: tuple[Step, ...]
    pages: tuple[Page, ...]
    defaults: Mapping[str, Any]
    constant: float | None

    def value(self, variables: Mapping[str, Any]) -> float:
        """The price in points, at most `CEILING`. `variables` are as sent, not yet coerced."""
        if self.constant is not None:
            return self.constant
        given = {**self.defaults, **variables} if self.defaults else variables
        sizes = [1, *[page.size(given) for page in self.pages]]
        values = [1.0]
        for constant, terms in self.steps:
            total = constant
            for coefficient, page, step in terms:
                total += coefficient * sizes[page] * values[step]
            values.append(min(CEILING, total))
        return values[-1]


def _compact(
    total: Sum, steps: Sequence[Step], pages: Sequence[Page], defaults: Mapping[str, Any]
) -> Formula:
    """The steps and pages that one sum uses; a step uses only earlier ones."""
    if not total.terms:
        return Formula((), (), {}, total.constant)
    used, waiting = {_ONE}, [step for _, _, step in total.terms]
    while waiting:
        number = waiting.pop()
        if number not in used:
            used.add(number)
            waiting.extend(step for _, _, step in steps[number][1])
    last = (total.constant, tuple(total.terms))
    kept = [*(steps[number] for number in sorted(used - {_ONE})), last]
    sized = sorted({page for _, terms in kept for _, page, _ in terms} | {_ONE})
    new_step = {number: at for at, number in enumerate(sorted(used))}
    new_page = {number: at for at, number in enumerate(sized)}
    moved = tuple(
        (constant, tuple((c, new_page[page], new_step[step]) for c, page, step in terms))
        for constant, terms in kept
    )
    return Formula(moved, tuple(pages[number - 1] for number in sized[1:]), defaults, None)
