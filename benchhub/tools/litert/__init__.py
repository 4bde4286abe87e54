"""The embedded tool: drives the LiteRT C library inside the ai-edge-litert wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchhub.tools.litert.tool import LiteRtTool

__all__ = ["LiteRtTool"]


def __getattr__(name: str) -> object:
    """Load the tool when it is asked for: the measuring child imports this package as well."""
    if name != "LiteRtTool":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from benchhub.tools.litert.tool import LiteRtTool  # noqa: PLC0415

    return LiteRtTool
