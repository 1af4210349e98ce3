"""What peers do: the values towards which a merchant with little data is drawn.

Source: docs/rules/quality.md, "Peers".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from domain.merchants.quality import MetricRule, Samples

LEAST_MERCHANTS: Final = 5
LEAST_OBSERVATIONS: Final = 20
"""In all, as many as this times the fewest for which a rate of one merchant is shown."""
_PLACES: Final = 1_000


def peer_rules(rules: Sequence[MetricRule], peers: Iterable[Samples]) -> tuple[MetricRule, ...]:
    """The rules with the value of all peers together as prior, to three decimals.

    Shapes: `peers` has the samples of each merchant. A metric of fewer than 5 merchants, or of too
    few observations in all, keeps its prior; no prior leaves the range between good and bad.
    """
    known = [dict(samples) for samples in peers]
    return tuple(_with_prior(rule, known) for rule in rules)


def _with_prior(rule: MetricRule, peers: Sequence[Samples]) -> MetricRule:
    found = [s[rule.metric] for s in peers if rule.metric in s and s[rule.metric].n > 0]
    n = sum(sample.n for sample in found)
    if len(found) < LEAST_MERCHANTS or n < LEAST_OBSERVATIONS * rule.min_n:
        return rule
    value = Fraction(round(sum(s.x for s in found) / n * _PLACES), _PLACES)
    low, high = sorted((rule.good, rule.bad))
    return replace(rule, prior=min(max(value, low), high))


def rules_with(rules: Sequence[MetricRule], priors: Mapping[str, str]) -> tuple[MetricRule, ...]:
    """The rules with these priors, by the name of the metric, as a ranking model stores them."""
    return tuple(
        replace(rule, prior=Fraction(priors[rule.metric])) if rule.metric in priors else rule
        for rule in rules
    )
