"""Watches a lab while a run waits for it: says whose host is lost, and when it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from benchhub.errors import BenchhubError
from benchhub.execution.station import Voice
from benchhub.lab.members import Survey

LOOK_S = 5.0


class Lookout:
    """Looks at the lab every few seconds, from a thread of its own.

    Args:
        look: Returns the lab as it is now.
        voices: Who is told, by device.
    """

    def __init__(self, look: Callable[[], Survey], voices: Mapping[str, Voice]) -> None:
        self._look = look
        self._voices = voices
        self._missing: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lookout", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_S):
            try:
                survey = self._look()
            except (BenchhubError, OSError):
                continue  # who talks to the scheduler tells of it
            answering = [member for member in survey.members if member.answers]
            self._compare({device.name for member in answering for device in member.devices})

    def _compare(self, lent: set[str]) -> None:
        for name, voice in list(self._voices.items()):
            if name not in lent:
                voice.waiting("its host is lost; waiting for it")
                if name not in self._missing:
                    voice.trouble("its host is lost; waiting for it.")
                self._missing.add(name)
            elif name in self._missing:
                self._missing.discard(name)
                voice.trouble("its host is back.")
