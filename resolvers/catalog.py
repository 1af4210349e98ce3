"""The catalogue as clients see it."""

from dataclasses import dataclass, field
from uuid import UUID

from models import catalog
from models.announce import EVERYTHING, product_topic
from models.catalog import Attribute, AttributeValue, Category, ProductRow, VariantRow
from models.kept import Kept
from resolvers.context import BadInput, depends, stored_text

LOCALES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of attributes and of their values in one language."""

    attributes: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    values: dict[tuple[str, str], str] = field(default_factory=dict)


def language(locale: str) -> str:
    """The language of a locale. Raises: BadInput for one that has no texts."""
    code = stored_text(locale, "locale").replace("_", "-").split("-")[0].lower()
    if code not in LOCALES:
        known = ", ".join(LOCALES)
        raise BadInput(f"No texts in `{locale[:16]}`: ask for {known}.", argument="locale")
    return code


async def categories() -> list[Category]:
    """All categories, parents first, in the order of the shop."""
    depends(EVERYTHING)
    return await Category.all().order_by("parent", "position", "code")


async def attributes_by_category(codes: list[str]) -> list[list[Attribute]]:
    """The attributes of each of these categories, in their order."""
    depends(EVERYTHING)
    rows = await Attribute.filter(category__in=codes).order_by("position", "key")
    return [[row for row in rows if row.category == code] for code in codes]


async def values_by_key(keys: list[str]) -> list[list[AttributeValue]]:
    """The allowed values of each of these attribute keys."""
    depends(EVERYTHING)
    rows = await AttributeValue.filter(key__in=keys).order_by("value")
    return [[row for row in rows if row.key == key] for key in keys]


async def _labels() -> dict[str, Labels]:
    attributes = await Attribute.all()
    values = await AttributeValue.all()
    return {
        lang: Labels(
            {(a.category, a.key): (getattr(a, f"name_{lang}"), a.unit) for a in attributes},
            {(v.key, v.value): getattr(v, f"label_{lang}") for v in values},
        )
        for lang in LOCALES
    }


_LABELS = Kept(_labels)


def labels_at_hand(lang: str) -> Labels | None:
    """The names of everything in a language, if this process has them fresh."""
    kept = _LABELS.now()
    depends(EVERYTHING)
    return None if kept is None else kept[lang]


async def labels(languages: list[str]) -> list[Labels]:
    """The names of everything, for each of these languages. Two statements."""
    depends(EVERYTHING)
    found = await _LABELS.get()
    return [found[lang] for lang in languages]


async def products(ids: list[UUID]) -> list[ProductRow | None]:
    """The products of these ids, or those that they were merged into, in this order."""
    depends(EVERYTHING, *map(product_topic, ids))
    rows = {row.id: row for row in await catalog.products_by_id(ids)}
    if missing := [each for each in ids if each not in rows]:
        went = await catalog.merged_into(missing)
        there = {row.id: row for row in await catalog.products_by_id(list(went.values()))}
        rows |= {old: there[new] for old, new in went.items() if new in there}
    return [rows.get(each) for each in ids]


async def variants(ids: list[UUID]) -> list[VariantRow | None]:
    """The variants of these ids, or those that they were merged into, in this order."""
    rows = {row.id: row for row in await catalog.variants_by_id(ids)}
    if missing := [each for each in ids if each not in rows]:
        went = await catalog.merged_into(missing)
        there = {row.id: row for row in await catalog.variants_by_id(list(went.values()))}
        rows |= {old: there[new] for old, new in went.items() if new in there}
    depends(EVERYTHING, *(product_topic(row.product_id) for row in rows.values()))
    return [rows.get(each) for each in ids]


async def variants_of(products: list[UUID]) -> list[list[VariantRow]]:
    """The variants of each of these products, by slug."""
    depends(EVERYTHING, *map(product_topic, products))
    rows = await catalog.variants_of(products)
    return [[row for row in rows if row.product_id == each] for each in products]


async def product(slug: str) -> ProductRow | None:
    """The product of this slug, or the one that it was merged into."""
    found = await catalog.product_by_slug(stored_text(slug, "slug"))
    if found is None and (went := await catalog.slug_merged_into(slug)) and went[0] == "Product":
        found = next(iter(await catalog.products_by_id([went[1]])), None)
    depends(product_topic(found.id) if found else EVERYTHING)
    return found
