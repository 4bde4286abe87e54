"""What libraries say, in one line."""

from __future__ import annotations

import re

# A message of TensorFlow may be a page.
_LONGEST = 400
# Errors in traced functions start with these words and a trace; what happened is the last line.
_TRACED = "in user code:"
# Keras says first where it was, and what happened on the next line; in bold, if it is Keras 3.
_CALLING = "Exception encountered when calling"
_BOLD = re.compile(r"\x1b\[[0-9;]*m")


def first_line(error: BaseException) -> str:
    """Return the line of an exception's text that says what happened, with a full stop."""
    text = _BOLD.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return f"{type(error).__name__}."
    line = lines[-1] if lines[0].startswith(_TRACED) else lines[0]
    for place, one in enumerate(lines[:-1]):
        if _CALLING in one:
            line = lines[place + 1]
    return f"{line[:_LONGEST].rstrip('.: ')}."
