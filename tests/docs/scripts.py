"""The scripts of the documentation site, which are no package."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from .pages import ROOT


def script(name: str) -> ModuleType:
    """Load a script of scripts/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
