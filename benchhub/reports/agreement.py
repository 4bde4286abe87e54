"""How close outputs are to those of the host's CPU, in words.

Light, because a run says it as well: no import of what draws or estimates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchhub.records import Agreement, Tensor, Verify
from benchhub.reports.numbers import number

if TYPE_CHECKING:
    from benchhub.analysis.summary import CaseSummary

# Kind of the failure of a step that could not compare outputs.
NOT_VERIFIED = "verify"

# Below that many digits would be zeros.
_PLAIN = 1e-4
SHOWN_UNITS = 3


def difference(value: float | None) -> str:
    """Write a difference with three significant digits: `0.0123`, `2.98e-8`, `1.4e+20`."""
    if value is None or value == 0 or _PLAIN <= value < 1 / _PLAIN:
        return number(value)
    return re.sub(r"e([+-])0+", r"e\1", f"{value:.3g}")


def within(limits: Verify) -> str:
    """Name the limits: `max_abs 0.001`, or `max_rel 0.01`, or both."""
    told = [
        f"{name} {value:g}"
        for name, value in (("max_abs", limits.max_abs), ("max_rel", limits.max_rel))
        if value
    ]
    return " or ".join(told) or "max_abs 0"


def largest(found: Agreement) -> str:
    """Say how far off the worst element is: `2.98e-8 (1.2e-6 in proportion)`."""
    share = f" ({difference(found.max_rel)} in proportion)" if found.max_rel is not None else ""
    return f"{difference(found.max_abs)}{share}"


def meaning(found: Agreement, limits: Verify) -> str:
    """Say in a sentence whether outputs agree."""
    elements = f"{found.elements} element{'s' * (found.elements != 1)}"
    if found.outside:
        return (
            f"{found.outside} of {elements} of the outputs differ from the host's CPU by more than "
            f"{within(limits)}; largest difference {largest(found)}."
        )
    if not found.max_abs:
        return f"The outputs, {elements}, are those of the host's CPU."
    return (
        f"The outputs agree with the host's CPU within {within(limits)}; largest difference of "
        f"{elements}: {largest(found)}."
    )


def units(outputs: Sequence[Tensor]) -> str:
    """Say of quantised outputs what a step of theirs is; empty if there are none."""
    told = [
        f"{one.name} is {one.kind}, compared in real values, a step is {difference(one.scale)}"
        for one in outputs
        if one.scale and one.zero_point is not None
    ]
    more = len(told) - SHOWN_UNITS
    return "; ".join([*told[:SHOWN_UNITS], f"{more} more likewise"] if more > 0 else told)


def agreed(cases: Sequence[CaseSummary], limits: Verify | None) -> str:
    """Return a line about the cases whose outputs agree; empty if there are none.

    Args:
        cases: Those of a device.
        limits: Of the run.
    """
    right = [one.agreement for one in cases if one.agreement and not one.agreement.outside]
    if not right or limits is None:
        return ""
    worst = max(right, key=lambda found: found.max_abs or 0.0)
    several = f"outputs of {len(right)} cases agree" if len(right) > 1 else "outputs agree"
    off = f"largest difference {largest(worst)}" if worst.max_abs else "no element differs"
    return f"{several} with the host's CPU within {within(limits)}: {off}"
