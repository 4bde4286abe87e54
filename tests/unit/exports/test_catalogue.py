"""The list of formats is the list of what is installed."""

from __future__ import annotations

import pytest

from benchhub.errors import UsageError
from benchhub.exports.catalogue import CATALOGUE
from benchhub.exports.exporter import find_exporter, format_names

from ..comparisons import comparison_run, slower
from ..reports.invented import small_run
from .altered import night


def test_every_format_is_listed() -> None:
    assert set(CATALOGUE) == set(format_names())
    assert len({one.file for one in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_the_list_says_which_take_several_runs(name: str) -> None:
    runs = night(small_run(), 1, 1.0), night(small_run(), 2, 1.0)
    if CATALOGUE[name].several:
        assert find_exporter(name)(*runs).text
        return
    with pytest.raises(UsageError, match="one run, 2 were named"):
        find_exporter(name)(*runs)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_format_writes_a_run(name: str) -> None:
    verdicts = "verdicts" in CATALOGUE[name].reader
    made = find_exporter(name)(comparison_run(slower()) if verdicts else small_run())
    end = "\n" if isinstance(made.text, str) else b"PAR1"
    assert made.text[-len(end) :] == end
