"""What libraries say, in one line."""

from __future__ import annotations

# A message of TensorFlow may be a page.
_LONGEST = 400
# Errors in traced functions start with these words and a trace; what happened is the last line.
_TRACED = "in user code:"


def first_line(error: BaseException) -> str:
    """Return the line of an exception's text that says what happened, with a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return f"{type(error).__name__}."
    line = lines[-1] if lines[0].startswith(_TRACED) else lines[0]
    return f"{line[:_LONGEST].rstrip('.: ')}."
