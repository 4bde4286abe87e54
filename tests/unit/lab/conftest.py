"""Tests of a lab: they need the extra."""

from __future__ import annotations

import os
from importlib.util import find_spec

# Where all rigs are required, a missing extra is an error rather than silence.
_WANTED = find_spec("distributed") or os.environ.get("BENCHHUB_REQUIRE_RIGS") == "1"
collect_ignore_glob = [] if _WANTED else ["test_*.py"]
