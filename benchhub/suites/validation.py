"""Checks a YAML document against a pydantic model and says what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from benchhub.errors import ConfigError
from benchhub.suites.document import Document, Location

T = TypeVar("T", bound=BaseModel)

# Names are parts of case ids, paths and command lines.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"


class Strict(BaseModel):
    """A part of a YAML file: unknown keys and values of another type are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def validate(document: Document, model: type[T]) -> T:
    """Return the document as that model.

    Raises:
        ConfigError: One line for each mistake, with file, line, column and the key meant.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        lines = [_explain(document, model, detail) for detail in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from error


def did_you_mean(word: str, known: list[str]) -> str:
    """Return `; did you mean 'x'?`, or the words that are known if none is close."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else f" (known: {', '.join(known)})"


def _explain(document: Document, model: type[BaseModel], detail: ErrorDetails) -> str:
    location = _without_tags(document, detail["loc"])
    if detail["type"].startswith("union_tag"):
        return _explain_tag(document, location, detail)
    where = document.place(location)
    key = next((str(part) for part in reversed(location) if isinstance(part, str)), "")
    inside = _inside(document, location[:-1])
    match detail["type"]:
        case "extra_forbidden":
            known = sorted(_fields(model, detail["loc"][:-1]))
            return f"{where}: unknown key '{key}'{inside}{did_you_mean(key, known)}"
        case "missing":
            return f"{where}: key '{key}' is missing{inside}"
        case "literal_error":
            given = str(detail["input"])
            known = [part.strip("' ") for part in _expected(detail).replace(" or ", ",").split(",")]
            return f"{where}: '{key}' cannot be '{given}'{inside}{did_you_mean(given, known)}"
        case "value_error":
            return f"{where}: {detail['ctx']['error']}"
        case _:
            return f"{where}: {_wanted(key, detail, inside)}"


def _wanted(key: str, detail: ErrorDetails, inside: str) -> str:
    """Say what a value has to be."""
    shown = _shown(detail["input"])
    context = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch" and context.get("pattern") == NAME_PATTERN:
        wanted = "letters, digits and . _ + - can be used, a letter or digit first"
        return f"'{key}' cannot be {shown}{inside}; {wanted}"
    wanted = detail["msg"].replace("Input should be", "has to be", 1)
    subject = f"'{key}' " if key else "the document "
    return f"{subject}{wanted}, not {shown}{inside}"


def _explain_tag(document: Document, location: Location, detail: ErrorDetails) -> str:
    """Explain a key that chooses the kind of its mapping, e.g. `delegate`."""
    context = detail["ctx"]
    key = str(context["discriminator"]).strip("'")
    inside = _inside(document, location)
    if detail["type"] == "union_tag_not_found":
        return f"{document.place(location)}: key '{key}' is missing{inside}"
    given = str(context["tag"])
    known = [part.strip("' ") for part in str(context["expected_tags"]).split(",")]
    where = document.place((*location, key))
    return f"{where}: '{key}' cannot be '{given}'{inside}{did_you_mean(given, known)}"


def _without_tags(document: Document, location: Location) -> Location:
    """Leave out what pydantic puts into a location for the chosen member of a union."""
    data: Any = document.data
    kept: list[str | int] = []
    for part in location:
        if isinstance(data, dict) and part not in data and part in data.values():
            continue
        kept.append(part)
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
    return tuple(kept)


def _expected(detail: ErrorDetails) -> str:
    return str(detail.get("ctx", {}).get("expected", ""))


def _shown(value: Any) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return repr(value)[:60]


def _inside(document: Document, location: Location) -> str:
    """Name the closest list item with a name: ` in configuration 'cpu'`."""
    data, found = document.data, ""
    for index, part in enumerate(location):
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(part, int) and isinstance(data, dict) and index:
            kind = str(location[index - 1]).removesuffix("s")
            name = data.get("name")
            found = f" in {kind} '{name}'" if isinstance(name, str) else f" in {kind} {part + 1}"
    return found


def _fields(model: type[BaseModel], location: Location) -> set[str]:
    """Return the keys that the model at that location knows."""
    current: Any = model
    for part in location:
        if isinstance(part, int):
            continue  # the item type of a list was already reached with its key
        for candidate in _models(current):
            if part in candidate.model_fields:
                current = candidate.model_fields[part].annotation
                break
            if any(part in get_args(field.annotation) for field in candidate.model_fields.values()):
                current = candidate  # the tag of a union: a key with that one value
                break
    inner = next(_models(current), None)
    fields = inner.model_fields if inner else {}
    return {field.alias or name for name, field in fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the pydantic models inside an annotation such as list[Entry] or Entry | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for argument in get_args(annotation):
            yield from _models(argument)
