"""Mutated copies of recorded output, and what must hold of whatever is read from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import strategies as st

from benchhub.records import Purpose, Reading

TOKENS = [
    b"nan", b"-nan", b"inf", b"1e999", b"-1", b"9" * 400, b"\x00", b"\n", b"\r\n", b", ", b"\t",
    b"=", b"(all same)", b"count=0", b"INFO: ", b"\xff\xfe", b"1_0", "\u0663".encode(),
    b"Subgraph (index: 99999999999999999999) profile:\n", b"Run Order", b"0 nodes observed\n",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, sources: list[bytes]) -> bytes:
    """One of the sources with some pieces cut, repeated, overwritten or put elsewhere."""
    data = bytearray(draw(st.sampled_from(sources)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 200))
        match draw(st.sampled_from(["cut", "drop", "repeat", "write", "insert", "digit"])):
            case "cut":
                del data[at:]
            case "drop":
                del data[at : at + size]
            case "repeat":
                data[at:at] = data[at : at + size] * draw(st.integers(1, 3))
            case "write":
                data[at : at + size] = draw(st.binary(max_size=20))
            case "insert":
                data[at:at] = draw(st.sampled_from(TOKENS))
            case "digit":
                for index in range(at, min(at + size, len(data))):
                    if chr(data[index]).isdigit():
                        data[index] = draw(st.sampled_from(b"0123456789.e-"))
    return bytes(data)


def figures(value: Any) -> Iterator[float]:
    """Yield every number anywhere in a record."""
    if is_dataclass(value):
        for part in fields(value):
            yield from figures(getattr(value, part.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from figures(part)
    elif isinstance(value, int | float):
        yield value


def check(reading: Reading, purpose: Purpose) -> None:
    assert (reading.failure is None) != (reading.latency is None)
    assert all(math.isfinite(number) and number >= 0 for number in figures(reading))
    if reading.latency is not None:
        assert reading.latency.n >= 1
        assert (reading.profile is not None) == (purpose is Purpose.PROFILE)
    if reading.failure is not None:
        assert "\n" not in reading.failure.message
        assert reading.failure.advice
    if reading.warmup is not None:
        assert reading.warmup.n >= 1
    if reading.profile is not None:
        assert reading.profile.ops
        assert [op.order for op in reading.profile.ops] == list(range(len(reading.profile.ops)))
    for finding in reading.findings:
        assert finding.meaning
        assert "\n" not in finding.evidence
