"""Targets that behave as none must."""

from __future__ import annotations

import os

from tests.fuzz.target import Form, Target


def _ends(data: bytes) -> None:
    if data == b"end":
        os._exit(7)


def spins(data: bytes) -> None:
    while data:
        pass


TARGETS = (Target("ends", _ends, lambda: [b"a", b"end"], Form.LINES),)
