"""A lab as text."""

from __future__ import annotations

import dataclasses
import json

from benchhub.cli.lab.table import as_data, table
from benchhub.lab.members import LentDevice, Member, Survey, _read

BOARD = LentDevice(
    name="pi4",
    host="rack",
    labels=("arm64", "rack2"),
    transport="ssh",
    yaml="name: pi4\n",
    holder="run 01AB of ann on desk (pid 7) since 14:03",
    waiting=("run 01CD of ben on laptop (pid 9)",),
    running=1,
    queued=2,
)
RACK = Member("rack", "tls://10.0.0.2:4000", "0.1.0", 0.3, (BOARD,))
LAB = Survey((RACK,), {"pixel4": 3}, "http://10.0.0.1:8787/status")


def test_who_has_what_and_what_waits() -> None:
    assert table(LAB, 120) == [
        "device  host  transport  tasks  labels         lease",
        "pi4     rack  ssh            3  @arm64 @rack2  " + BOARD.holder,
        "",
        "pi4: run 01CD of ben on laptop (pid 9) waits",
        "",
        "pixel4: 3 tasks wait, and no host lends it",
        "host rack at tls://10.0.0.2:4000 answers, 1 device, benchhub 0.1.0",
        "dashboard http://10.0.0.1:8787/status",
    ]


def test_a_host_that_does_not_answer() -> None:
    silent = dataclasses.replace(RACK, silent_s=12.4)
    lines = table(Survey((silent,), {}, ""), 120)
    assert lines[1].endswith("its host does not answer")
    assert "host rack at tls://10.0.0.2:4000 has not answered for 12 s, 1 device" in lines[-2]
    assert lines[-1] == "dashboard none"


def test_a_narrow_terminal() -> None:
    assert max(map(len, table(LAB, 60))) <= 60


def test_no_host() -> None:
    assert table(Survey((), {}, ""), 80) == ["dashboard none"]


def test_the_same_as_data() -> None:
    told = json.loads(json.dumps(as_data(LAB)))
    (host,) = told["hosts"]
    assert host["answers"] is True
    assert host["devices"][0]["waiting"] == list(BOARD.waiting)
    assert told["lost"] == {"pixel4": 3}


def test_what_a_scheduler_tells_is_read() -> None:
    device = {"name": "pi4", "labels": ["arm64"], "transport": "ssh", "yaml": "y", "holder": "",
              "waiting": []}  # fmt: skip
    host = {
        "name": "rack",
        "address": "tls://10.0.0.2:4000",
        "silent_s": 0.1,
        "described": {"version": "0.1.0", "devices": [device]},
        "holders": {"pi4": {"holder": "run 01AB", "waiting": ["run 01CD"]}},
    }
    stranger = {**host, "name": "zoo", "described": {}, "holders": {}}
    told = {
        "hosts": [stranger, host],
        "running": {"pi4": 1},
        "queued": {"pi4": 2, "gone": 1},
        "dashboard": "",
    }

    survey = _read(told)

    assert [member.name for member in survey.members] == ["rack", "zoo"]
    (pi4,) = survey.members[0].devices
    assert (pi4.holder, pi4.waiting, pi4.running, pi4.queued) == ("run 01AB", ("run 01CD",), 1, 2)
    assert survey.members[1].devices == ()
    assert survey.lost == {"gone": 1}
