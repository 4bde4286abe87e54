"""What holds after every fault: nothing lost, nothing twice, nothing left on a device."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchhub.records import Run, RunState
from benchhub.results.store import find_run

from .conftest import Shop
from .fleet import Station

RUNS = ".benchhub/runs"


def run_ids(shop: Shop) -> set[str]:
    """Names of all run folders, also of those that have no plan yet."""
    return {path.name for path in (shop.root / RUNS).glob("*")}


def records(shop: Shop, run_id: str) -> dict[str, tuple[int, bytes]]:
    """Each invocation's document as it is on disk: its inode and content, by its path."""
    folder = shop.root / RUNS / run_id
    found = folder.glob("invocations/*/*/invocation.json")
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.read_bytes()) for path in found
    }


def whole(
    shop: Shop, run_id: str, before: dict[str, tuple[int, bytes]], inferences: int = 3
) -> Run:
    """A finished run: each planned step is in it once, and what was there was not touched."""
    run = find_run(shop.root / RUNS, run_id).read()
    assert run.state is RunState.FINISHED
    planned = sorted((step.device, step.number) for step in run.plan.invocations)
    assert planned
    assert sorted((one.device, one.number) for one in run.invocations) == planned
    assert [one.reading.latency and one.reading.latency.n for one in run.invocations] == [
        inferences
    ] * len(planned)
    after = records(shop, run_id)
    assert {path: after.get(path) for path in before} == before
    assert parts(shop.root / RUNS / run_id) == []
    assert_indexed(shop, run)
    return run


def assert_indexed(shop: Shop, run: Run) -> None:
    """The index tells the same, once."""
    rows = shop.call("runs", "--json").json
    (row,) = (row for row in rows if row["run_id"] == run.plan.run_id)
    assert (row["done"], row["planned"]) == (len(run.invocations), len(run.plan.invocations))


def parts(folder: Path) -> list[str]:
    """Temporary files that a write left."""
    found = [*folder.rglob(".*.part"), *(folder / "part").rglob("*.*")]
    return sorted(path.name for path in found)


def clean(stations: Iterable[Station]) -> None:
    """No process, half-pushed file, scratch or lease is on any of these devices."""
    for station in stations:
        station.assert_clean()


def governors(station: Station) -> dict[Path, str]:
    """The governors of a phone of the rigs, by file; none of others, which may not be set."""
    files = (station.rig.root / "sys").glob("devices/system/cpu/**/scaling_governor")
    return {path: path.read_text().strip() for path in files if station.name.startswith("adb")}
