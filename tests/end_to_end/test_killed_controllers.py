"""A controller that is killed with SIGKILL at each stage of a run, on each kind of device.

It dies by its own hand at a known point of its work, so that nothing here depends on time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.process_tree import rig_folder
from ..rigs.sshd_device import Sshd
from .conftest import Shop
from .controllers import Controllers, Death, controllers
from .fleet import PLACES, Fleet, Station, fake_tool, processing, suite, wait_for, writable_by_all
from .invariants import clean, governors, parts, records, run_ids, whole
from .this_machine import ThisMachine

pytestmark = pytest.mark.rig("sshd", "adbd", "adb", "benchmark_model")

SIGKILL = -9
STEPS = 2
PERFORMANCE = "conditions: {governor: performance}\n"
# A file in the tool's working folder holds it.
HELD = '[ ! -e held ] || sleep 141.37; exec "$real" "$@"'

ATTACHMENT, INVOCATION = "benchhub.execution.attachment", "benchhub.execution.invocation"
HALF_A_PUSH = {
    "host": Death("call", "benchhub.devices.host:shutil.copyfile", after=True),
    "ssh": Death("call", "benchhub.devices.ssh.link:SshLink._read", turn=2),
    "adb direct": Death("call", "benchhub.devices.adb.sync:_batch", turn=2),
    "adb server": Death("call", "benchhub.devices.adb.sync:_batch", turn=2),
}
TOOL_RUNS = "measuring, the tool runs"
# So the folder of an invocation ends.
STEP = "-good.int8.xnnpack.t1@benchmark_model"
# How many records are there when it dies, and where.
STAGES = {
    "staging, the device is leased": (0, Death("call", f"{ATTACHMENT}:acquire", after=True)),
    "staging, a file is half pushed": (0, None),
    "staging, the governor is set": (0, Death("call", f"{ATTACHMENT}:apply", after=True)),
    TOOL_RUNS: (0, None),
    "measuring, the tool has ended": (0, Death("call", f"{INVOCATION}:_pull")),
    "storing, half a record is written": (1, Death("half", "invocation.json", turn=2)),
    "storing, the last record is there": (2, Death("replace", STEP, 2, after=True)),
}
CASES = [
    (place, stage)
    for place in ("host", *PLACES)
    for stage in STAGES
    if "governor" not in stage or place.startswith("adb")
]
BEGIN = "benchhub.execution.session:create_run_folder"
EMPTY = {
    "planning, the run folder is empty": Death("call", BEGIN, after=True),
    "planning, half the plan is written": Death("half", "plan.json"),
}
# Here no device has anything to do with it.
BESIDE = {
    "planning, the plan is there and nothing else": Death("replace", "plan.json", after=True),
    "storing, the end is half written": Death("half", "run.json"),
    "reporting, the page has no name yet": Death("replace", ".html"),
}


@pytest.fixture(scope="module")
def killers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controllers]:
    with controllers(tmp_path_factory.mktemp("controllers")) as server:
        yield server


@pytest.fixture(scope="module")
def station(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, adb_key: Path
) -> Iterator[Station]:
    """One device for all stages: staged files stay, everything else has to be gone."""
    shop = Shop(tmp_path_factory.mktemp("killed") / "a workspace")
    shop.root.mkdir()
    assert shop.call("init").code == 0
    with ExitStack() as stack:
        made = switched_on(request.param, Fleet(shop, request), stack, adb_key)
        fake_tool(made, HELD)
        writable_by_all(*governors(made))
        yield made


def switched_on(place: str, fleet: Fleet, stack: ExitStack, key: Path) -> Station:
    way = place.replace(" ", "-")
    if way == "host":
        return fleet.host(way)
    folder = stack.enter_context(rig_folder())
    rig = Sshd(folder) if way == "ssh" else Adbd(folder, key)
    stack.callback(rig.power_off)
    rig.start()
    if isinstance(rig, Sshd):
        return fleet.ssh(way, rig)
    if way == "adb-direct":
        return fleet.adb_direct(way, rig)
    server = AdbServer(stack.enter_context(rig_folder()) / "home")
    stack.callback(server.stop)
    return fleet.behind(server, way, rig)


def text_for(station: Station, **measure: object) -> str:
    """A suite that also sets the governor, where that is possible."""
    return suite(STEPS, **measure) + (PERFORMANCE if governors(station) else "")


def started(station: Station) -> tuple[str, ...]:
    return ("run", station.shop.suite(text_for(station)), "--devices", station.name)


def resume(killers: Controllers, station: Station, run_id: str) -> None:
    """Go on with a run, and look at everything that a killed controller might have left."""
    shop = station.shop
    before, was = records(shop, run_id), set(governors(station).values())
    ended = killers.start(shop, "run", "--resume", run_id, env=station.env).wait()
    assert ended.code == 0, ended.err
    run = whole(shop, run_id, before)
    clean([station])
    assert "performance" not in governors(station).values(), was
    assert list((shop.root / "reports").glob(f"*-{run.plan.run_id}.html"))
    assert parts(shop.root / "reports") == []


@pytest.mark.fault("SIGKILL of the controller: {stage}", place="{station}")
@pytest.mark.parametrize(("station", "stage"), CASES, indirect=["station"])
def test_a_controller_is_killed_while(killers: Controllers, station: Station, stage: str) -> None:
    shop, (done, death) = station.shop, STAGES[stage]
    if stage == TOOL_RUNS:
        kill_while_the_tool_runs(killers, station)
    else:
        if death is None:
            forget_staged(station)
            death = HALF_A_PUSH[station.name.replace("-", " ")]
        ended = killers.start(shop, *started(station), env=station.env, death=death).wait()
        assert ended.code == SIGKILL, ended.err
    run_id = max(run_ids(shop))
    assert len(records(shop, run_id)) == done
    resume(killers, station, run_id)


def forget_staged(station: Station) -> None:
    for path in (station.folder / "stage").rglob("*"):
        if path.is_file():
            path.unlink()


def kill_while_the_tool_runs(killers: Controllers, station: Station) -> None:
    here = isinstance(station.rig, ThisMachine)
    held = (station.shop.root if here else station.folder) / "held"
    if not held.parent.exists():  # the device itself makes its folder
        assert killers.start(station.shop, *started(station), env=station.env).wait().code == 0
    held.touch()
    controller = killers.start(station.shop, *started(station), env=station.env)
    wait_for(lambda: processing(station, "sleep 141.37"), "the tool runs")
    controller.kill()
    assert controller.wait().code == SIGKILL
    held.unlink()
    # Nobody is left who would end it on this machine; a device's guard does.
    assert bool(station.rig.left_over(0 if here else 10)) == here


@pytest.mark.fault("SIGKILL of the controller: {stage}", place="controller")
@pytest.mark.parametrize("station", ["host"], indirect=True)
@pytest.mark.parametrize("stage", BESIDE)
def test_a_controller_is_killed_beside(killers: Controllers, station: Station, stage: str) -> None:
    known = run_ids(station.shop)
    ended = killers.start(station.shop, *started(station), env={}, death=BESIDE[stage]).wait()
    assert ended.code == SIGKILL, ended.err
    (run_id,) = run_ids(station.shop) - known
    resume(killers, station, run_id)


@pytest.mark.fault("SIGKILL of the controller: {stage}", place="controller")
@pytest.mark.parametrize("station", ["host"], indirect=True)
@pytest.mark.parametrize("stage", EMPTY)
def test_a_controller_is_killed_before_there_is_a_plan(
    killers: Controllers, station: Station, stage: str
) -> None:
    shop, known = station.shop, run_ids(station.shop)
    ended = killers.start(shop, *started(station), env={}, death=EMPTY[stage]).wait()
    assert ended.code == SIGKILL, ended.err
    (nothing,) = run_ids(shop) - known
    listed = shop.call("runs", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert nothing not in {row["run_id"] for row in listed.json}
    assert shop.call("run", "--resume", nothing).code == 2
    known = run_ids(shop)
    again = killers.start(shop, *started(station), env={}).wait()
    assert again.code == 0, again.err
    (run_id,) = run_ids(shop) - known
    whole(shop, run_id, {})
    clean([station])


@pytest.mark.fault("SIGKILL of the controller: indexing, half of a run is written", place="SQLite")
@pytest.mark.parametrize("station", ["host"], indirect=True)
def test_a_controller_is_killed_while_it_indexes(killers: Controllers, station: Station) -> None:
    shop, known = station.shop, run_ids(station.shop)
    assert killers.start(shop, *started(station), env={}).wait().code == 0
    (run_id,) = run_ids(shop) - known
    death = Death("sql", "INSERT INTO INVOCATIONS")
    ended = killers.start(shop, "index", "rebuild", env={}, death=death).wait()
    assert ended.code == SIGKILL, ended.err
    whole(shop, run_id, {})  # the next look at the runs completes the index
    rows = shop.call("runs", "--json").json
    assert len(rows) == len({row["run_id"] for row in rows})
