"""Engines that are wrong on purpose: the comparison must see each of them."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from tests.graphql.comparison import nulled
from tests.graphql.engines import Answer, Engine, Executor, Path, reference


class NoPropagation(Executor):
    """Leaves null where it may not be."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.error_propagation = False


class Backwards(Executor):
    """Answers the fields in the wrong order."""

    def execute_fields(self, *args):
        found = super().execute_fields(*args)
        return dict(reversed(found.items())) if isinstance(found, dict) else found


class OneNode(Executor):
    """Tells of an error only where a field was first asked for."""

    def handle_field_error(self, raw_error, return_type, field_details_list, path):
        super().handle_field_error(raw_error, return_type, field_details_list[:1], path)


class NoIndex(Executor):
    """Leaves the index of an item out of an error's path."""

    def handle_field_error(self, raw_error, return_type, field_details_list, path):
        path = path.prev if isinstance(path.key, int) else path
        super().handle_field_error(raw_error, return_type, field_details_list, path)


class Silent(Executor):
    """Forgets the errors of fields that may be null."""

    def handle_field_error(self, raw_error, return_type, field_details_list, path):
        kept = list(self.collected_errors.errors)
        super().handle_field_error(raw_error, return_type, field_details_list, path)
        self.collected_errors.errors[:] = kept


class Raw(Executor):
    """Does not write leaves as their type does."""

    @staticmethod
    def complete_leaf_value(return_type, result):
        return result


class AtOnce(Executor):
    """Runs the fields of a mutation side by side."""

    def execute_fields_serially(self, *args):
        return super().execute_fields(*args)


class AnyType(Executor):
    """Does not ask whether a value is of its type."""

    def complete_object_value(self, return_type, field_details_list, info, path, result, position):
        return self.collect_and_execute_subfields(
            return_type, field_details_list, path, result, position
        )


class NoExceptionValues(Executor):
    """Takes an exception that is returned for a value."""

    def complete_value(self, return_type, field_details_list, info, path, result, position):
        result = None if isinstance(result, Exception) else result
        return super().complete_value(return_type, field_details_list, info, path, result, position)


EXECUTORS: tuple[type[Executor], ...] = (
    NoPropagation, Backwards, OneNode, NoIndex, Silent, Raw, AtOnce, AnyType, NoExceptionValues,
)  # fmt: skip


# --- answers changed by hand ----------------------------------------------------------------------

Change = Callable[[Answer], Answer | None]


def changed(change: Change) -> Engine:
    """graphql-core, whose answer is changed where the change applies."""

    async def asked(*args: Any) -> Answer:
        answer = await reference(*args)
        return change(answer) or answer

    return asked


def _again(error: GraphQLError, **more: Any) -> GraphQLError:
    given = {
        "message": error.message, "nodes": error.nodes, "path": error.path,
        "original_error": error.original_error, "extensions": error.extensions,
    }  # fmt: skip
    return GraphQLError(**{**given, **more})


def _instead(answer: Answer, **more: Any) -> Answer | None:
    if not answer.errors:
        return None
    return Answer(answer.data, [_again(answer.errors[0], **more), *answer.errors[1:]])


def message(answer: Answer) -> Answer | None:
    return _instead(answer, message="Another message.")


def path(answer: Answer) -> Answer | None:
    return _instead(answer, path=["elsewhere"])


def places(answer: Answer) -> Answer | None:
    return _instead(answer, nodes=[]) if answer.errors and answer.errors[0].locations else None


def extensions(answer: Answer) -> Answer | None:
    return _instead(answer, extensions={"another": 1})


def cause(answer: Answer) -> Answer | None:
    return _instead(answer, original_error=ZeroDivisionError())


def twice(answer: Answer) -> Answer | None:
    return Answer(answer.data, [*answer.errors, answer.errors[-1]]) if answer.errors else None


def one_too_many(answer: Answer) -> Answer | None:
    return Answer(answer.data, [*answer.errors, GraphQLError("more", path=["more"])])


def one_missing(answer: Answer) -> Answer | None:
    """Without an error whose own position is null: nothing else can stand for it."""
    own = [e for e in answer.errors if e.path and _own(answer, tuple(e.path))]
    kept = [e for e in answer.errors if e is not own[0]] if own else []
    return Answer(answer.data, kept) if own else None


def _own(answer: Answer, path: Path) -> bool:
    return nulled(answer.data, path) == path


def none_told(answer: Answer) -> Answer | None:
    """Without any error."""
    return Answer(answer.data, []) if answer.errors else None


def unlikely(answer: Answer) -> Answer | None:
    """Below a null that went up, an error that no field raises."""
    for number, error in enumerate(answer.errors):
        if error.path and not _own(answer, tuple(error.path)):
            other = _again(error, message="never raised")
            return Answer(answer.data, [*answer.errors[:number], other])
    return None


def all_null(answer: Answer) -> Answer | None:
    return Answer(None, answer.errors) if answer.data is not None else None


def _leaf(answer: Answer, change: Callable[[Any], Any]) -> Answer | None:
    """With the first leaf that the change applies to changed."""

    def walk(value: Any) -> tuple[Any, bool]:
        if isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, inner in pairs:
                found, done = walk(inner)
                if done:
                    copied: Any = value.copy()
                    copied[key] = found
                    return copied, True
            return value, False
        found = change(value)
        return found, found is not value

    data, done = walk(answer.data)
    return Answer(data, answer.errors) if done else None


def value(answer: Answer) -> Answer | None:
    return _leaf(answer, lambda v: f"{v}." if isinstance(v, str) else v)


def null_for_a_value(answer: Answer) -> Answer | None:
    return _leaf(answer, lambda v: None)


def number_for_true(answer: Answer) -> Answer | None:
    return _leaf(answer, lambda v: 1 if v is True else v)


def float_for_int(answer: Answer) -> Answer | None:
    return _leaf(answer, lambda v: float(v) if type(v) is int and abs(v) < 10**9 else v)


def key_missing(answer: Answer) -> Answer | None:
    return Answer(dict(list(answer.data.items())[1:]), answer.errors) if answer.data else None


def keys_turned(answer: Answer) -> Answer | None:
    if not isinstance(answer.data, dict) or len(answer.data) < 2:
        return None
    return Answer(dict(reversed(answer.data.items())), answer.errors)


CHANGES: tuple[Change, ...] = (
    message, path, places, extensions, cause, twice, one_too_many, one_missing, none_told, unlikely,
    all_null, value, null_for_a_value, number_for_true, float_for_int, key_missing, keys_turned,
)  # fmt: skip
