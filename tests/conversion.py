"""Marks of tests that need the optional packages which make models."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

# In CI everything is there: what is missing is an error of the set-up, not a reason to skip.
_REQUIRED = os.environ.get("BENCHHUB_REQUIRE_RIGS") == "1"


def _needs(package: str, extra: str) -> pytest.MarkDecorator:
    absent = find_spec(package) is None
    assert not (absent and _REQUIRED), f"{package} is not installed: pip install -e '.[{extra}]'"
    return pytest.mark.skipif(absent, reason=f"{package} is missing: pip install -e '.[{extra}]'")


# The test process itself never imports them: it asks a job, as benchhub does.
needs_tensorflow = _needs("tensorflow", "convert")
needs_quantizer = _needs("ai_edge_quantizer", "quantize")
needs_scikit_learn = _needs("sklearn", "digits")
