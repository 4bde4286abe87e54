"""What is fuzzed: a reader of data from elsewhere, and what its inputs look like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchhub.errors import BenchhubError


class Form(StrEnum):
    """What the inputs of a target are made of, for the generators that know its grammar."""

    YAML = "yaml"
    JSON = "json"
    LINES = "lines"
    FLATBUFFER = "flatbuffer"
    PROTO = "proto"


@dataclass(frozen=True, slots=True)
class Target:
    """One reader.

    Attributes:
        name: Word on the command line.
        read: Reads one input; may raise BenchhubError and nothing else.
        seeds: Returns real inputs, the smaller the better.
        form: What they are made of.
        words: Of the format, for the dictionary.
        weight: Share of the inputs, about in proportion to how many the target reads a second.
        most_bytes: Longest input; longer seeds are left out.
    """

    name: str
    read: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    form: Form
    words: tuple[str, ...] = ()
    weight: float = 1.0
    most_bytes: int = 8192

    @property
    def module(self) -> str:
        """Where it is, for a process that loads nothing else."""
        return self.read.__module__

    def short_seeds(self) -> list[bytes]:
        """Return the seeds that are short enough, shortest first, each once."""
        found = {seed for seed in self.seeds() if len(seed) <= self.most_bytes}
        return sorted(found, key=lambda seed: (len(seed), seed))

    def problem(self, data: bytes) -> Exception | None:
        """Read an input; return what was raised although it must not be."""
        try:
            self.read(data)
        except BenchhubError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever else comes out is the finding
            return error
        return None
