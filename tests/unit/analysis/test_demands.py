from __future__ import annotations

import pytest

from benchhub.analysis.demands import unmet
from benchhub.records import Budgets, Configuration, Finding, Placement, Severity

WHOLE = (Finding("delegate.full", Severity.INFO, "", "", ""),)


def missed(
    budgets: Budgets,
    placement: Placement | None,
    findings: tuple[Finding, ...] = (),
    *,
    fell_back: bool = False,
) -> list[tuple[str, str]]:
    configuration = Configuration("gpu", "gpu", 1, budgets=budgets)
    found = unmet(configuration, placement, findings, fell_back=fell_back)
    assert all(one.severity is Severity.SILENT and one.evidence for one in found)
    return [(one.id, one.meaning) for one in found]


def gpu(nodes: int | None, total: int | None, partitions: int | None) -> Placement:
    return Placement("gpu", "gpu", nodes, total, partitions, "runtime info")


UNTOLD_PIECES = (
    "It cannot be told into how many pieces the graph was cut for GPU; the suite allows 2."
)
BOTH = Budgets(min_delegated=0.9, max_partitions=2)


@pytest.mark.parametrize(
    ("placement", "findings", "expected"),
    [
        (gpu(66, 66, 1), (), []),
        (gpu(60, 66, 2), (), []),
        (
            gpu(40, 66, 3),
            (),
            [
                (
                    "budget.min_delegated",
                    "GPU ran 40 of 66 nodes, 60.6 % of the graph; the suite demands at least 90 %.",
                ),
                (
                    "budget.max_partitions",
                    "The graph was cut into 3 pieces for GPU; the suite allows 2.",
                ),
            ],
        ),
        (gpu(None, None, 1), WHOLE, []),
        (
            gpu(None, None, 2),
            (),
            [
                (
                    "budget.min_delegated",
                    "It cannot be told how many nodes ran on GPU; the suite demands at least 90 %.",
                )
            ],
        ),
        (
            None,
            (),
            [
                (
                    "budget.min_delegated",
                    "It cannot be told how many nodes ran on GPU; the suite demands at least 90 %.",
                ),
                (
                    "budget.max_partitions",
                    UNTOLD_PIECES,
                ),
            ],
        ),
    ],
)
def test_budgets(
    placement: Placement | None, findings: tuple[Finding, ...], expected: list[tuple[str, str]]
) -> None:
    assert missed(BOTH, placement, findings) == expected
    assert missed(Budgets(), placement, findings) == []


def test_a_fallback_delegates_nothing() -> None:
    fallen = Placement("gpu", "xnnpack", 66, 66, 1, "runtime info")
    assert missed(BOTH, fallen, fell_back=True) == [
        (
            "budget.min_delegated",
            "GPU ran 0 % of the graph; the suite demands at least 90 %.",
        )
    ]


def test_where_a_fallback_is_allowed_budgets_bind_the_delegate_only() -> None:
    allowed = Budgets(min_delegated=0.9, max_partitions=1, allow_fallback=True)
    fallen = Placement("gpu", "xnnpack", 66, 66, 1, "runtime info")
    assert missed(allowed, fallen, fell_back=True) == []
    assert [name for name, _ in missed(allowed, gpu(40, 66, 3))] == [
        "budget.min_delegated",
        "budget.max_partitions",
    ]
