"""Searches in people's words, over the whole reference catalogue."""

from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random

import pytest
from tortoise.transactions import in_transaction

from domain.catalog.terms import phrases_of, text_query, words_of
from domain.ranking.model import RankingModel, ranking_model
from models.base import execute, fetch, fetchval
from models.catalog import Variant
from models.offers.search import understand
from models.ranking import store
from models.seed import load_reference
from resolvers.context import Context
from resolvers.offers.search import Answer, Search, search
from tests import factories
from tests.factories import Item, line

REFERENCE = Path(__file__).parents[2] / "models" / "reference"
SOLD = """
SELECT DISTINCT ON (v.id) v.id, v.product_id, v.slug, right(g.gtin, 13) AS gtin, p.model, b.name
FROM variant v JOIN product p ON p.id = v.product_id JOIN brand b ON b.id = p.brand_id
JOIN category c ON c.id = p.category_id JOIN variant_gtin g ON g.variant_id = v.id
WHERE p.slug ~ '^apple-iphone-1[234]|^samsung-galaxy-s2|^dell-|^apple-macbook' ORDER BY v.id, g.gtin
"""


@pytest.fixture(scope="module")
async def catalogue(migrated: None) -> AsyncGenerator[None]:
    """The reference data, phones and laptops of it on sale in France; removed afterwards."""
    async with in_transaction() as transaction:
        await load_reference(REFERENCE)
        model = ranking_model("FR", factories.NOW.replace(year=2024))
        assert isinstance(model, RankingModel)
        await store(model)
        owner = await factories.merchant(quality_bp=7000)
        items = [
            Item(row["id"], row["product_id"], row["gtin"], row["model"], row["name"])
            for row in await fetch(SOLD)
        ]
        rows = [line(item, f"S{n}") for n, item in enumerate(items)]
        await factories.run(await factories.feed(owner), rows)
        yield
        await transaction.rollback()


async def find(term: str, locale: str = "fr") -> Answer:
    return await search(Context(), Search("FR", term=term, locale=locale))


async def first(term: str) -> tuple[str, str]:
    """The slugs of the first result: its product and the variant of its featured offer."""
    found = (await find(term)).page.edges[0].node
    row = await Variant.get(id=found.variant_id).select_related("product")
    return str(row.product.slug), str(row.slug)


@pytest.mark.parametrize(
    ("term", "product", "variant"),
    [
        ("iphone 13 128 go noir", "apple-iphone-13", "apple-iphone-13-128gb-midnight"),
        ("iPhone 13 128GB black", "apple-iphone-13", "apple-iphone-13-128gb-midnight"),
        ("iphone 13 mini 256 bleu", "apple-iphone-13-mini", "apple-iphone-13-mini-256gb-blue"),
        ("apple iphone 13 rouge 512", "apple-iphone-13", "apple-iphone-13-512gb-red"),
    ],
)
async def test_words_of_a_variant_find_it_first(
    catalogue: None, term: str, product: str, variant: str
) -> None:
    assert await first(term) == (product, variant)


async def test_typos_are_mended_and_told(catalogue: None) -> None:
    found = await find("samsng galxy")

    assert found.did_you_mean == "samsung galaxy"
    assert found.total > 10
    assert (await find("samsung galaxy")).total == found.total
    assert (await find("samsung galaxy")).did_you_mean is None


@pytest.mark.parametrize("term", ["ordinateur portable", "laptop", "portátil", "notebook"])
async def test_words_of_other_languages_find_laptops_and_nothing_else(
    catalogue: None, term: str
) -> None:
    found = await find(term)

    (categories,) = [facet.values for facet in found.facets if facet.key == "category"]
    assert [value for value, *_ in categories] == ["laptop"]
    assert found.total > 5


async def test_every_product_of_the_catalogue_is_found_by_its_own_name(catalogue: None) -> None:
    rows = await fetch(
        "SELECT p.id, b.name || ' ' || p.model AS title "
        "FROM product p JOIN brand b ON b.id = p.brand_id"
    )
    words = [words_of(row["title"]) for row in rows]
    known = await understand(
        sorted({phrase for each in words for phrase in phrases_of(each)}),
        sorted({word for each in words for word in each}),
    )
    queries = [text_query(each, known) for each in words]

    lost = await fetch(
        """
        SELECT asked.title, asked.query FROM unnest($1::uuid[], $2::text[], $3::text[])
          AS asked (id, title, query)
        WHERE NOT EXISTS (SELECT FROM search_document d
          WHERE d.product_id = asked.id AND d.doc @@ to_tsquery('simple', asked.query))
        """,
        *([row[key] for row in rows] for key in ("id", "title")),
        queries,
    )

    assert [tuple(row) for row in lost] == []
    assert len(rows) > 1000
    assert known.corrections == {}


async def test_any_term_makes_a_query_that_the_database_can_read(catalogue: None) -> None:
    random = Random(7)
    letters = "aé0 9-'\"\\&|!():*<>ßıİ٣፩①ªΣ中ก\u0301\u200d\xa0😀_%\t"
    terms = ["".join(random.choices(letters, k=random.randint(1, 40))) for _ in range(400)]
    terms += [chr(code) for code in range(1, 0x3000)]
    queries = set()
    for term in terms:
        words = words_of(term)
        queries.add(text_query(words, await _unknown(words)))

    parsed = await fetchval(
        "SELECT count(to_tsquery('simple', q)) FROM unnest($1::text[]) q", sorted(queries)
    )

    assert parsed == len(queries) > 1000


async def _unknown(words: tuple[str, ...]):
    from domain.catalog.terms import Understood

    return Understood(exact=frozenset(words[::2]))


async def test_a_synonym_is_no_typo(
    catalogue: None,
) -> None:
    await execute(
        "INSERT INTO search_synonym (id, created_at, updated_at, word, means, locale, source) "
        "VALUES ($1, now(), now(), 'pommephone', 'iphone', 'fr', 'made up')",
        factories.some_id(),
    )

    assert (await find("pommephone 13 mini")).total == 1
    assert (await find("pommephone 13 mini")).did_you_mean is None
