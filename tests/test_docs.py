"""The documents say what the code does: pages, tests, operations, commands, tables of codes."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from boucle.edge.answers import Code
from boucle.settings import ROOT
from domain.offers.guards import SHARE_BP, SHRINK_MINIMUM, Guard
from domain.offers.lines import FeedFormat, FeedMode, FeedRunState, FileCode, LineCode, LineOutcome
from integrations.feeds.amazon import AMAZON
from integrations.feeds.body import MIB, Limits
from integrations.feeds.contract import ReadSettings
from integrations.feeds.dialect import Dialect, header_key
from integrations.feeds.frames import MIRAKL_COLUMNS as COLUMNS
from integrations.feeds.listings import LISTINGS
from integrations.feeds.mirakl import IMPORT_MODES, MIRAKL
from integrations.feeds.native import NAMES
from integrations.feeds.sheet_rows import MOST_ROWS
from integrations.feeds.shopify import SHOPIFY
from models.jobs import Queue
from workers.clock import PERIODIC

PACKAGES = ("boucle", "schema", "resolvers", "domain", "workers", "integrations", "models")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CITED = re.compile(r'(docs/[\w./-]+\.md)(?:,\s+"([^"]+)")?')
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
MAKE = re.compile(r"`make ([a-z-]+)[` ]|^make ([a-z-]+)", re.MULTILINE)
REGISTRIES = ("pypi", "pythonhosted", "npmjs", "docker.io", "ghcr.io", "quay.io", "index-url")
NODE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SHOWN = re.compile(r"```graphql\n(.+?)```|'query=(\{.+?\})'|`(\{ [^`]+\})`", re.DOTALL)
WORD = re.compile(r"`([^`]+)`")
UNSPOKEN = re.compile(r"codes|wording|visibility|mistakes")  # lists of codes, not rules


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, heading
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, without their heads."""
    lines = text.splitlines()
    table = [line for line in lines if line.startswith("|") and not line.startswith("| ---")]
    heads = {before for before, line in pairwise(lines) if line.startswith("| ---")}
    cells = [re.split(r"(?<!\\)\|", line.strip("| ")) for line in table if line not in heads]
    return [[cell.strip() for cell in row] for row in cells]


def firsts(text: str) -> list[str]:
    """The words in backquotes of the first column."""
    return [word for row in rows(text) for word in WORD.findall(row[0])]


def citations() -> Iterator[tuple[Path, str, str]]:
    for name in (*PACKAGES, "bench", "tests"):
        for path in sorted((ROOT / name).rglob("*")):
            if path.suffix in {".py", ".sql", ".html"} and path != Path(__file__).resolve():
                for found in CITED.finditer(path.read_text(encoding="utf-8")):
                    yield path, found[1], found[2]


def test_every_page_and_section_that_code_cites_is_there() -> None:
    missing, seen = [], 0
    for path, cited, heading in citations():
        seen += 1
        target = ROOT / cited
        there = target.exists() and (
            not heading or f"# {heading}\n" in target.read_text(encoding="utf-8")
        )
        missing += [] if there else [(str(path.relative_to(ROOT)), cited, heading)]

    assert seen > 5
    assert missing == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    links = LINK.findall(path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_package_registry(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()

    assert [host for host in REGISTRIES if host in text] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_command_of_a_page_is_a_target(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):", _makefile(), re.MULTILINE))
    known = {word for line in targets for word in line.split()}
    named = {a or b for a, b in MAKE.findall(path.read_text(encoding="utf-8"))}

    assert named <= known


@cache
def _makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_readme_starts_with_the_two_commands() -> None:
    start = section((ROOT / "README.md").read_text(encoding="utf-8"), "Start")

    assert set(re.findall(r"^make (\w+)", start, re.MULTILINE)) == {"run", "test"}


def _capabilities() -> list[list[str]]:
    return rows(page("capabilities.md"))


def _tests_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_capability_names_tests_that_exist() -> None:
    for capability, *_, tests in _capabilities():
        named = NODE.findall(tests)
        assert named, capability
        for path, test in named:
            assert (ROOT / path).exists(), (capability, path)
            assert test in _tests_of(ROOT / path), (capability, path, test)


def test_every_capability_names_an_operation_of_the_schema() -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    kinds = (schema.query_type, schema.mutation_type, schema.subscription_type)
    roots = [kind.fields for kind in kinds if kind is not None]
    operations = {name for fields in roots for name in fields}

    named = {name for row in _capabilities() for name in WORD.findall(row[3])}
    assert named
    assert named <= operations


def test_every_capability_stands_once_and_says_whether_it_is_whole() -> None:
    ids = [row[0] for row in _capabilities()]

    assert len(ids) == len(set(ids)) > 20
    assert all(re.match(r"all\b|part: ", row[2]) for row in _capabilities())


@pytest.mark.parametrize(("name", "least"), [("README.md", 3), ("docs/api.md", 4)])
def test_every_operation_that_a_page_shows_is_valid(name: str, least: int) -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = SHOWN.findall(text)
    documents = ["".join(parts) for parts in shown]

    assert len(documents) >= least
    for document in documents:
        assert validate(schema, parse(document)) == []


def test_every_operation_is_in_the_table_of_the_api() -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    roots = [kind.fields for kind in (schema.query_type, schema.mutation_type) if kind is not None]
    told = {word.partition("(")[0] for word in firsts(section(page("api.md"), "Operations"))}

    assert told == {name for fields in roots for name in fields}


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        pytest.param("Formats", [*FeedFormat], id="formats"),
        pytest.param("What a feed means", [*FeedMode], id="modes"),
        pytest.param("Guards", [*Guard], id="guards"),
        pytest.param("Line codes", [*LineCode], id="line codes"),
        pytest.param("File codes", [*FileCode], id="file codes"),
    ],
)
def test_a_table_of_feeds_has_the_words_of_the_code(heading: str, words: list[str]) -> None:
    assert firsts(section(page("feeds.md"), heading)) == words


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        pytest.param("Outcomes", {*LineOutcome}, id="outcomes"),
        pytest.param("States of a run", {*FeedRunState}, id="states"),
    ],
)
def test_a_text_of_feeds_has_the_words_of_the_code(heading: str, words: set[str]) -> None:
    assert set(WORD.findall(section(page("feeds.md"), heading))) >= words


def test_every_column_that_is_read_is_told() -> None:
    told = WORD.findall(section(page("feeds.md"), "Columns"))

    assert [name for name in NAMES if name not in told] == []


@pytest.mark.parametrize(
    ("heading", "dialect"),
    [
        pytest.param("Mirakl", MIRAKL, id="mirakl"),
        pytest.param("Back Market", LISTINGS, id="listings"),
        pytest.param("Shopify", SHOPIFY, id="shopify"),
        pytest.param("Amazon", AMAZON, id="amazon"),
    ],
)
def test_every_column_of_a_partner_is_told(heading: str, dialect: Dialect) -> None:
    words = re.findall(r"`([^`]+)`", section(page("feeds.md"), heading))
    told = {header_key(word) for word in words}

    numbered = [name for name in dialect.names if not re.search(r"(?:_|option)[23]", name)]
    assert [name for name in numbered if name not in told] == []


def test_the_formats_whose_marks_are_told_have_them() -> None:
    text = section(page("feeds.md"), "Mirakl")

    assert [mode for mode in IMPORT_MODES if f"`{mode}`" not in text] == []
    assert [name for name in COLUMNS if f"`{name}`" not in text] == []


def test_codes_called_reserved_are_reported_by_no_rule() -> None:
    table = rows(section(page("feeds.md"), "Line codes"))
    reserved = {WORD.findall(code)[0] for code, when in table if when == "reserved"}
    sources = [
        path.read_text(encoding="utf-8")
        for name in ("domain", "integrations", "models", "workers")
        for path in (ROOT / name).rglob("*")
        if path.suffix in {".py", ".sql"}
        and not re.match(r"codes|wording|visib|mistakes", path.name)
        and not {"orders", "raas"} & {*path.parts}  # whose codes are told to buyers and bidders
    ]

    spoken = {code for code in LineCode if any(re.search(rf"\b{code}\b", s) for s in sources)}
    assert reserved == {*LineCode} - spoken


def test_the_limits_are_those_of_the_code() -> None:
    limits, reading = Limits(), ReadSettings.__dataclass_fields__
    told = dict(rows(section(page("feeds.md"), "Limits")))

    assert told["file, as inflated"] == f"{limits.stored_bytes // MIB} MiB"
    assert told["file, compressed"] == f"{limits.received_bytes // MIB} MiB"
    assert told["inflation"].startswith(f"{limits.ratio}:1 ")
    assert told["lines"] == f"{reading['max_lines'].default:,}"
    assert told["one line"] == f"{reading['max_line_bytes'].default // MIB} MiB"
    assert told["columns"] == str(reading["max_columns"].default)
    assert told["rows of a workbook"] == f"{MOST_ROWS:,}"
    assert told["redirects"] == str(limits.redirects)
    seconds = (limits.connect_seconds, limits.silence_seconds)
    waits = "{} s, {} s, {} min".format(*seconds, int(limits.total_seconds / 60))
    assert told["to connect, to stay silent, in all"] == waits


def test_the_guards_hold_at_the_shares_told() -> None:
    table = {row[0].strip("`"): row[1] for row in rows(section(page("feeds.md"), "Guards"))}

    for guard, share in SHARE_BP.items():
        assert f"more than {share // 100} %" in table[guard]
    assert f"more than {SHRINK_MINIMUM}," in table[Guard.SHRUNK]


def test_the_table_of_settings_names_every_variable() -> None:
    source = (ROOT / "boucle" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"((?:BOUCLE_|DATABASE_|REDIS_)[A-Z_]+)"', source))

    assert set(firsts(section(page("operations.md"), "Settings"))) == read


def test_the_periodic_jobs_and_queues_are_those_of_the_clock() -> None:
    text = page("operations.md")

    told = firsts(section(text, "Periodic jobs"))
    assert sorted(told) == sorted(each.job.value for each in PERIODIC)
    assert set(re.findall(r"--queue=(\w+)", text)) == {queue.value for queue in Queue}


def test_the_codes_and_reasons_of_errors_are_told() -> None:
    text = page("rules/errors.md")
    edges = [*(ROOT / "boucle" / "edge").glob("*.py"), *(ROOT / "resolvers").rglob("*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in edges)
    used = re.findall(r'(?:reason=|bad_request\(|unavailable\()"([A-Z_]+)"', source)

    assert firsts(section(text, "Codes")) == [*Code]
    assert set(used) <= set(firsts(section(text, "Reasons")))


def test_decisions_are_numbered_without_a_gap_and_have_their_parts() -> None:
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert [path.name[:4] for path in found] == [f"{n:04}" for n in range(1, len(found) + 1)]
    for path in found:
        text = path.read_text(encoding="utf-8")
        heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences", "Also considered"], path.name
        assert text.startswith(f"# {path.name[:4]}. ")
