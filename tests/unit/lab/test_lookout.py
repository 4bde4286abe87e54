"""A run is told whose host is lost, and when it is back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

from benchhub.errors import ConnectionLostError
from benchhub.lab import lookout
from benchhub.lab.lookout import Lookout
from benchhub.lab.members import SILENT_S, LentDevice, Member, Survey

from .workplace import Heard

LIMIT_S = 30.0


def member(*devices: str, silent_s: float = 0.0) -> Member:
    lent = tuple(LentDevice(name, "rack", (), "host", "", "", (), 0, 0) for name in devices)
    return Member("rack", "tls://127.0.0.1:1", "1", silent_s, lent)


def survey(*members: Member) -> Survey:
    return Survey(members, {}, "")


class Views:
    """A lab at one look after the other."""

    def __init__(self, views: Sequence[Survey | Exception]) -> None:
        self._views: Iterator[Survey | Exception] = iter(views)
        self._last = views[-1]
        self.over = threading.Event()

    def look(self) -> Survey:
        view = next(self._views, None)
        if view is None:  # what was seen last has been told by now
            self.over.set()
            view = self._last
        if isinstance(view, Exception):
            raise view
        return view


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "LOOK_S", 0.001)


def watch(voices: dict[str, Heard], *views: Survey | Exception) -> None:
    seen = Views(views)
    looking = Lookout(seen.look, voices)
    try:
        assert seen.over.wait(LIMIT_S)
    finally:
        looking.close()
    assert "lookout" not in {thread.name for thread in threading.enumerate()}


def test_a_host_is_lost_and_comes_back() -> None:
    whole, half = survey(member("pi4"), member("pixel4")), survey(member("pixel4"))
    unseen = ConnectionLostError("The scheduler does not answer.")
    voices = {"pi4": Heard(), "pixel4": Heard()}
    watch(voices, whole, half, unseen, half, OSError("gone"), whole, whole)
    lost, back = "its host is lost; waiting for it.", "its host is back."
    assert voices["pi4"].troubles == [lost, back]
    assert voices["pi4"].waits == ["its host is lost; waiting for it"] * 2
    assert voices["pixel4"] == Heard()


def test_a_host_that_does_not_answer_is_lost() -> None:
    voices = {"pi4": Heard()}
    watch(voices, survey(member("pi4", silent_s=SILENT_S + 1)), survey(member("pi4")))
    assert voices["pi4"].troubles == ["its host is lost; waiting for it.", "its host is back."]


def test_a_host_that_is_lost_again_is_told_again() -> None:
    here, gone = survey(member("pi4")), survey()
    voices = {"pi4": Heard()}
    watch(voices, gone, gone, here, gone, here)
    assert voices["pi4"].troubles == ["its host is lost; waiting for it.", "its host is back."] * 2
