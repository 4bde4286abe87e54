from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.errors import ConfigError
from benchhub.suites.document import MAX_BYTES, parse_document, read_document


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_document(text, "s.yaml")
    return str(caught.value)


def test_values_and_places() -> None:
    document = parse_document("a: 1\nb:\n  - x\n  - {c: true}\n", "s.yaml")
    assert document.data == {"a": 1, "b": ["x", {"c": True}]}
    assert document.place(("b", 1, "c")) == "s.yaml:4:6"
    assert document.place(("b", 1, "nowhere")) == "s.yaml:4:5"


def test_a_key_that_stands_twice_names_both_lines() -> None:
    assert error_of("a: 1\nb: 2\na: 3\n") == (
        "s.yaml:3:1: key 'a' stands here twice (first in line 1)."
    )


def test_broken_yaml_says_where() -> None:
    assert error_of("a: [1, 2\nb: 3\n").startswith("s.yaml:2:2: not valid YAML:")


def test_an_empty_file() -> None:
    assert error_of("# nothing\n") == "s.yaml: the file is empty."


def test_a_yaml_bomb_ends_at_a_bound() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert "too many nested or repeated parts" in error_of("\n".join(lines))


def test_a_list_that_contains_itself_ends_at_a_bound() -> None:
    assert "too many nested or repeated parts" in error_of("a: &a [*a]\n")


def test_deep_nesting_ends_at_a_bound() -> None:
    message = error_of("[" * 50_000)
    assert "nested" in message or "not valid YAML" in message


def test_no_python_objects() -> None:
    assert parse_document("a: !!python/object/apply:os.system [ls]", "s").data == {"a": ["ls"]}
    assert "cannot be read" in error_of("a: !!python/name:os.system x\n")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes("name: quick\nmodels: caf\u00e9\n".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        read_document(path, "s.yaml")
    assert str(caught.value) == "s.yaml:2: byte 0xe9 is not UTF-8. Save the file as UTF-8."


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 256 KiB"):
        read_document(path, "s.yaml")


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"s\.yaml: cannot be read: No such file or directory"):
        read_document(tmp_path / "s.yaml", "s.yaml")


@pytest.mark.parametrize(
    "value",
    [
        "!!int x",
        "!!int ''",
        "!!timestamp x",
        "!!bool maybe",
        "!!float x",
        "!!binary é",
        "2001-12-14t21:59:43-99:99",
        "0x" + "f" * 5000,
        "9" * 5000,
        "1:" * 100_000 + "1",
        "1:" * 300 + "1.5",
        "9" * 401 + ".5",
    ],
)
def test_what_is_no_value_of_its_type_is_told_in_a_short_line(value: str) -> None:
    error = error_of(f"a:\n  b: {value}\n")
    assert error.startswith("s.yaml:2:6: '")
    assert error.endswith("' cannot be read.")
    assert len(error) < 100


def test_a_long_text_is_no_number() -> None:
    assert parse_document(f"a: {'x' * 5000}", "s.yaml").data == {"a": "x" * 5000}
