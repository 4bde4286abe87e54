"""Inputs that keep the grammar of their format and break what it means, for Hypothesis."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.fuzz.target import Form, Target

_NUMBERS = ("0", "-1", "-0.0", "1e999", "-1e999", "9" * 5000, "1e308", "0.5", "2147483648",
            "18446744073709551616")  # fmt: skip
_COMMON = (
    *_NUMBERS, "true", "null", '""', "[]", "{}", '"\\ud800"', '"\\u0000"', '"../../etc"', '"/"',
    '"**"',
    '"a\\nb"', "[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300, '"' + "x" * 5000 + '"',
    "[[1,2],[3]]", '{"":{}}', '"nan"', '"\u202e\u0663"',
)  # fmt: skip
_OF_JSON = (*_COMMON, "NaN", "Infinity", "-Infinity", '{"a":1,"a":2}', "[" * 90_000)
_OF_YAML = (
    *_COMMON, ".nan", ".inf", "0x" + "f" * 5000, "1:1:1", "1:" * 300 + "1", "0o7", "0b101", "1_000",
    "2026-13-45", "2001-01-01", "2001-12-14t21:59:43.10-99:99", "!!binary x", "!!binary aGVsbG8=",
    "!!python/object:os.system x", "!!set {a}", "!!omap [a: 1]", "!!timestamp x", "!!int x",
    "!!float x",
    "!!null x", "&a [*a]", "*none", "{? [a]: b}", "{<<: {a: 1}}", "~", "!!str 1", "!!bool maybe",
    "&a [1,1,1,1,1,1,1,1,1], &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]", "'\\0'", '"\\0\\x85\\u2028"',
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
)  # fmt: skip
_DIGITS = re.compile(rb"[0-9]+(?:\.[0-9]+)?")
_WORDS = (0, 1, 2, 4, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC, 1 << 28)
# A number of an edit is a place modulo the places that there are.
_PLACE = st.integers(0, 1 << 16)
_MOST_EDITS = 5
# Lines that were repeated are not repeated again beyond that.
_LONGEST = 1 << 16


class _Raw:
    """Text that stands in a rendered document as it is."""

    def __init__(self, text: str) -> None:
        self.text = text


def inputs(target: Target) -> st.SearchStrategy[bytes]:
    """Return the strategy for the inputs of a target."""
    return _of_form(target).map(lambda data: data[: 2 * target.most_bytes])


def _of_form(target: Target) -> st.SearchStrategy[bytes]:
    seeds = target.short_seeds() or [b""]
    match target.form:
        case Form.YAML:
            return _documents(list(_parsed(seeds, yaml.safe_load)), _OF_YAML, target.words)
        case Form.JSON:
            return _documents(list(_parsed(seeds, json.loads)), _OF_JSON, target.words)
        case Form.LINES:
            return _lines(seeds, target.words)
        case Form.FLATBUFFER:
            return _overwritten(seeds)
        case Form.PROTO:
            return _overwritten(seeds) | _messages()


def _parsed(seeds: Sequence[bytes], parse: Callable[[str], Any]) -> Iterator[tuple[bytes, Any]]:
    """Yield seeds as trees; one of several parts keeps what stands before its document."""
    for seed in seeds:
        head, separator, body = seed.rpartition(b"==> ")
        line, _, body = body.partition(b"\n") if separator else (b"", b"", body)
        try:
            tree = parse(body.decode())
        except (ValueError, yaml.YAMLError):
            continue
        if isinstance(tree, dict | list):
            yield (head + separator + line + b"\n" if separator else b""), tree


def _documents(
    trees: list[tuple[bytes, Any]], odd: Sequence[str], words: Sequence[str]
) -> st.SearchStrategy[bytes]:
    quoted = [json.dumps(word) for word in words] or ['"name"']
    scalar = st.sampled_from(odd).map(_Raw) | st.sampled_from(quoted).map(_Raw) | _scalars()
    made = st.recursive(
        scalar,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(words or ("name",)) | st.text(max_size=5), inner)
        ),
        max_leaves=12,
    )
    edit = st.tuples(
        st.sampled_from(["put", "drop", "swap", "name"]), _PLACE, _PLACE, scalar | made
    )
    grown = st.builds(
        _edited, st.sampled_from(trees or [(b"", {})]), st.lists(edit, max_size=_MOST_EDITS)
    )
    return grown | made.map(lambda tree: "".join(_render(tree)).encode("utf-8", "replace"))


def _scalars() -> st.SearchStrategy[Any]:
    texts = st.text(max_size=20, alphabet=st.characters(codec=None))
    return texts | st.integers() | st.floats() | st.booleans() | st.none()


def _edited(seed: tuple[bytes, Any], edits: Sequence[tuple[str, int, int, Any]]) -> bytes:
    head, tree = seed
    tree = json.loads(json.dumps(tree, default=str))
    for what, first, second, value in edits:
        places = list(_places(tree))
        if not places:
            break
        inside, key = places[first % len(places)]
        if what == "put":
            inside[key] = value
        elif what == "swap":
            other, name = places[second % len(places)]
            inside[key] = _Raw("".join(_render(other[name])))
        elif what == "drop":
            del inside[key]
        elif isinstance(inside, dict):
            inside[f"{key}{second % 3 or ''}x"] = inside.pop(key)
    return head + "".join(_render(tree)).encode("utf-8", "replace")


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(items):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _render(tree: Any) -> Iterator[str]:
    if isinstance(tree, _Raw):
        yield tree.text
    elif isinstance(tree, dict):
        inside = (f"{json.dumps(str(key))}: {''.join(_render(tree[key]))}" for key in tree)
        yield "{" + ", ".join(inside) + "}"
    elif isinstance(tree, list):
        yield "[" + ", ".join("".join(_render(item)) for item in tree) + "]"
    else:
        yield json.dumps(tree)


def _lines(seeds: Sequence[bytes], words: Sequence[str]) -> st.SearchStrategy[bytes]:
    pieces = [word.encode() for word in words] or [b"x"]
    odd = [number.encode() for number in _NUMBERS] + [b"nan", b"", b"\xff", b"\0", b"-", b"1.2.3"]
    piece = st.sampled_from(pieces) | st.sampled_from(odd) | st.binary(max_size=12)
    long = st.builds(lambda one, n: one * n, piece, st.sampled_from([1, 1, 2, 30, 1000]))
    kinds = st.sampled_from(["number", "drop", "repeat", "swap", "cut", "line", "inside"])
    edits = st.lists(st.tuples(kinds, _PLACE, _PLACE, long), max_size=_MOST_EDITS)
    return st.builds(_relined, st.sampled_from(seeds), edits)


def _relined(seed: bytes, edits: Sequence[tuple[str, int, int, bytes]]) -> bytes:
    lines = seed.split(b"\n")
    for what, first, second, piece in edits:
        if sum(map(len, lines)) > _LONGEST:
            break
        at, other = first % len(lines), second % len(lines)
        line = lines[at]
        match what:
            case "number":
                found = list(_DIGITS.finditer(line))
                if found:
                    start, end = found[second % len(found)].span()
                    lines[at] = line[:start] + piece + line[end:]
            case "drop" if len(lines) > 1:
                del lines[at]
            case "repeat":
                lines[at:at] = [line] * (second % 40)
            case "swap":
                lines[at], lines[other] = lines[other], line
            case "cut":
                lines[at] = line[: second % (len(line) + 1)]
            case "line":
                lines.insert(at, piece)
            case _:
                place = second % (len(line) + 1)
                lines[at] = line[:place] + piece + line[place:]
    return b"\n".join(lines)


def _overwritten(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Offsets, lengths and numbers of a file replaced, mostly where such a number can stand."""
    kinds = st.sampled_from(["I", "H", "B", "q", "move", "cut"])
    edit = st.tuples(kinds, _PLACE, st.sampled_from(_WORDS) | _PLACE)
    return st.builds(
        _rewritten, st.sampled_from(seeds), st.lists(edit, min_size=1, max_size=_MOST_EDITS)
    )


def _rewritten(seed: bytes, edits: Sequence[tuple[str, int, int]]) -> bytes:
    data = bytearray(seed)
    for kind, place, number in edits:
        if len(data) < 16:
            break
        if kind == "cut":
            del data[place % len(data) :]
        elif kind == "move":
            source = number % (len(data) - 8) & ~3
            at = place % (len(data) - 8) & ~3
            data[at : at + 4] = data[source : source + 4]
        else:
            layout = struct.Struct("<" + kind)
            at = place % (len(data) - 8) // layout.size * layout.size
            value = number % (1 << 8 * layout.size - (kind == "q"))
            layout.pack_into(data, at, value)
    return bytes(data)


def _messages() -> st.SearchStrategy[bytes]:
    """Protocol buffers of any shape: https://protobuf.dev/programming-guides/encoding/."""
    number = st.sampled_from((0, 1, 127, 1 << 31, (1 << 63) - 1, (1 << 64) - 1)) | st.integers(
        0, 300
    )
    tag = st.integers(1, 20)
    plain = st.one_of(
        st.builds(lambda field, value: _varint(field << 3) + _varint(value), tag, number),
        st.builds(lambda field, value: _varint(field << 3 | 5) + value, tag, _exactly(4)),
        st.builds(lambda field, value: _varint(field << 3 | 1) + value, tag, _exactly(8)),
        st.builds(_delimited, tag, st.binary(max_size=20)),
    )
    fields = st.recursive(
        plain,
        lambda inner: st.builds(_delimited, tag, st.lists(inner, max_size=5).map(b"".join)),
        max_leaves=20,
    )
    return st.lists(fields, max_size=8).map(b"".join)


def _exactly(size: int) -> st.SearchStrategy[bytes]:
    doubles = [
        struct.pack("<d", value)[-size:] for value in (float("nan"), float("inf"), -1.0, 1e300)
    ]
    return st.binary(min_size=size, max_size=size) | st.sampled_from(doubles)


def _delimited(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
