from __future__ import annotations

import inspect

from benchhub import errors


def classes() -> dict[str, type[BaseException]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, BaseException)
    }


def test_everything_is_exported_in_order() -> None:
    assert errors.__all__ == sorted(classes())


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        words = line.replace("│", " ").replace("├──", " ").replace("└──", " ").split()
        if words and words[0].endswith("Error") and len(words) > 1:
            drawn[words[0]] = int(words[1])
    real = {name: kind.exit_code for name, kind in classes().items() if hasattr(kind, "exit_code")}
    assert drawn == real


def test_a_message_and_what_to_do_next() -> None:
    assert str(errors.ModelError("m: empty.", "Copy it again.")) == "m: empty. Copy it again."
