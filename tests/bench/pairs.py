"""
A million generated pairs against the rulebook read plainly, and the compiled loops against the rules for one pair.

No bench of time: it prints how many pairs were compared and how many differed, which must be 0. The tests do the same
for some ten thousand. Run it with ``python -m tests.bench.pairs [pairs]``.
"""

import sys
from itertools import islice

from app.matching.rules.feasible import judge
from app.matching.rules.fit import fit
from tests.matching.generated import TODAY, pairs
from tests.matching.naive import proposable
from tests.matching.test_many import MANY, Community, partners

PAIRS = 1_000_000
SEED = 3


def against_the_rulebook(many: int) -> tuple[int, int]:
    """How many pairs may be proposed by the rules, and about how many of all the plain reading says otherwise."""
    feasible = differ = 0
    for one in islice(pairs(SEED), many):
        answers = fit(one.offer.milk, one.request.wishes, today=TODAY)
        found = judge(one.offer, one.request, one.meeting, answers, today=TODAY).feasible
        against = one.meeting.blocked or one.meeting.spent
        differ += found != proposable(one.offer, one.request, one.meeting.length, today=TODAY, against=against)
        feasible += found
    return feasible, differ


def compiled(many: int) -> tuple[int, int, int]:
    """How many pairs the compiled loops looked at, how many they find feasible, and how many of them differ."""
    compared = feasible = differ = 0
    for seed in range(100, 100 + -(-many // MANY**2)):
        community = Community(seed)
        truth, given = community.pair_by_pair(), partners(community.columns(), keep=MANY)
        compared, feasible = compared + MANY**2, feasible + len(given)
        differ += sum(truth.get(pair) != given.get(pair) for pair in truth.keys() | given.keys())
    return compared, feasible, differ


def run(many: int = PAIRS) -> None:
    """Print both comparisons."""
    print("\nPairs by the rules, and by something else that must agree")
    print(f"{'':<46} {'pairs':>10} {'feasible':>10} {'differ':>7}")
    feasible, differ = against_the_rulebook(many)
    print(f"{'the rules against the rulebook read plainly':<46} {many:>10,} {feasible:>10,} {differ:>7,}")
    compared, feasible, differ = compiled(many)
    print(f"{'compiled loops against the rules, to a hundredth':<46} {compared:>10,} {feasible:>10,} {differ:>7,}")


if __name__ == "__main__":
    run(*(int(each) for each in sys.argv[1:]))
