"""A facet is bounded, and keeps what was chosen."""

from hypothesis import given
from hypothesis import strategies as st

from resolvers.offers.search import MOST_FACET_VALUES, most_of

VALUES = st.lists(st.booleans(), min_size=30, max_size=90)


@given(VALUES)
def test_a_facet_keeps_its_order_its_first_values_and_what_was_chosen(chosen: list[bool]) -> None:
    values = [(f"v{n}", f"V {n}", 90 - n, each) for n, each in enumerate(chosen)]
    kept = most_of(values)
    assert kept == [each for each in values if each in kept]
    assert len(kept) == min(len(values), MOST_FACET_VALUES)
    assert sum(each[3] for each in kept) == min(sum(chosen), MOST_FACET_VALUES)
    others = [each for each in values if not each[3]]
    assert [each for each in kept if not each[3]] == others[: len(kept) - sum(k[3] for k in kept)]
