"""Labels of points in a chart, each on nothing else and joined to its point where it is away."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchhub.reports.labels import Box, Dot, Line, join, place
from benchhub.reports.svg import MUTED
from benchhub.reports.unseen import spelt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL_HEIGHT = 12.5


@dataclass(frozen=True, slots=True)
class Label:
    """What is written at a point: text, role of its colour, weight, and the point."""

    text: str
    role: str
    bold: bool
    dot: Dot


def lines(axes: Axes, corners: Sequence[tuple[float, float]]) -> list[Line]:
    """Return the pieces of a line through points of the data, in pixels."""
    pixels = [axes.transData.transform(corner) for corner in corners]
    return [
        (float(x), float(y), float(to_x), float(to_y))
        for (x, y), (to_x, to_y) in itertools.pairwise(pixels)
    ]


def write(
    figure: Figure,
    labels: Sequence[Label],
    area: Box,
    avoided: Sequence[Line],
    taken: Sequence[Box],
) -> None:
    """Write labels into a figure of 72 dpi, the most important first; see `place`."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - slow to load, not always needed
    from matplotlib.transforms import IdentityTransform  # noqa: PLC0415

    boxes = place([one.dot for one in labels], area, avoided, taken)
    for label, box in zip(labels, boxes, strict=True):
        joint = join(label.dot, box)
        if joint:
            x, y, to_x, to_y = joint
            line = Line2D(
                [x, to_x],
                [y, to_y],
                transform=IdentityTransform(),
                color=MUTED,
                linewidth=0.6,
            )
            figure.add_artist(line)
        figure.text(
            box.left,
            (box.bottom + box.top) / 2,
            spelt(label.text),
            transform=IdentityTransform(),
            va="center",
            color=label.role,
            fontweight="bold" if label.bold else "normal",
        )
