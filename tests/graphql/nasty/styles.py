"""Resolvers of every style, over the same values: `Resolved` asks one for each kind and shape."""

import itertools
from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension

from tests.graphql.nasty import shapes
from tests.graphql.nasty.chance import Fault, after, chance, given
from tests.graphql.nasty.kinds import SHAPES, Kind
from tests.graphql.nasty.shapes import KINDS, Leaves, Source, Things, value_of

__all__ = ["Leaves", "Resolved", "Things"]  # annotations of resolvers name them


class Sometimes(BasePermission):
    """Lets in by chance."""

    message = "You may not."
    error_extensions = {"code": "FORBIDDEN"}  # noqa: RUF012

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return chance(info.context.seed, "sync", info.path.as_list()).random() < 0.7


class Later(BasePermission):
    """Lets in by chance, after a while."""

    message = "Not now."

    async def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        rng = chance(info.context.seed, "async", info.path.as_list())
        return await after(rng.randrange(3), rng.random() < 0.7)


class Broken(BasePermission):
    """Answers with something that is no bool, or fails, by chance."""

    class Denied(GraphQLError):
        """An error of its own."""

    message = "Denied."
    error_class = Denied

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        match chance(info.context.seed, "broken", info.path.as_list()).randrange(8):
            case 0:
                raise Fault("broken permission")
            case 1:
                return "yes"
            case 2:
                return False
            case _:
                return True


class Own(BasePermission):
    """Raises what it likes."""

    message = "own"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return "a" not in str(info.path.key)

    def on_unauthorized(self) -> None:
        raise GraphQLError("own refusal", extensions={"code": "OWN"})


class Sync(FieldExtension):
    """Passes the result on, sometimes as a list or null."""

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        found = next_(source, info, **kwargs)
        return None if chance(info.context.seed, info.path.as_list()).random() < 0.1 else found

    async def resolve_async(
        self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        return await next_(source, info, **kwargs)


class Async(FieldExtension):
    """Waits before it asks; fails sometimes."""

    async def resolve_async(
        self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        rng = chance(info.context.seed, "extension", info.path.as_list())
        await after(rng.randrange(3), None)
        if rng.random() < 0.1:
            raise Fault("extension")
        return await next_(source, info, **kwargs)


Style = Callable[[str, Any], Any]


def _own(source: Any, name: str) -> Any:
    return value_of(source.seed_, source.key_, name)


def by_self(name: str, kind: Any) -> Any:
    def resolver(self) -> kind:
        return given(_own(self, name))

    return strawberry.field(resolver=resolver)


def by_root(name: str, kind: Any) -> Any:
    def resolver(root) -> kind:
        return given(_own(root, name))

    return strawberry.field(resolver=resolver)


def by_parent(name: str, kind: Any) -> Any:
    def resolver(above: strawberry.Parent[Source]) -> kind:
        return given(_own(above, name))

    return strawberry.field(resolver=resolver)


def by_info(name: str, kind: Any) -> Any:
    def resolver(self, info: strawberry.Info) -> kind:
        return given(value_of(info.context.seed, str(info.path.as_list()), name))

    return strawberry.field(resolver=resolver)


def by_waiting(name: str, kind: Any) -> Any:
    async def resolver(self) -> kind:
        rng = chance(self.seed_, self.key_, name, "turns")
        found = await after(rng.randrange(4), _own(self, name))
        return await found if hasattr(found, "__await__") and rng.random() < 0.8 else found

    return strawberry.field(resolver=resolver)


def by_promise(name: str, kind: Any) -> Any:
    def resolver(self) -> kind:
        return after(chance(self.seed_, name).randrange(3), _own(self, name))

    return strawberry.field(resolver=resolver)


def by_nothing(name: str, kind: Any) -> Any:
    def resolver() -> kind:
        return given(value_of(7, "static", name))

    return strawberry.field(resolver=staticmethod(resolver))


def by_class(name: str, kind: Any) -> Any:
    def resolver(cls) -> kind:
        assert isinstance(cls, type)
        return given(value_of(8, cls.__name__, name))

    return strawberry.field(resolver=classmethod(resolver))


def by_permission(name: str, kind: Any, *classes: type[BasePermission]) -> Any:
    def resolver(self) -> kind:
        return given(_own(self, name))

    return strawberry.field(resolver=resolver, permission_classes=list(classes))


def by_extension(name: str, kind: Any, *extensions: FieldExtension) -> Any:
    def resolver(self, info: strawberry.Info, times: int = 1) -> kind:
        return given(_own(self, name))

    return strawberry.field(resolver=resolver, extensions=list(extensions))


def silent(name: str, kind: Any) -> Any:
    """A field that hides what the caller may not see; only for what may be null."""
    extension = PermissionExtension([Sometimes()], fail_silently=True, use_directives=False)
    return strawberry.field(extensions=[extension])


STYLES: tuple[Style, ...] = (
    by_self, by_waiting, by_root, by_parent, by_info, by_promise, by_nothing, by_class,
    by_waiting,
    lambda name, kind: by_permission(name, kind, Sometimes),
    lambda name, kind: by_permission(name, kind, Sometimes, Later),
    lambda name, kind: by_permission(name, kind, Broken),
    lambda name, kind: by_permission(name, kind, Own),
    lambda name, kind: by_extension(name, kind, Sync()),
    lambda name, kind: by_extension(name, kind, Async()),
    lambda name, kind: by_extension(name, kind, Sync(), Async()),
    lambda _name, _kind: strawberry.field(extensions=[Sync()]),
    lambda _name, _kind: strawberry.field(extensions=[Async()]),
    lambda _name, _kind: strawberry.field(permission_classes=[Sometimes]),
)  # fmt: skip


def resolved(name: str, kinds: dict[str, Kind]) -> type:
    """A type with a resolver for each kind and shape, the styles in turn."""
    styles = itertools.cycle(STYLES)
    body: dict[str, Any] = {"__annotations__": {}, "__module__": shapes.__name__}
    for (kind, made), shape in itertools.product(kinds.items(), SHAPES):
        if (kind, shape) == ("void", "r"):
            continue
        field, annotation = f"{kind}_{shape}", SHAPES[shape](made.annotation)
        style = next(styles)
        if shape == "n" and kind in {"int", "color", "cat"}:
            style = silent
        made_field = body[field] = style(field, annotation)
        if made_field.base_resolver is None:
            body["__annotations__"][field] = annotation
    return strawberry.type(type(name, (), body))


Resolved = shapes.Resolved = resolved("Resolved", KINDS)  # type: ignore[attr-defined]
