from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from benchhub.analysis.summary import summarise
from benchhub.reports.html import render_html
from benchhub.reports.unseen import seen, spelt, visible

from . import invented, spoilt

# Of Unicode Standard Annex 9: whatever gives direction to what follows.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1b[31mc\x7f", "a␀b␛[31mc␡"),
        ("one\r\ntwo\tthree\n", "one\ntwo\tthree\n"),
        ("40 %\r50 %", "40 %␍50 %"),
        ("\u202egnp.exe", "&lt;U+202E&gt;gnp.exe"),
        ("\x9b31m", "&lt;U+009B&gt;31m"),
        ("caf\udce9", "caf&lt;U+DCE9&gt;"),
        ("é 🦆 Ω 日本", "é 🦆 Ω 日本"),
    ],
)
def test_what_would_not_be_seen_is_shown(text: str, shown: str) -> None:
    assert seen(text) == visible(text) == shown


def test_right_to_left_words_are_kept_to_themselves() -> None:
    assert (
        seen("<b>\u05d2\u05df \u05d2\u05d3</b> 3 ms")
        == "<b>\u2068\u05d2\u05df \u05d2\u05d3\u2069</b> 3 ms"
    )
    assert seen('title="\u05e9\u05dd 3"') == 'title="\u2068\u05e9\u05dd\u2069 3"'


def test_plain_text_is_spelt_without_markup() -> None:
    assert spelt("a\u202eb\x07\udc80") == "a<U+202E>b␇<U+DC80>"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_nothing_unseen_is_left(text: str) -> None:
    shown = seen(str(escape(text)))
    shown.encode()
    kept = [one for one in shown if one not in "\n\t"]
    assert not [one for one in kept if unicodedata.category(one) == "Cc"]
    depth = 0
    for one in kept:
        depth += {"\u2068": 1, "\u2069": -1}.get(one, 0)
        assert depth in (0, 1)
        assert one in "\u2068\u2069" or one not in TURNING
    assert depth == 0


def test_every_text_of_a_run_can_be_hostile() -> None:
    run = spoilt.spoilt_run(invented.make_run(invented.CASES[:2], ("host",)), spoilt.evil)
    page = render_html(summarise(run), lambda one: {one.artifacts[0]: spoilt.EVIL})
    shown = str(escape(spoilt.SHOWN.replace("\u2068", "").replace("\u2069", "")))
    assert shown in page.replace("\u2068", "").replace("\u2069", "")
    assert "<script>window" not in page
    assert "<img" not in page
    page.encode()
