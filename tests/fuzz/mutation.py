"""A mutator without dependencies: the same inputs for the same seed, on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from tests.fuzz.target import Target

NUMBERS = (
    b"0", b"-1", b"1e999", b"-1e999", b"nan", b"Infinity", b"9" * 5000, b"0x" + b"f" * 5000,
    b"2147483648", b"18446744073709551616", b"0.0000001", b"1_0", "\u0663".encode(),
)  # fmt: skip
ODD = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r\n", b"\x1b[31m", b"\\ud800", b"[" * 3000,
    b'{"a":' * 2000, b"- " * 2000, b" " * 3000, b"a" * 5000, b"*" * 200, b"%s%n", b"../../../etc",
    b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x00\x00\x00\x00",
    b"&a [*a]", b"!!python/object:os.system x",
)  # fmt: skip


# A time that grows with the square of the length shows in these only.
LONG_BYTES = 200_000
_REPEATED = (
    b"9", b"a", b" ", b"\t", b"\n", b"=", b"a=", b"9 ", b"a ", b"9.", b"[", b"]", b"(", b"/", b"a/",
    b"-", b".so", b"\x1b[", b": ", b"a: ", b", ", b"a, ", b"\xff", b"_", b"A_", b"*", b"{",
    b'"', b"- ", b'{"a":', b"'", b"\\", b"&a ", b"? ", b"\0", b"\x80", b"\r",
)  # fmt: skip


def overgrown(target: Target) -> Iterator[bytes]:
    """Yield long inputs of one piece over and over, alone and behind a real input."""
    real = (target.short_seeds() or [b""])[-1]
    for piece in (*_REPEATED, *(word.encode() for word in target.words)):
        repeated = (piece * (LONG_BYTES // len(piece) + 1))[:LONG_BYTES]
        yield repeated
        yield real + b"\n" + repeated


def mutants(target: Target, seed: int) -> Iterator[bytes]:
    """Yield the seeds of a target, then altered ones without end."""
    sources = target.short_seeds() or [b""]
    yield from sources
    # Nothing here is a secret.
    rng = random.Random(f"{target.name} {seed}")  # noqa: S311
    words = [word.encode() for word in target.words] or [b"name"]
    while True:
        data = bytearray(rng.choice(sources))
        for _ in range(rng.randint(1, 5)):
            _alter(data, rng, sources, words)
        yield bytes(data[: target.most_bytes * 2])


def _alter(
    data: bytearray, rng: random.Random, sources: Sequence[bytes], words: Sequence[bytes]
) -> None:
    at = rng.randint(0, len(data))
    size = int(rng.expovariate(1 / 12))
    match rng.randrange(9):
        case 0:
            del data[at : at + size]
        case 1:
            data[at:at] = data[at : at + size] * rng.choice((1, 2, 50))
        case 2 | 3:
            data[at : at + size] = rng.choice((rng.randbytes(size), rng.choice(NUMBERS)))
        case 4:
            data[at:at] = rng.choice(ODD)
        case 5:
            data[at : at + size] = rng.choice(words)
        case 6:
            other = rng.choice(sources)
            start = rng.randint(0, len(other))
            data[at:at] = other[start : start + size * 8]
        case 7:
            digits = [index for index, byte in enumerate(data) if chr(byte).isdecimal()]
            for place in rng.sample(digits, min(1, len(digits))):
                data[place : place + 1] = rng.choice(NUMBERS)
        case _:
            for place in rng.sample(range(len(data)), min(1, len(data))):
                data[place] ^= 1 << rng.randrange(8)
