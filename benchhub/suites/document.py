"""Reads one YAML document with the place of every key, so that an error can point at it.

The text is hostile input: its size, depth and expanded size are bounded, duplicate keys are
errors, and only plain YAML types are made.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchhub.errors import ConfigError

MAX_BYTES = 1 << 18
MAX_NODES = 20_000  # counted with every alias written out: a "billion laughs" ends here
MAX_DEPTH = 40
# Of a number or a date; some forms of long ones take a time that grows with its square.
MAX_DIGITS = 400
_TEXTS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:binary"})
_SHOWN = 60
# What PyYAML raises for `!!int x`, `!!bool maybe` and the like is not its own error.
_UNREADABLE = (yaml.YAMLError, ValueError, OverflowError, AttributeError, LookupError)

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file.

    Attributes:
        name: The file as messages name it.
        text: Its text.
        data: Plain dicts, lists and scalars.
        places: Line and column, both from 1, of each key (for a list: of each item).
    """

    name: str
    text: str
    data: Any
    places: dict[Location, tuple[int, int]]

    def place(self, location: Location) -> str:
        """Return `file:line:column` of the innermost known part of the location."""
        while location and location not in self.places:
            location = location[:-1]
        line, column = self.places.get(location, (1, 1))
        return f"{self.name}:{line}:{column}"


def read_document(path: Path, name: str) -> Document:
    """Read and parse a YAML file.

    Args:
        path: The file.
        name: How messages name it.

    Raises:
        ConfigError: The file cannot be read, is not UTF-8, not YAML, too large, or has a key twice.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read: {error.strerror}.") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{name}: larger than {MAX_BYTES // 1024} KiB; this is no such file.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{name}:{line}: byte {raw[error.start]:#04x} is not UTF-8.", "Save the file as UTF-8."
        ) from error
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Parse YAML text; see `read_document`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError(f"{where}: not valid YAML: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {str(error).splitlines()[0]}.") from error
    except RecursionError as error:
        raise ConfigError(f"{name}: nested too deeply.") from error
    if root is None:
        raise ConfigError(f"{name}: the file is empty.")
    builder = _Builder(name)
    return Document(name, text, builder.build(root, (), 0), builder.places)


class _Builder:
    """Turns YAML nodes into plain values and notes where each key stands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[Location, tuple[int, int]] = {}
        self._nodes = 0
        self._scalars = yaml.SafeLoader("")

    def build(self, node: yaml.Node, location: Location, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ConfigError(f"{self._at(node)}: too many nested or repeated parts.")
        self.places.setdefault(location, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location, depth)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.build(item, (*location, index), depth + 1)
                for index, item in enumerate(node.value)
            ]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, location: Location, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise ConfigError(f"{self._at(key_node)}: a key has to be a word.")
            if key in values:
                first = self.places[(*location, key)][0]
                raise ConfigError(
                    f"{self._at(key_node)}: key '{key}' stands here twice (first in line {first})."
                )
            mark = key_node.start_mark
            self.places[(*location, key)] = (mark.line + 1, mark.column + 1)
            values[key] = self.build(value_node, (*location, key), depth + 1)
        return values

    def _scalar(self, node: yaml.Node) -> Hashable:
        wrong = ConfigError(f"{self._at(node)}: '{node.value[:_SHOWN]}' cannot be read.")
        if len(node.value) > MAX_DIGITS and node.tag not in _TEXTS:
            raise wrong
        try:
            value: Hashable = self._scalars.construct_object(node)
        except _UNREADABLE as error:
            raise wrong from error
        return value

    def _at(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
