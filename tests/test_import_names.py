"""No installed distribution brings a package of our names."""

from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

NAMES = ("boucle", "schema", "resolvers", "domain", "workers", "integrations", "models", "bench")


@pytest.mark.parametrize("name", [*NAMES, "tests"])
def test_no_installed_distribution_brings_our_name(name: str) -> None:
    assert packages_distributions().get(name, []) == []


@pytest.mark.parametrize("name", NAMES)
def test_our_folder_is_what_is_imported(name: str) -> None:
    from importlib.util import find_spec

    spec = find_spec(name)
    if name == "bench" and spec is None:
        pytest.skip("measurements are not part of an image")

    assert spec is not None
    assert Path(spec.submodule_search_locations[0]).parent == Path(__file__).parent.parent
