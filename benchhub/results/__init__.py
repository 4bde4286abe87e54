"""Results: run folders (the truth), the index made from them, and data frames.

from benchhub.results import open_run, invocations_frame, ops_frame
run = open_run(Path(".benchhub/runs/01JD3Q8K"))
invocations_frame([run]), ops_frame([run])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchhub.results.frames import invocations_frame, ops_frame
    from benchhub.results.store import open_run

__all__ = ["invocations_frame", "open_run", "ops_frame"]


def __getattr__(name: str) -> Any:
    """Load on first use: the command line must not pay for pandas."""
    if name not in __all__:
        raise AttributeError(name)
    from benchhub.results import frames, store  # noqa: PLC0415 - lazy on purpose

    return getattr(store if name == "open_run" else frames, name)
