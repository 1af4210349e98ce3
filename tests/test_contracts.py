"""Each import contract is broken by an import that it forbids, so that none is asleep."""

import configparser
import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "Imports point down": ("domain/markets/__init__.py", "import models"),
    "Shapes touch no table and no network": ("schema/common.py", "import integrations"),
    "Workers do not call use cases": ("workers/runtime.py", "import resolvers"),
    "Integrations know no table": ("integrations/http.py", "import models.base"),
    "The engine knows nothing of the marketplace": (
        "boucle/graphql/reference.py",
        "import domain.money",
    ),
    "A later area may use an earlier one, never the reverse": (
        "domain/markets/__init__.py",
        "import domain.offers",
    ),
}
RUN = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The packages without their tables of data, and the contracts."""
    target = tmp_path_factory.mktemp("tree")
    config = _contracts()
    for name in config["importlinter"]["root_packages"].split():
        for source in (ROOT / name).rglob("*.py"):
            place = target / source.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
    shutil.copy(ROOT / ".importlinter", target)
    return target


def _contracts() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    return config


def _states(folder: Path) -> dict[str, str]:
    """KEPT or BROKEN, by contract."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip().rpartition(" ") for line in io.StringIO(done.stdout)]
    states = {name: state for name, _, state in lines if state in {"KEPT", "BROKEN"}}
    assert states, done.stdout + done.stderr
    return states


def test_every_contract_is_kept(copied: Path) -> None:
    assert _states(copied) == dict.fromkeys(FORBIDDEN, "KEPT")


def test_every_contract_has_its_counterexample() -> None:
    config = _contracts()
    sections = [name for name in config.sections() if name.startswith("importlinter:contract")]

    assert {config[name]["name"] for name in sections} == set(FORBIDDEN)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_forbidden_import_breaks_its_contract(copied: Path, name: str) -> None:
    path, line = FORBIDDEN[name]
    module = copied / path
    before = module.read_text() if module.exists() else None
    module.write_text(f"{before or ''}\n{line}\n")
    try:
        assert _states(copied)[name] == "BROKEN"
    finally:
        if before is None:
            module.unlink()
        else:
            module.write_text(before)
