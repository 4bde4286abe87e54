"""Taking a command's stream apart, however it was cut on the way."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.adb.shell import (
    EXIT,
    PACKET_LIMIT_BYTES,
    STDERR,
    STDOUT,
    Decoder,
    MarkerDecoder,
    PacketDecoder,
)
from benchhub.devices.adb.stream import NotAdbError

MARK = b"benchhub-0123456789abcdef"


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


def outputs(decoder: Decoder, chunks: list[bytes]) -> tuple[bytes, bytes, list[bytes]]:
    found: dict[int, bytearray] = {STDOUT: bytearray(), STDERR: bytearray()}
    codes = []
    for chunk in chunks:
        for kind, part in decoder.feed(chunk):
            assert part
            if kind == EXIT:
                codes.append(part)
            elif kind in found:
                found[kind] += part
    return bytes(found[STDOUT]), bytes(found[STDERR]), codes


packets = st.lists(st.tuples(st.sampled_from([STDOUT, STDERR, 5]), st.binary(max_size=40)))
cuts = st.lists(st.integers(0, 10_000), max_size=30)


@given(packets, st.integers(0, 255), cuts)
def test_v2_packets_arrive_whole_however_they_are_cut(
    sent: list[tuple[int, bytes]], code: int, places: list[int]
) -> None:
    data = b"".join(struct.pack("<BI", kind, len(part)) + part for kind, part in sent)
    data += struct.pack("<BIB", EXIT, 1, code)
    stdout, stderr, codes = outputs(PacketDecoder(), pieces(data, places))
    assert stdout == b"".join(part for kind, part in sent if kind == STDOUT)
    assert stderr == b"".join(part for kind, part in sent if kind == STDERR)
    assert codes == [bytes([code])]


def test_a_v2_packet_of_absurd_length_is_refused() -> None:
    with pytest.raises(NotAdbError, match="16777217 bytes"):
        list(PacketDecoder().feed(struct.pack("<BI", STDOUT, PACKET_LIMIT_BYTES + 1)))


@given(st.binary(max_size=100), cuts)
def test_v2_keeps_nothing_back(data: bytes, places: list[int]) -> None:
    decoder = PacketDecoder()
    list(decoder.feed(struct.pack("<BI", STDOUT, len(data) + 1)))
    for piece in pieces(data, places):
        assert b"".join(part for _, part in decoder.feed(piece)) == piece


texts = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", MARK, b"\n" + MARK, b":", b"\xff\0a"]))


@given(texts, texts, st.integers(0, 255), cuts, st.sampled_from([b"\n", b"\r\n"]))
def test_marked_output_is_exact_also_through_a_terminal(
    out: list[bytes], err: list[bytes], code: int, places: list[int], newline: bytes
) -> None:
    stdout, stderr = b"".join(out), b"".join(err)
    if b"\n" + MARK + b"\n" in stdout + b"\n" or b"\n" + MARK + b":" in stderr:
        return  # the mark is drawn at random for each command: nothing prints it
    data = b"%s\n%s\n%s\n%s\n%s:%d\n" % (MARK, stdout, MARK, stderr, MARK, code)
    data = data.replace(b"\n", newline)
    found = outputs(MarkerDecoder(MARK), pieces(data, places))
    assert found == (stdout, stderr, [bytes([code])])


def test_a_shell_that_says_something_else_is_refused() -> None:
    with pytest.raises(NotAdbError, match="not found"):
        list(MarkerDecoder(MARK).feed(b"/system/bin/sh: not found\n"))


def test_an_exit_code_that_is_none_is_refused() -> None:
    data = b"%s\n\n%s\n\n%s:300\n" % (MARK, MARK, MARK)
    with pytest.raises(NotAdbError, match="300"):
        list(MarkerDecoder(MARK).feed(data))


def test_without_its_last_line_there_is_no_exit_code() -> None:
    data = b"%s\nout\n%s\nerr\n%s:" % (MARK, MARK, MARK)
    assert outputs(MarkerDecoder(MARK), [data, b"4"]) == (b"out", b"err", [])
