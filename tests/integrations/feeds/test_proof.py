"""The faster ways of reading say what the careful one says, over files with many faults."""

import pytest

from tests.integrations.feeds.proof import missing, proved

FILES = 60  # a seed; `make feeds-proof COUNT=10000` tries more


@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_columns_records_and_remembered_lines_say_the_same_of_every_file(tmp_path, seed):
    tally = proved(seed, range(FILES), tmp_path)

    assert tally.failures == []
    assert missing(tally) == []
    assert len(tally.faults) > 20
    assert len(tally.codes) > 10
