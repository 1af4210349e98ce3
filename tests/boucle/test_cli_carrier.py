"""The operator's commands about accounts with carriers."""

import pytest
from click.testing import CliRunner

from boucle.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("GLS", "--secret", "client_id=a"), "client_secret is missing"),
        (("GLS", "--secret", "client_id=a", "--secret", "x=y"), "no x here"),
    ],
)
def test_secrets_of_another_shape_are_named_before_anything_is_opened(
    words: tuple[str, ...], said: str
) -> None:
    found = CliRunner().invoke(main, ["carrier", "set", *words])

    assert found.exit_code == 1
    assert said in found.output
