"""How often the figures are measured: a glance in CI, in full where they are quoted."""

from __future__ import annotations

import os

FEWEST = 1


def times(full: int) -> int:
    """Return how often to measure what is measured that often in full.

    `BENCHHUB_BENCHMARK_SHARE` is the share of it, e.g. 0.25; each figure is printed with its n.
    """
    share = float(os.environ.get("BENCHHUB_BENCHMARK_SHARE", "1"))
    return max(FEWEST, round(full * share))


def warm_up(rounds: int) -> int:
    """Return how many rounds go before these and do not count; a glance has none."""
    return 1 if rounds > FEWEST else 0
