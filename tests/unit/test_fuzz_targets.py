"""The targets of `tox -e fuzz` and what runs them; the campaign itself is not part of the tests."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from benchhub.errors import BenchhubError
from tests.fuzz import campaign, engines, trial
from tests.fuzz.campaign import Outcome
from tests.fuzz.catalogue import TARGETS
from tests.fuzz.mutation import mutants
from tests.fuzz.packing import pack, unpack
from tests.fuzz.seeds import ROOT
from tests.fuzz.target import Form, Target
from tests.fuzz.trial import Notes, Trials
from tests.unit import fuzz_traps

_SEEDS, _MUTANTS = 12, 20


@pytest.mark.parametrize("name", TARGETS)
def test_real_inputs_and_some_others_are_read(name: str) -> None:
    target = TARGETS[name]
    seeds = target.short_seeds()
    assert seeds, "nothing to start from"
    trials = Trials(target)
    made = mutants(target, 1)
    everything = list(islice(made, len(seeds) + _MUTANTS))
    for data in (*everything[:_SEEDS], *everything[len(seeds) :]):
        trials.read(data)
    assert list(trials.findings.values()) == []


@pytest.mark.parametrize("name", TARGETS)
def test_a_real_input_is_read_without_an_error(name: str) -> None:
    """What refuses everything would be fuzzed in vain."""
    target = TARGETS[name]
    read, said = 0, set()
    for data in target.short_seeds()[:_SEEDS]:
        try:
            target.read(data)
            read += 1
        except BenchhubError as error:
            said.add(str(error))
    assert read, said


def _breaks(data: bytes) -> None:
    if b"!" in data:
        raise KeyError(len(data))


def _target(read: object = _breaks) -> Target:
    return Target("breaking", read, lambda: [b"a!bc", b"abc"], Form.LINES)  # type: ignore[arg-type]


def test_a_finding_is_kept_once_with_its_shortest_input() -> None:
    trials = Trials(_target())
    for data in (b"long one !", b"fine", b"x!", b"also !"):
        trials.read(data)
    (finding,) = trials.findings.values()
    assert (finding.kind, finding.data, finding.count) == ("KeyError", b"x!", 3)
    assert (finding.message, trials.done) == ("2", 4)


def test_inputs_are_the_same_for_the_same_seed() -> None:
    one, other, third = (list(islice(mutants(_target(), seed), 30)) for seed in (1, 1, 2))
    assert one == other != third


def test_what_is_noted_outlives_the_reader(tmp_path: Path) -> None:
    notes, seen = Notes(tmp_path / "notes"), Notes(tmp_path / "notes")
    notes.begin(b"first")
    notes.end()
    notes.begin(b"second")
    assert (seen.done, seen.reading) == (1, b"second")
    notes.end()
    assert (seen.done, seen.reading) == (2, None)


def test_all_inputs_are_shared() -> None:
    found = campaign.shares(TARGETS.values(), 1_000_000)
    assert set(found) == set(TARGETS)
    assert sum(found.values()) == 1_000_000
    assert min(found.values()) >= 500


def test_several_files_in_one_input() -> None:
    files = {"stdout": b"a\n==>\nb", "p.pb": b"\0\n\xff"}
    assert unpack(pack(files)) == {"": b"", **files}
    assert unpack(b"plain") == {"": b"plain"}


def test_a_campaign_of_one_target(tmp_path: Path) -> None:
    """In a process of its own, with the engines that are installed."""
    told: list[Outcome] = []
    (outcome,) = campaign.run([TARGETS["cpu_list"]], 300, 1, tmp_path, told.append)
    assert told == [outcome]
    assert (outcome.inputs, outcome.findings) == (300, [])
    assert outcome.peak_mib > 0
    assert (outcome.edges is None) is (engines.ATHERIS not in outcome.engines)


def test_an_input_that_ends_the_process_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "_MOST_STARTS", 1)
    monkeypatch.setattr(engines, "installed", lambda: (engines.MUTATOR,))
    (outcome,) = campaign.run(fuzz_traps.TARGETS, 9, 1, tmp_path, lambda _: None)
    (finding,) = outcome.findings
    assert (outcome.inputs, outcome.wanted, finding.kind) == (1, 9, "died")
    assert finding.message.startswith("exit code 7")
    assert Path(finding.data).read_bytes() == b"end"


def test_an_input_that_takes_too_long_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "HANG_S", 0.05)
    before = signal.getsignal(signal.SIGPROF)
    trial.watch_time()
    try:
        trials = Trials(_target(fuzz_traps.spins))
        finding = trials.read(b"forever")
        assert finding is not None
        assert (finding.kind, finding.data) == ("hang", b"forever")
        assert trials.read(b"") is None
    finally:
        signal.signal(signal.SIGPROF, before)


def test_an_input_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"0-9999999999")
    words = ["-m", "tests.fuzz", "--target", "cpu_list", "--replay", str(tmp_path / "input")]
    again = subprocess.run(
        [sys.executable, *words], cwd=ROOT, check=False, capture_output=True, text=True, timeout=300
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "read as it should be" in again.stdout
