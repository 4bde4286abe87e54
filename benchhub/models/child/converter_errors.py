"""What TFLite's converter says, in one line and with what helps. Pure.

Its messages are pages of MLIR with the reason somewhere inside; the words that are looked for are
those of TensorFlow 2.21.
"""

from __future__ import annotations

import re

from benchhub.models.child.job import JobError
from benchhub.models.child.telling import first_line

_FLEX = re.compile(r"TF Select ops: (.+)")
_CUSTOM = re.compile(r"Custom ops: (.+)")
_UNRESOLVED = re.compile(r"unresolved custom op: *(\w+)")
_ERROR = re.compile(r"error: (?:loc\(.*\)\S* )?(.*)")
_MOST = 6

# A recurrent network with an open batch: its list of states has no static size.
_RECURRENT = "TensorListReserve"


def explained(error: BaseException) -> JobError:
    """Return what to tell of an exception of the converter."""
    text = str(error)
    if _RECURRENT in text:
        return JobError(
            "convert",
            "the converter cannot take an LSTM, GRU or RNN whose batch is open.",
            "Fix it in the source: `batch_size: 1`; or build the layer with unroll=True.",
        )
    flex, custom = _named(_FLEX, text), _named(_CUSTOM, text)
    if custom:
        return JobError(
            "convert",
            f"neither TFLite nor TensorFlow's runtime for it has the operators {custom}.",
            "Build the model without them; `custom_ops: true` keeps them for a runtime of your "
            "own that has them.",
        )
    if flex:
        double = " It computes in float64; use float32." if "xf64>" in text else ""
        return JobError(
            "convert",
            f"TFLite has no operators for {flex}.{double}",
            "Build the model without them; `select_tf_ops: true` keeps TensorFlow's operators, "
            "which LiteRT alone cannot run.",
        )
    if unresolved := _UNRESOLVED.search(text):
        return JobError(
            "convert",
            f"calibration runs the model, and nothing here can run its operator {unresolved[1]}.",
            "Leave calibrated variants out.",
        )
    return JobError("convert", f"the converter cannot do it: {_telling(error)}")


def _named(pattern: re.Pattern[str], text: str) -> str:
    """Return the operators that a message lists; a long list is cut."""
    found = pattern.search(text)
    if found is None:
        return ""
    names = sorted({name.strip() for name in found[1].split(",") if name.strip()})
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _telling(error: BaseException) -> str:
    """Return the first line that says what is wrong, with a full stop."""
    found = _ERROR.search(str(error))
    words = found[1].strip() if found else ""
    return first_line(ValueError(words) if words else error)
