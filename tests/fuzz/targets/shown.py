"""A run folder of others, up to what people and programs are shown of it."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from benchhub.analysis.summary import summarise
from benchhub.errors import BenchhubError
from benchhub.exports.exporter import Exporter, find_exporter, format_names
from benchhub.reports.terminal import render_summary
from tests.fuzz.target import Form, Target
from tests.fuzz.targets.documents import WORDS, folder_seeds, folder_with


@cache
def _exporters() -> tuple[Exporter, ...]:
    return tuple(find_exporter(name) for name in format_names() if "parquet" not in name)


def _shown(data: bytes) -> None:
    with folder_with(data) as folder:
        run = folder.read()
    render_summary(summarise(run)).encode()
    for export in _exporters():
        with suppress(BenchhubError):
            export(run)


TARGETS = (Target("run_shown", _shown, folder_seeds, Form.JSON, WORDS, 0.02, 1 << 15),)
