"""What the table of faults is made of."""

from __future__ import annotations

from ..fault_docs import BEGIN, END, page, table
from ..fault_table import KINDS, PLACES, Case, matrix

CUT = Case("link cut: in the middle of a push", "ssh")
DAMAGED = Case("index: damaged", "SQLite")


def test_a_fault_is_a_row_and_a_place_a_column() -> None:
    other = Case(CUT.fault, "adb direct")
    head, rows = matrix({DAMAGED: "skipped", other: "failed", CUT: "passed"})
    assert head == ("fault", "ssh", "adb direct", "SQLite")
    assert rows == [
        (CUT.fault, "passed", "failed", ""),
        (DAMAGED.fault, "", "", "skipped"),
    ]


def test_faults_are_in_the_order_of_their_kinds() -> None:
    cases = {Case(f"{kind}: somehow", PLACES[0]): "passed" for kind in reversed(KINDS)}
    _, rows = matrix(cases)
    assert [row[0].partition(":")[0] for row in rows] == list(KINDS)


def test_the_table_replaces_the_one_that_is_there() -> None:
    text = f"# Faults\n\n{BEGIN}\nold\n{END}the end\n"
    made = page(text, {CUT, DAMAGED})
    assert made == f"# Faults\n\n{BEGIN}\n{table({CUT, DAMAGED})}\n{END}the end\n"
    assert made.count("✓") == 2
    assert page(made, {CUT, DAMAGED}) == made
