"""What staff want the catalogue to hold: checked before a job writes it; and merges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.accounts.roles import Role
from domain.catalog import AttributeDefinition, AttributeProblem, check_attribute
from models import catalog
from models.catalog import Attribute, AttributeValue, Category
from models.jobs import Job
from models.outbox import enqueue
from resolvers.context import Context, stored_text
from resolvers.effects import Outcome, audited, staff_once

ROLE = Role.STAFF_MODERATION
_LONGEST = 255
_HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Decision:
    """What a proposal shall become: `variant`, one that is there, or a new one.

    A new one is of `product`, one that is there, or of a new one of `brand`, `category`, `model`.
    Units: `weight_grams` in grams.
    """

    variant: UUID | None = None
    product: UUID | None = None
    brand: str | None = None
    category: str | None = None
    model: str | None = None
    release_date: date | None = None
    weight_grams: int | None = None
    mpn: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the catalogue cannot hold: the input, a stable word, what to change."""

    path: str
    code: str
    hint: str


class Kind(StrEnum):
    """What is merged."""

    PRODUCT = "Product"
    VARIANT = "Variant"


class MergeCode(StrEnum):
    """Why two are not made one."""

    NOT_FOUND = "NOT_FOUND"
    SAME = "SAME"
    CATEGORY_DIFFERS = "CATEGORY_DIFFERS"


async def decided(decision: Decision) -> dict[str, Any] | tuple[Fault, ...]:
    """A decision as the job takes it, or every reason why the catalogue cannot hold it."""
    if decision.variant is not None:
        if not await _there(Kind.VARIANT, decision.variant):
            return (Fault("variant", "NOT_FOUND", "Name a variant of the catalogue."),)
        return {"variant": str(decision.variant)}
    faults: list[Fault] = []
    wanted: dict[str, Any] = {}
    if decision.product is not None:
        product = next(iter(await catalog.products_by_id([decision.product])), None)
        if product is None:
            return (Fault("product", "NOT_FOUND", "Name a product of the catalogue."),)
        wanted["product"], category = str(product.id), product.category
    else:
        category = decision.category or ""
        faults += await _product_faults(decision)
        wanted |= {
            "brand": (decision.brand or "").strip(),
            "category": category,
            "model": (decision.model or "").strip(),
            "releaseDate": decision.release_date and decision.release_date.isoformat(),
            "weightGrams": decision.weight_grams,
        }
    attributes, problems = await _attributes(category, decision.attributes)
    if faults or problems:
        return (*faults, *problems)
    return wanted | {"attributes": attributes, "mpn": (decision.mpn or "").strip() or None}


async def _product_faults(decision: Decision) -> list[Fault]:
    faults = []
    for name, text in (("brand", decision.brand), ("model", decision.model)):
        if not 0 < len(stored_text(text or "", name).strip()) <= _LONGEST:
            faults.append(
                Fault(name, "TEXT_LENGTH", f"Say `{name}` in 1 to {_LONGEST} characters.")
            )
    known = await Category.get_or_none(code=decision.category or "")
    if known is None or await Category.exists(parent=known.code):
        hint = "Name a category without others below it: `categories` lists them."
        faults.append(Fault("category", "CATEGORY_UNKNOWN", hint))
    if decision.weight_grams is not None and not 0 < decision.weight_grams <= _HEAVIEST:
        faults.append(Fault("weightGrams", "WEIGHT_RANGE", f"1 to {_HEAVIEST} grams."))
    return faults


async def _attributes(
    category: str, given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """The values as the category declares them, and what does not fit."""
    declared = await Attribute.filter(category=category).order_by("position", "key")
    found: dict[str, Any] = {}
    faults = [
        Fault(f"attributes.{key}"[:80], "ATTRIBUTE_UNKNOWN", "The category does not have it.")
        for key in given
        if key not in {each.key for each in declared}
    ]
    for each in declared:
        rows = await AttributeValue.filter(key=each.key).order_by("value")
        synonyms = {word: r.value for r in rows for word in r.synonyms.split("|") if word}
        definition = AttributeDefinition(
            each.key, each.type, each.unit or None, each.mandatory,
            tuple(r.value for r in rows), synonyms,
        )  # fmt: skip
        value = check_attribute(definition, given.get(each.key))
        if isinstance(value, AttributeProblem):
            faults.append(Fault(f"attributes.{each.key}", value.code.value, value.hint))
        elif value is not None:
            found[each.key] = float(value) if isinstance(value, Decimal) else value
    return found, faults


async def merge(
    ctx: Context, kind: Kind, old: UUID, new: UUID, idempotency_key: str
) -> MergeCode | None:
    """Have two products or variants made one by a job, within seconds; None where it will be.

    The catalogue is every market's: staff of some markets may not.
    Refuses: one that is not there, one and the same, products of different categories.
    Raises: SignInFirst, Forbidden.
    """
    ctx.staff(ROLE)

    async def act(_user_id: UUID) -> Outcome:
        if refused := await _unlike(kind, old, new):
            return {"refused": refused.value}
        job = Job.MERGE_CATALOGUE
        named = f"merge:{old}"
        await enqueue(job, dedup_key=named, kind=kind.value, old=str(old), new=str(new))
        before, after = {"id": str(old)}, {"mergedInto": str(new)}
        await audited(ctx, f"merge{kind.value}s", kind.value, old, before=before, after=after)
        return {}

    given = {"from": old, "into": new}
    found = await staff_once(ctx, ROLE, f"merge{kind.value}s", idempotency_key, given, act)
    return MergeCode(found["refused"]) if "refused" in found else None


async def _unlike(kind: Kind, old: UUID, new: UUID) -> MergeCode | None:
    if old == new:
        return MergeCode.SAME
    of: Any = catalog.variants_by_id if kind is Kind.VARIANT else catalog.products_by_id
    rows = await of([old, new])
    if len(rows) != 2:
        return MergeCode.NOT_FOUND
    return None if rows[0].category == rows[1].category else MergeCode.CATEGORY_DIFFERS


async def _there(kind: Kind, row_id: UUID) -> bool:
    of: Any = catalog.variants_by_id if kind is Kind.VARIANT else catalog.products_by_id
    return bool(await of([row_id]))
