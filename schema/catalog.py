"""Categories, products and variants."""

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import UUID

import strawberry

from domain.catalog import AttributeType, Grade
from resolvers import catalog as resolvers
from schema.common import Info, Locale, Node, Slug, global_id
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from models.catalog import Attribute as AttributeRow
    from models.catalog import Category as CategoryRow
    from models.catalog import ProductRow, VariantRow

strawberry.enum(
    Grade,
    description="How a device looks, worst to best as `FAIR GOOD VERY_GOOD EXCELLENT PREMIUM`. "
    "Every grade is fully functional, diagnosed and wiped.",
)
strawberry.enum(AttributeType, description="What kind of value an attribute takes.")


MOST_VARIANTS = 100
MOST_ATTRIBUTES = 8


@ruled(PUBLIC)
@strawberry.type
class AttributeValue:
    """A value that an `ENUM` attribute may take."""

    value: str = strawberry.field(description="Stable word, as in filters.")
    label: str = strawberry.field(description="The value for a person.")


@ruled(PUBLIC)
@strawberry.type
class Attribute:
    """What the variants of a category differ by."""

    key: str = strawberry.field(description="Stable word, as in filters: `storage_gb`.")
    name: str = strawberry.field(description="The attribute for a person.")
    type: AttributeType = strawberry.field(description="Kind of its values.")
    unit: str | None = strawberry.field(description="Unit of its values.")
    mandatory: bool = strawberry.field(description="Whether every variant has it.")
    facet: bool = strawberry.field(description="Whether a search can be narrowed by it.")

    @strawberry.field
    async def values(self, info: Info, locale: Locale = "en") -> list[AttributeValue]:
        """The allowed values of an `ENUM`; empty for other types. At most 200."""
        lang = resolvers.language(locale)
        rows = await info.context.loader(resolvers.values_by_key).load(self.key)
        return [AttributeValue(value=r.value, label=getattr(r, f"label_{lang}")) for r in rows]

    @classmethod
    def of(cls, row: "AttributeRow", lang: str) -> Self:
        return cls(
            key=row.key,
            name=getattr(row, f"name_{lang}"),
            type=row.type,
            unit=row.unit or None,
            mandatory=row.mandatory,
            facet=row.facet,
        )


@ruled(PUBLIC)
@strawberry.type
class Category:
    """A kind of device. The tree has at most two levels."""

    code: str = strawberry.field(description="Stable word, as in filters.")
    name: str = strawberry.field(description="The category for a person.")
    parent: str | None = strawberry.field(description="Code of the category above.")
    position: int = strawberry.field(description="Order among its sisters.")
    lang: strawberry.Private[str]

    @strawberry.field
    async def attributes(self, info: Info) -> list[Attribute]:
        """What its variants differ by. At most 50."""
        rows = await info.context.loader(resolvers.attributes_by_category).load(self.code)
        return [Attribute.of(row, self.lang) for row in rows]

    @classmethod
    def of(cls, row: "CategoryRow", lang: str) -> Self:
        name = getattr(row, f"name_{lang}")
        return cls(code=row.code, name=name, parent=row.parent, position=row.position, lang=lang)


@ruled(PUBLIC)
@strawberry.type
class Brand:
    """A maker of devices."""

    code: str = strawberry.field(description="Stable word, as in filters.")
    name: str = strawberry.field(description="The brand for a person.")
    shop: bool = strawberry.field(description="Whether the brand has a storefront here.")


@ruled(PUBLIC)
@strawberry.type
class Weight:
    """What a device weighs, as impact figures take it."""

    grams: int = strawberry.field(description="Mass in grams.")
    sourced: bool = strawberry.field(
        description="False where it is the default of the category, not of this model."
    )
    source: str = strawberry.field(description="Where the figure comes from.")


@ruled(PUBLIC)
@strawberry.type
class AttributeFact:
    """One attribute of a variant."""

    key: str = strawberry.field(description="Stable word, as in filters.")
    name: str = strawberry.field(description="The attribute for a person.")
    value: str = strawberry.field(description="Stable value, as in filters.")
    label: str = strawberry.field(description="The value for a person, with its unit.")


@ruled(PUBLIC)
@strawberry.type
class Variant(Node):
    """A model with its attributes: storage, colour, keyboard layout."""

    slug: str = strawberry.field(description="Stable name in addresses.")
    title: str = strawberry.field(description="Brand and model.")
    mpn: str | None = strawberry.field(description="The maker's part number.")
    gtins: list[str] = strawberry.field(description="Trade item numbers of 14 digits. At most 20.")
    row: strawberry.Private["VariantRow"]

    @strawberry.field
    def attributes(self, info: Info, locale: Locale = "en") -> list[AttributeFact]:
        """Its attributes with their names for people. At most 8."""
        lang = resolvers.language(locale)
        if (labels := resolvers.labels_at_hand(lang)) is not None:
            return self._facts(labels)
        later: Any = self._facts_later(info, lang)  # awaited by the executor
        return cast("list[AttributeFact]", later)

    async def _facts_later(self, info: Info, lang: str) -> list[AttributeFact]:
        return self._facts(await info.context.loader(resolvers.labels).load(lang))

    def _facts(self, labels: resolvers.Labels) -> list[AttributeFact]:
        facts = []
        for key, value in islice(self.row.attributes.items(), MOST_ATTRIBUTES):
            name, unit = labels.attributes.get((self.row.category, key), (key, ""))
            plain = str(value).lower() if isinstance(value, bool) else str(value)
            label = labels.values.get((key, plain), f"{plain} {unit}".strip())
            facts.append(AttributeFact(key=key, name=name, value=plain, label=label))
        return facts

    @strawberry.field
    async def product(self, info: Info) -> "Product":
        """The model."""
        return await product_of(info, self.row.product_id)

    @classmethod
    def of(cls, row: "VariantRow") -> Self:
        return cls(
            id=global_id("Variant", row.id),
            slug=row.slug,
            title=f"{row.brand} {row.model}",
            mpn=row.mpn or None,
            gtins=row.gtins,
            row=row,
        )


@ruled(PUBLIC)
@strawberry.type
class Product(Node):
    """A model of a brand."""

    slug: str = strawberry.field(description="Stable name in addresses.")
    brand: Brand = strawberry.field(description="Who made it.")
    category: str = strawberry.field(description="Code of its category.")
    model: str = strawberry.field(description="Name of the model, without the brand.")
    title: str = strawberry.field(description="Brand and model.")
    release_date: date | None = strawberry.field(description="First day of sale, where known.")
    weight: Weight | None = strawberry.field(description="What it weighs.")
    source: str = strawberry.field(description="Where these facts come from.")
    product_id: strawberry.Private[UUID]

    @strawberry.field
    async def variants(self, info: Info) -> list[Variant]:
        """All its variants, sold or not, by slug. At most 100."""
        rows = await info.context.loader(resolvers.variants_of).load(self.product_id)
        return [Variant.of(row) for row in rows[:MOST_VARIANTS]]

    @classmethod
    def of(cls, row: "ProductRow") -> Self:
        weight = None
        if row.weight_grams is not None:
            weight = Weight(
                grams=row.weight_grams, sourced=row.weight_sourced, source=row.weight_source
            )
        return cls(
            id=global_id("Product", row.id),
            slug=row.slug,
            brand=Brand(code=row.brand_code, name=row.brand, shop=row.brand_shop),
            category=row.category,
            model=row.model,
            title=f"{row.brand} {row.model}",
            release_date=row.release_date,
            weight=weight,
            source=row.source,
            product_id=row.id,
        )


async def product_of(info: Info, product_id: UUID) -> Product:
    """A product that a row names, loaded with the others of the page."""
    row = await info.context.loader(resolvers.products).load(product_id)
    if row is None:
        raise LookupError(product_id)
    return Product.of(row)


async def variant_of(info: Info, variant_id: UUID) -> Variant:
    """A variant that a row names, loaded with the others of the page."""
    row = await info.context.loader(resolvers.variants).load(variant_id)
    if row is None:
        raise LookupError(variant_id)
    return Variant.of(row)


@strawberry.type
class CatalogQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def categories(self, info: Info, locale: Locale = "en") -> list[Category]:
        """All categories, parents first. At most 200."""
        lang = resolvers.language(locale)
        return [Category.of(row, lang) for row in await resolvers.categories()]

    @strawberry.field(metadata={"rule": PUBLIC})
    async def product(self, info: Info, slug: Slug) -> Product | None:
        """A model of the catalogue, sold or not; `null` for an unknown slug."""
        row = await resolvers.product(slug)
        return Product.of(row) if row else None
