"""The workspaces in which the commands of the documentation are run: one a page, all alike.

Each begins as a copy of one that has been set up once: git, the shipped suites cut down to seconds,
a run that was measured here, and earlier ones made of it. The devices of the pages are the rigs.
What one page has measured is not measured again where another page says the same command.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml

from benchhub.results.store import find_run

from ..checkout import git
from ..end_to_end.conftest import TIMEOUT_S, Ended, Shop
from ..past_runs import past_id, put_run
from .pages import ROOT, Command, Written
from .stand_ins import DEVICES, Devices

# Measured for a moment: the commands are tested, not the figures.
MOMENT = {
    "rounds": 1,
    "profile_rounds": 1,
    "num_runs": 3,
    "min_secs": 0,
    "warmup_runs": 1,
    "warmup_min_secs": 0,
    "timeout": 120,
    "telemetry_interval": 0,
}
# What is added to a command that says nothing of it, so that it takes seconds.
SHORTER = {
    "ab": (("--looks", "4"), ("--cases", "*/int8/xnnpack/*")),
    "calibrate": (("--pairs", "4"), ("--cases", "*/int8/xnnpack/*")),
    "calibrate-peak": (("--quick",), ("--threads", "1"), ("--configurations", "xnnpack")),
    "gate": (("--looks", "4"), ("--cases", "*/int8/xnnpack/*")),
}
MEASURING = frozenset({*SHORTER, "run"})
# Codes that are answers and not failures: of so few figures nobody can know which.
ANSWERS = {
    "ab": {0, 1, 4},
    "compare": {0, 1, 4},
    "gate": {0, 1, 4},
    "recommend": {0, 4, 6},
    "run": {0, 4, 6},  # a budget of milliseconds, on whatever machine this is
}
TUTORIAL = "docs/tutorial"
LOGCAT = "logcat.txt"
RUN_ID = re.compile(r"\b01[0-9A-HJKMNP-TV-Z]{6}\b")
NIGHTS = 3
MODEL = "models/mobilenet_v2_035_96_{}.tflite"
PAPERS = ROOT / "tests" / "recorded"
# Files that pages say the reader has: logs of the real programs.
LOGS = {
    "stderr.txt": ("benchmark_model/tensorflow-2.14.1/ext_test_crash.stderr",),
    LOGCAT: ("benchmark_model/tensorflow-2.14.1/gpu.stderr",),
    "run1.txt": ("benchmark_model/tensorflow-2.14.1/gpu.stdout",),
    "run2.txt": ("benchmark_model/tensorflow-2.14.1/gpu.stdout",),
    "run3.log": ("benchmark_model/tensorflow-2.14.1/op_prof_csv.stdout",),
    "run3.prof.csv": ("benchmark_model/tensorflow-2.14.1/op_prof_csv.csv",),
    "from_the_lab/first/log.txt": ("benchmark_litert_model/npu.stdout",),
    "from_the_lab/first/errors.txt": ("benchmark_litert_model/npu.stderr",),
    "from_the_lab/second/log.txt": ("benchmark_litert_model/npu.stdout",),
    "from_the_lab/second/errors.txt": ("benchmark_litert_model/npu.stderr",),
}


@dataclass
class Kept:
    """What a measuring command left in its workspace."""

    ended: Ended
    files: dict[Path, Path] = field(default_factory=dict)


@dataclass
class Workshop:
    """All workspaces, and the rigs once they are needed."""

    folder: Path
    devices: Devices
    kept: dict[str, Kept] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = Shop(self.folder / "first" / "a workspace")
        self.first.root.mkdir(parents=True)
        _set_up(self.first)
        self.run_id = past_id(NIGHTS - 1)  # what an id in a page stands for

    def shop(self, page: str) -> Shop:
        """Return the workspace of a page; the same one for all its commands."""
        name = workspace_of(page)
        if name not in self.shops:
            shop = Shop(self.folder / name.replace("/", "-") / "a workspace")
            shutil.copytree(self.first.root, shop.root, symlinks=True)
            self.shops[name] = shop
        return self.shops[name]

    def write(self, file: Written) -> None:
        """Put a file where the page says; a suite measures for a moment only."""
        path = self.shop(file.page).root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        if path.parent.name == "suites" and path.suffix == ".yaml":
            cut_down(path)
            _put_models(path)

    def call(self, command: Command) -> Ended:
        """Run a command in the workspace of its page."""
        shop = self.shop(command.page)
        if command.program == "git":
            return Ended(0, git(shop.root, *command.words), "")
        words = shorter(self._ours(command.words))
        if command.only_planned:
            words = (*words, "--dry-run")
        named = command.words[:1] == ("devices",) or DEVICES & set(re.split(r"[ ,]", command.text))
        if named:
            self.devices.move_in(shop)
        if command.program == "pytest" or words[0] in MEASURING:
            return self._measure(shop, command.program, words)
        typed = (shop.root / LOGCAT).read_text() if command.piped else ""
        with self.devices.as_documented(shop, words) as env:
            return shop.call(*words, typed=typed, **env)

    def _measure(self, shop: Shop, program: str, words: Sequence[str]) -> Ended:
        text = json.dumps([program, *words])
        if text in self.kept:
            kept = self.kept[text]
            for name, file in kept.files.items():
                target = shop.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)
            return kept.ended
        before = _files(shop)
        with self.devices.as_documented(shop, words) as env:
            ended = _pytest(shop, words, env) if program == "pytest" else shop.call(*words, **env)
        new = _files(shop) - before
        self.kept[text] = Kept(ended, {name: shop.root / name for name in new})
        return ended

    def _ours(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the words with the addresses and ids of the pages replaced by those here."""
        return tuple(RUN_ID.sub(self.run_id, self.devices.ours(word)) for word in words)


def _pytest(shop: Shop, words: Sequence[str], env: dict[str, str]) -> Ended:
    """Call pytest in a process of its own, as it is one here already."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=shop.root,
        env={**os.environ, **shop.surroundings(env)},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def workspace_of(page: str) -> str:
    """Return the name of the workspace of a page: one for all parts of the tutorial."""
    return TUTORIAL if page.startswith(f"{TUTORIAL}/") else page


def shorter(words: Sequence[str]) -> tuple[str, ...]:
    """Return a command that takes seconds."""
    if not words:
        return ()
    more = [] if "--resume" in words or "--dry-run" in words else SHORTER.get(words[0], ())
    return (*words, *(word for option in more if option[0] not in words for word in option))


def cut_down(suite: Path) -> None:
    """Make a suite measure for a moment, with one thread, on any CPU."""
    told = yaml.safe_load(suite.read_text())
    told["measure"] = MOMENT
    for configuration in told["configurations"]:
        for key in ("affinity", "threads"):  # the rigs have the CPUs of this machine
            configuration.pop(key, None)
    suite.write_text(yaml.safe_dump(told, sort_keys=False))


def _put_models(suite: Path) -> None:
    """Put a model wherever the suite says that the reader has one."""
    for model in yaml.safe_load(suite.read_text())["models"]:
        for entry in dict(model["variants"]).values():
            name = entry if isinstance(entry, str) else entry.get("file")
            target = suite.parent / str(name)
            if name and not target.exists():
                shutil.copy2(suite.parent / MODEL.format("int8"), target)


def _files(shop: Shop) -> set[Path]:
    roots = [shop.root / name for name in (".benchhub/runs", "devices", "reports")]
    found = (path for root in roots for path in root.rglob("*") if path.is_file())
    return {path.relative_to(shop.root) for path in found if path.suffix != ".yaml"}


def _set_up(shop: Shop) -> None:
    assert shop.call("init").code == 0
    suites = shop.root / "suites"
    quickstart = yaml.safe_load((suites / "quickstart.yaml").read_text())
    quickstart |= {
        "configurations": [{"delegate": "xnnpack"}],
        "reference": "float32/xnnpack/t1",
        "measure": MOMENT,
    }
    (suites / "quickstart.yaml").write_text(yaml.safe_dump(quickstart, sort_keys=False))
    _put_digits(suites)
    _put_papers(shop.root)
    git(shop.root, "init", "-q", "-b", "main")
    (shop.root / ".gitignore").write_text(".benchhub/\nreports/*\n")
    git(shop.root, "add", "-A")
    git(shop.root, "commit", "-q", "-m", "a workspace")
    git(shop.root, "update-ref", "refs/remotes/origin/main", "main")
    ended = shop.call("run", "suites/quickstart.yaml", "--devices", "host", "-q")
    assert ended.code == 0, ended.err
    measured = find_run(shop.root / ".benchhub" / "runs", "latest")
    for night in range(NIGHTS):
        put_run(measured, night, lambda _: 1.0)
    for name in ("nightly", "v1.2"):
        assert shop.call("baseline", "set", name, measured.run_id).code == 0


def _put_digits(suites: Path) -> None:
    """Replace the suite that trains a network: finished files, judged on invented examples."""
    told = yaml.safe_load((suites / "digits.yaml").read_text())
    (model,) = told["models"]
    budget = told.get("budget", {}) | {"max_size_mb": 10}
    dice = np.random.default_rng(0)
    np.savez(
        suites / "examples.npz",
        x=dice.random((8, 96, 96, 3), np.float32),
        y=dice.integers(0, 100, 8),
    )
    digits = {
        "name": told["name"],
        "models": [
            {
                "name": model["name"],
                "variants": {name: MODEL.format(name) for name in ("float32", "int8")},
                "accuracy": {"data": "examples.npz"},
            }
        ],
        "configurations": [{"delegate": "xnnpack"}],
        "measure": MOMENT,
        "budget": budget,
    }
    (suites / "digits.yaml").write_text(yaml.safe_dump(digits, sort_keys=False))


def _put_papers(root: Path) -> None:
    for name, (source,) in LOGS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((PAPERS / source).read_bytes())
