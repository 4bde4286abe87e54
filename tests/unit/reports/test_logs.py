from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.reports.logs import (
    FLOOR_BYTES,
    LIMIT_BYTES,
    PAGE_BYTES,
    clean,
    excerpt,
    limit_bytes,
)


def test_a_short_text_is_kept_whole() -> None:
    one = excerpt("stdout.txt", "a\nb\n")
    assert (one.head, one.cut_bytes, one.tail) == ("a\nb\n", 0, "")


def test_of_a_long_text_head_and_tail_are_kept() -> None:
    lines = "".join(f"line {i}\n" for i in range(20_000))
    one = excerpt("stdout.txt", lines)
    assert one.head.startswith("line 0\n")
    assert one.head.endswith("\n")
    assert one.tail.startswith("line ")
    assert one.tail.endswith("line 19999\n")
    assert len(one.head) + one.cut_bytes + len(one.tail) == len(lines)
    assert len(one.head) + len(one.tail) <= LIMIT_BYTES


@given(st.text(max_size=400), st.integers(min_value=8, max_value=64))
def test_excerpts_are_bounded_whatever_the_text(text: str, limit: int) -> None:
    one = excerpt("x", text, limit)
    assert len((one.head + one.tail).encode()) <= limit
    assert clean(text).startswith(one.head.rstrip("\ufffd"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("nul\x00", "nul\ufffd"),
        ("lone \ud800", "lone \ufffd"),
        ("turned \u202eabc", "turned \ufffdabc"),
        ("tab\tand \u9ebb stay", "tab\tand \u9ebb stay"),
    ],
)
def test_what_no_log_needs_is_replaced(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_many_streams_share_a_page() -> None:
    assert limit_bytes(0) == LIMIT_BYTES
    assert limit_bytes(100) == LIMIT_BYTES
    assert limit_bytes(512) * 512 <= PAGE_BYTES
    assert limit_bytes(1_000_000) == FLOOR_BYTES
