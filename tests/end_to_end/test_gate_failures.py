"""Comparisons of which a side gives no figure: whose fault it is, and the exit code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchhub.records import Purpose, Side

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Shop
from .test_bad_models import with_op_version

SUITE = (
    f"{GOOD_MODEL}{ONE_CONFIGURATION}"
    "measure: {profile_rounds: 1, num_runs: 5, warmup_runs: 1, timeout: 60}\n"
    "gate: {looks: [4], min_effect: 90%}\n"
)
FILE = "mobilenet_v2_035_96_int8.tflite"


@pytest.fixture
def folders(shop: Shop) -> dict[Side, Path]:
    """The models of either side."""
    models = shop.root / "suites" / "models"
    shutil.copytree(models, shop.root / "old")
    return {Side.BASELINE: shop.root / "old", Side.CANDIDATE: models}


def spoil(folder: Path, version: int = 99) -> None:
    """Make a model of it that no runtime takes, though it can be read."""
    (folder / FILE).write_bytes(with_op_version(folder / FILE, version))


def gate(shop: Shop, *words: str) -> tuple[int, dict[str, object]]:
    suite = shop.suite(SUITE)
    ended = shop.call(
        "gate", suite, "--devices", "host", "--baseline", "old", "--json", "-q", *words
    )
    assert ended.code in (0, 1, 5), ended.err
    (case,) = ended.json["cases"]
    return ended.code, case


def test_a_candidate_that_no_runtime_takes_is_a_regression(
    shop: Shop, folders: dict[Side, Path]
) -> None:
    spoil(folders[Side.CANDIDATE])
    first = set()
    for seed in ("1", "2", "3", "4"):
        code, case = gate(shop, "--seed", seed)
        assert (code, case["verdict"]) == (1, "REGRESSED")
        assert str(case["reason"]).startswith("the candidate gives no figure: ")
        run = shop.run()
        # One process of each side says it all, whichever was first.
        sides = {one.case_id.rpartition("~")[2] for one in run.invocations}
        assert sides == {"baseline", "candidate"}
        assert len(run.invocations) == 2
        assert {one.purpose for one in run.invocations} == {Purpose.LATENCY}
        first.add(run.invocations[0].case_id)
    assert len(first) == 2


def test_a_model_that_is_mended_is_an_improvement(shop: Shop, folders: dict[Side, Path]) -> None:
    spoil(folders[Side.BASELINE])
    code, case = gate(shop)
    assert (code, case["verdict"]) == (0, "IMPROVED")
    assert str(case["reason"]).startswith("only the candidate gives a figure: ")


def test_a_model_that_is_broken_on_both_sides_is_not_compared(
    shop: Shop, folders: dict[Side, Path]
) -> None:
    for version, folder in enumerate(folders.values(), 98):
        spoil(folder, version)
    code, case = gate(shop)
    assert (code, case["verdict"]) == (5, "INVALID")
