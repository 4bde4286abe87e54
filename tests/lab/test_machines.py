"""Scheduler and hosts as processes: who may join, what is lost and comes back, what is said.

One lab for all of them, in this order: each start of a process costs seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed.comm import connect as engine_connect

from benchhub.errors import BenchhubError, TransportError
from benchhub.lab.calls import Calls
from benchhub.lab.certs import make
from benchhub.lab.members import connect
from benchhub.lab.security import security_of

from ..end_to_end.conftest import Ended, Shop
from ..rigs.process_tree import rig_folder, wait_until
from .machines import PATIENCE_S, Ground

HOST = {"transport": "host", "labels": ["rack2"]}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with rig_folder() as folder, Ground(folder) as ground:
        ground.host("one", {"board": HOST, "phone": {"transport": "host"}})
        ground.host("two", {"tablet": HOST})
        ground.start()
        yield ground


def status(ground: Ground, *words: str) -> Ended:
    return Shop(ground.folder).call("lab", "status", *words, **ground.env)


def test_status_shows_devices_and_hosts(ground: Ground) -> None:
    shown = status(ground)

    assert shown.code == 0, shown.err
    lines = [line.split() for line in shown.out.splitlines()]
    assert lines[0] == ["device", "host", "transport", "tasks", "labels", "lease"]
    assert lines[1] == ["board", "one", "host", "–", "@rack2", "free"]
    assert lines[2] == ["phone", "one", "host", "–", "–", "free"]
    assert lines[3] == ["tablet", "two", "host", "–", "@rack2", "free"]
    told = json.loads(status(ground, "--json").out)
    assert [host["name"] for host in told["hosts"]] == ["one", "two"]
    assert all(host["answers"] for host in told["hosts"])
    assert told["dashboard"] is None


def test_the_scheduler_keeps_nothing_of_a_task_that_ended(ground: Ground) -> None:
    def kept() -> int:
        import gc  # noqa: PLC0415 - runs in the scheduler's process

        gc.collect()
        return sum(type(one).__name__ in ("TaskGroup", "TaskState") for one in gc.get_objects())

    with connect(ground.address, security_of(ground.tls, "controller")) as client:
        before = client.run_on_scheduler(kept)
        for _ in range(50):
            client.submit(abs, -1, pure=False, resources={"board": 1}).result()
        after = client.run_on_scheduler(kept)

    assert after - before < 10


def test_a_task_that_the_engine_forgot_is_asked_for_again(ground: Ground) -> None:
    told: list[str] = []
    security = security_of(ground.tls, "controller")
    calls = Calls(lambda: connect(ground.address, security), PATIENCE_S, told.append)
    first = calls.client

    def forget() -> None:
        # As when it loses the scheduler while another thread hands in a task.
        wait_until(lambda: bool(first.futures), "a task is handed in", PATIENCE_S)
        first.futures.clear()

    forgetting = threading.Thread(target=forget)
    forgetting.start()
    try:
        calls.ask("board", threading.Event(), time.sleep, 0.5)
    finally:
        forgetting.join()
        calls.close()

    assert calls.client is not first
    assert told == [
        "The scheduler of the lab is lost; trying again.",
        "The scheduler of the lab is back; going on.",
    ]


def test_the_scheduler_tells_who_joined(ground: Ground) -> None:
    joined = re.findall(r"^host (\w+) at tls://127\.0\.0\.1:\d+ joined with (.+)$",
                        ground.scheduler.log, re.MULTILINE)  # fmt: skip
    assert sorted(joined) == [("one", "board, phone"), ("two", "tablet")]


def test_plaintext_gets_no_answer(ground: Ground) -> None:
    async def knock() -> None:
        await engine_connect(ground.address.replace("tls", "tcp"), timeout=20)

    with pytest.raises(OSError, match="Timed out|closed"):
        asyncio.run(asyncio.wait_for(knock(), 60))
    ground.scheduler.wait_for("TLS handshake failed")


@pytest.mark.parametrize("trusting", [False, True], ids=["stranger", "knows our authority"])
def test_certificates_of_another_lab_are_refused(
    ground: Ground, tmp_path: Path, *, trusting: bool
) -> None:
    make(tmp_path, (), 30, renewing=False)
    security = security_of(tmp_path, "controller")
    if trusting:
        security.tls_ca_file = str(ground.tls / "ca.pem")

    with pytest.raises(TransportError) as caught:
        connect(ground.address, security, 20)

    assert caught.value.message.startswith(f"{ground.address}: the TLS handshake failed")


def test_a_controller_cannot_be_a_host(ground: Ground, tmp_path: Path) -> None:
    tls = tmp_path / "tls"
    shutil.copytree(ground.tls, tls)
    for kind in ("", "-key"):
        shutil.copy(tls / f"controller{kind}.pem", tls / f"host{kind}.pem")
    with pytest.raises(BenchhubError, match=r"host\.pem: may not be used by a host"):
        security_of(tls, "host")


def test_a_device_is_lent_by_one_host(ground: Ground) -> None:
    third = ground.host("three", {"tablet": HOST}).start()

    assert third.ended() == 2
    assert "tablet: the host two (tls://" in third.log
    assert "lends a device of this name already" in third.log


def test_a_name_is_had_by_one_host(ground: Ground) -> None:
    other = ground.host("other", {"watch": HOST})
    other.words[other.words.index("other")] = "two"

    assert other.start().ended() == 2
    assert "two: a host of this name is in the lab already" in other.log


def test_a_workspace_has_one_host(ground: Ground) -> None:
    one = ground.one("one")
    second = ground.machine("second host", one.root, [*one.words, "--name", "second"])

    assert second.start().ended() == 2
    assert f"a host (pid {one.pid}) lends devices of this workspace already" in second.log
    assert one.runs


def test_the_port_is_taken(ground: Ground) -> None:
    second = ground.machine("second", ground.scheduler.root, ground.scheduler.words)

    assert second.start().ended() == 2
    assert second.log.startswith(f"{ground.address}: the port is taken.")
    assert "Traceback" not in second.log


def test_the_dashboard_is_where_its_link_says(ground: Ground) -> None:
    words = ["lab", "scheduler", "--listen", "tls://127.0.0.1:0", "--dashboard", "127.0.0.1:0"]
    other = ground.machine("other scheduler", ground.scheduler.root, words)

    other.start("dashboard at ")

    (link,) = re.findall(r"dashboard at (http://127\.0\.0\.1:\d+/status)", other.log)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(link) as page:
        assert b"<title>" in page.read()
    assert other.end() == 0
    assert "Traceback" not in other.log


def test_a_host_that_is_killed_is_gone_and_may_come_back(ground: Ground) -> None:
    two = ground.one("two")

    two.kill()

    ground.wait_for_hosts("one")
    assert re.search(r"^host two at \S+ is gone$", ground.scheduler.log, re.MULTILINE)
    two.start("two lends tablet")
    ground.wait_for_hosts("one", "two")


def test_a_host_that_stands_still_keeps_nobody_waiting(ground: Ground) -> None:
    two = ground.one("two")

    two.stop()

    ground.wait_until(
        lambda found: not all(member.answers for member in found.members), "two is silent"
    )
    shown = status(ground)
    assert (shown.code == 3 and "two (tls://" in shown.err) or "two" not in shown.out
    ground.wait_for_hosts("one")
    two.cont()
    two.wait_for("two again at")
    ground.wait_for_hosts("one", "two")


def test_a_host_that_finds_no_scheduler_can_be_ended(ground: Ground) -> None:
    lonely = ground.host("lonely", {"lamp": HOST}, BENCHHUB_LAB="tls://127.0.0.1:9")

    lonely.start("tls://127.0.0.1:9: no scheduler answers. Trying again.")

    assert lonely.end() == 0
    assert "Traceback" not in lonely.log


def test_hosts_come_back_to_a_scheduler_that_is_started_again(ground: Ground) -> None:
    one = ground.one("one")

    ground.scheduler.kill()
    one.wait_for("is lost: what is being measured goes on")
    ground.scheduler.start("scheduler at")

    one.wait_for("one again at")
    ground.wait_for_hosts("one", "two")
    assert one.log.count("is lost") == 1
    assert one.log.count("again") == 1


def test_signals_end_both_cleanly(ground: Ground) -> None:
    one = ground.one("one")

    assert one.end() == 0
    assert one.log.splitlines()[-1] == "one leaves the lab"
    ground.wait_for_hosts("two")
    assert ground.scheduler.end(signal.SIGINT) == 130
    for machine in ground.machines:
        assert "Traceback" not in machine.log, machine.log
