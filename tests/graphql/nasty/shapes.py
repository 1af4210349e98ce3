"""Objects, interfaces, unions and generics of the nasty schema, and the values that stand for them.

Each type of the matrix has one field for every kind and every shape of list: `Leaves` and `Things`
read attributes, `Resolved` asks resolvers of every style.
"""

import random
from typing import Annotated, Any, Generic, Optional, TypeVar

import strawberry
from strawberry import relay

from tests.graphql.nasty.chance import Fault, Named, Raise, after, chance, given
from tests.graphql.nasty.kinds import DEPTH, LEAVES, SHAPES, Kind, shaped

T = TypeVar("T")
U = TypeVar("U")


class Source:
    """Holds a value for every name, made by chance from a seed and a key."""

    def __init__(self, seed: int, key: str = "") -> None:
        self.seed_, self.key_ = seed, key

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return given(value_of(self.seed_, self.key_, name))

    def __repr__(self) -> str:
        return f"<source {self.key_}>"


def value_of(seed: int, key: str, name: str) -> Any:
    """The value of the field `kind_shape` of the object of this key."""
    rng = chance(seed, key, name)
    if rng.random() < 0.01:
        return Raise(AttributeError(f"'Source' object has no attribute '{name}'"))
    kind, _, shape = name.rpartition("_")
    return shaped(KINDS[kind], DEPTH[shape], rng, harsh=seed % 4 == 0)


def sub(rng: random.Random) -> Source:
    """A source of its own."""
    return Source(rng.randrange(10**9))


@strawberry.interface
class Animal:
    """Implemented by an interface and by objects."""

    name: str
    mother: Optional["Animal"] = None

    @strawberry.field
    def shout(self, times: int = 1) -> str:
        return self.name.upper() * min(times, 3)

    @strawberry.field
    async def rival(self) -> Optional["Animal"]:
        return self.mother


@strawberry.interface
class Pet(Animal):
    """An interface that implements another."""

    owner: str | None = None
    tags: list[str | None] = strawberry.field(default_factory=list)


@strawberry.type
class Cat(Pet):
    lives: int = 9

    @strawberry.field
    def shout(self, times: int = 1) -> str:
        return "miaow " * min(times, 3)


@strawberry.type
class Dog(Pet):
    """Recognises values that are not instances of it."""

    barks: bool = True
    secret: strawberry.Private[str] = "private"

    @strawberry.field
    def whisper(self) -> str:
        return self.secret

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        if isinstance(obj, Named) and obj.name == "fault":
            raise Fault("cannot tell")
        return isinstance(obj, Dog | Stray)


class Puppy(Dog):
    """A subclass that the schema does not know."""


class Stray:
    """Not of the schema, but a dog says `Dog`."""

    def __init__(self, name: str) -> None:
        self.name, self.mother, self.owner, self.tags, self.barks = name, None, None, [], False
        self.secret = "stray"

    def __repr__(self) -> str:
        return "<stray>"


@strawberry.type
class Fish(Animal):
    """Has no owner; its name is a property that may fail."""

    depth: float = 1.5

    @strawberry.field
    def raw(self, info: strawberry.Info) -> str:
        return f"{info.field_name} {info.python_name} {info.path.as_list()}"


@strawberry.interface
class Shape:
    """Names the type of its values itself, rightly or not."""

    area: float

    @classmethod
    def resolve_type(cls, obj: Any, _info: Any, _abstract: Any) -> Any:
        match getattr(obj, "says", None):
            case "fault":
                raise Fault("no type")
            case "late" | "later":
                return after(2, "Square" if obj.says == "late" else "Cat")
            case says:
                return says


@strawberry.type
class Square(Shape):
    side: int = 2


@strawberry.type
class Circle(Shape):
    radius: int | None = None


class Says:
    """A value that says its type."""

    def __init__(self, says: Any) -> None:
        self.says, self.area, self.side, self.radius = says, 4.5, 2, None

    def __repr__(self) -> str:
        return f"<says {self.says}>"


@strawberry.type
class Ghost:
    """Tells late whether a value is one."""

    name: str = "ghost"
    friend: Optional["Ghost"] = None

    @classmethod
    async def is_type_of(cls, obj: Any, _info: Any) -> bool:
        await after(1, None)
        if isinstance(obj, Named):
            raise Fault("cannot tell a ghost")
        return isinstance(obj, Ghost)


@strawberry.type
class Oops(Exception):
    """An object of the schema that is an exception too: it is raised, not answered."""

    text: str = "oops"


@strawberry.type
class Waiting:
    """An object of the schema that can be awaited too: what it comes to is answered."""

    text: str = "waiting"

    def __await__(self) -> Any:
        return after(1, Named("came") if self.text == "bad" else Waited()).__await__()


class Waited:
    """What a waiting object comes to."""

    text = "waited"


class Disguised:
    """Says that its class is another one."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return Cat

    name = "disguised"

    def __repr__(self) -> str:
        return "<disguised>"


class Titled:
    """Carries the name of a type."""

    __typename = "Cat"
    name = "titled"

    def __repr__(self) -> str:
        return "<titled>"


@strawberry.type
class Box(Generic[T]):
    """Holds anything."""

    held: T
    maybe: T | None = None
    count: int = 1


@strawberry.type
class Pair(Generic[T, U]):
    """Holds two things."""

    first: T
    second: Optional[U] = None  # noqa: UP045


@strawberry.type
class Page(relay.Node):
    """Has a global id."""

    number: relay.NodeID[int]
    text: str = "page"

    @classmethod
    def resolve_nodes(cls, *, info: Any, node_ids: Any, required: bool = False) -> Any:
        return [
            None if not str(n).isdigit() else cls(number=int(n), text=f"page {n}") for n in node_ids
        ]


Thing = Annotated[Cat | Fish | Square | Page | Oops | Ghost, strawberry.union("Thing")]
Held = Annotated[Box[int] | Box[str] | Box[Cat], strawberry.union("Held")]


def _animal(rng: random.Random) -> Any:
    name, mother = f"n{rng.randrange(9)}", _animal(rng) if rng.random() < 0.3 else None
    more = {"owner": rng.choice((None, "o")), "tags": [None, "t"][: rng.randrange(3)]}
    return rng.choice(
        (
            lambda: Cat(name=name, mother=mother, **more, lives=rng.randrange(9)),
            lambda: Dog(name=name, mother=mother, **more),
            lambda: Fish(name=name, mother=mother),
            lambda: Cat(name=None, mother=mother),  # type: ignore[arg-type]
            lambda: Puppy(name=name, mother=mother),
        )
    )()


def _page(rng: random.Random) -> Page:
    return Page(number=rng.randrange(99), text="t")


BAD = (
    lambda _: Named("stranger"), lambda _: {"name": "dict", "area": 1.0}, lambda _: "text",
    lambda _: Stray("stray"), lambda _: Named("fault"), lambda _: Box(held=1), lambda _: 5,
    lambda _: strawberry.cast(Cat, Stray("cast")), lambda _: Dog(name="dog"), lambda _: [1],
    lambda _: strawberry.cast(Dog, Cat(name="as a dog")), lambda _: Titled(),
    lambda _: Animal(name="of the interface"), lambda _: Source(3, "any"), lambda _: Cat,
)  # fmt: skip
WRONG_NAMES = ("fault", "Cat", "Shape", "Nothing", "Int", None, 5, Square, "", "late", "later")
OBJECTS: dict[str, Kind] = {
    "leaves": Kind("Leaves", (sub,), (lambda _: Named("no leaves"), lambda _: {}, lambda _: 5)),
    "resolved": Kind("Resolved", (sub,), (lambda _: Named("unresolved"), lambda _: "text")),
    "things": Kind("Things", (sub,), (lambda _: Named("no things"),)),
    "animal": Kind(Animal, (_animal,), BAD),
    "pet": Kind(Pet, (_animal,), BAD),
    "cat": Kind(Cat, (lambda _: Cat(name="cat"), lambda _: Cat(name="c", lives=1)), BAD),
    "dog": Kind(Dog, (lambda _: Dog(name="dog"), lambda _: Puppy(name="p")), BAD),
    "ghost": Kind(Ghost, (lambda _: Ghost(friend=Ghost()), lambda _: Ghost()), BAD),
    "oops": Kind(Oops, (lambda _: Oops(), lambda _: Waited()), BAD),
    "waiting": Kind(Waiting, (lambda _: Waiting(), lambda _: Waiting(text="bad")), BAD),
    "shape": Kind(
        Shape,
        (lambda _: Says("Square"), lambda _: Says("Circle")),
        (
            *(lambda _, says=says: Says(says) for says in WRONG_NAMES),
            lambda _: Square(area=1.0),
        ),
    ),
    "thing": Kind(
        Thing, (_animal, _page, lambda _: Square(area=1.5), lambda _: Ghost()), BAD
    ),
    "held": Kind(
        Held,
        (lambda _: Box(held=1), lambda _: Box(held="s"), lambda _: Box(held=Cat(name="c"))),
        (lambda _: Box(held=None), lambda _: Box(held=[1]), lambda _: Pair(first=1), *BAD),
    ),
    "boxi": Kind(Box[int], (lambda _: Box(held=1, maybe=2), lambda _: Box(held="x")), BAD),
    "boxl": Kind(Box[list[int]], (lambda _: Box(held=[1, 2]), lambda _: Box(held=[None])), BAD),
    "pair": Kind(
        Pair[str, Cat],
        (lambda _: Pair(first="a", second=Cat(name="c")), lambda _: Pair(first=1)),
        BAD,
    ),
    "page": Kind(Page, (_page,), (lambda _: Page(number=None), *BAD)),  # type: ignore[arg-type]
}  # fmt: skip
KINDS = LEAVES | OBJECTS


def matrix(name: str, kinds: dict[str, Kind], shapes: tuple[str, ...] = tuple(SHAPES)) -> type:
    """A type that reads an attribute for each kind and shape."""
    fields = {
        f"{kind}_{shape}": SHAPES[shape](made.annotation)
        for kind, made in kinds.items()
        for shape in shapes
        if (kind, shape) != ("void", "r")
    }
    body = {"__annotations__": fields, "__module__": __name__, "__doc__": f"{name}."}
    return strawberry.type(type(name, (), body))


Leaves = matrix("Leaves", LEAVES)
Things = matrix("Things", OBJECTS)
