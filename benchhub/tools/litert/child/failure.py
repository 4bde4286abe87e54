"""What ends a measurement with a message instead of figures."""

from __future__ import annotations


class MeasureError(Exception):
    """A measurement that cannot be done, in words for the person who asked for it.

    Args:
        kind: `model` (the file, or what was asked of it), `tool` (the wheel or the machine),
            `delegate` (what was asked for cannot be had) or `exit` (the model failed while it ran).
        message: What happened, one line.
        advice: What to do next; may be empty.
    """

    def __init__(self, kind: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.advice = advice

    def document(self) -> dict[str, object]:
        """Return what is written in place of figures."""
        return {"kind": self.kind, "message": self.message, "advice": self.advice}
