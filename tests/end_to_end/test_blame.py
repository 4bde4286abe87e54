"""Real profiles of a model and of others made of it: the operator that was changed is blamed."""

from __future__ import annotations

import pytest

from benchhub.analysis.blame import blame
from benchhub.analysis.summary import CaseSummary, summarise
from benchhub.analysis.verdicts import Blame, Change
from benchhub.records import Run

from ..heavier_model import behind, rewritten, unfused
from .conftest import Shop

SUITE = """\
name: mine
models:
  - name: net
    variants: {base: models/base.tflite, extra: models/extra.tflite, split: models/split.tflite}
configurations: [{delegate: xnnpack}, {delegate: none}]
measure: {rounds: 1, profile_rounds: 2, num_runs: 20, warmup_runs: 2, timeout: 60}
"""
# 3 x 3 kernels on 96 channels: about as much work as all the rest.
NODE, KERNEL = 17, 3
# Its activation is fused; XNNPACK takes no RELU6 of int8 alone.
SPLIT = 3


def measured(shop: Shop, variant: str) -> Run:
    models = shop.root / "suites" / "models"
    original = (models / f"mobilenet_v2_035_96_{variant}.tflite").read_bytes()
    (models / "base.tflite").write_bytes(rewritten(original))
    (models / "extra.tflite").write_bytes(behind(original, NODE, kernel=KERNEL))
    (models / "split.tflite").write_bytes(unfused(original, SPLIT))
    ended = shop.call("run", shop.suite(SUITE), "--devices", "host", "-q")
    assert ended.code == 0, ended.err
    return shop.run()


def case(run: Run, variant: str, delegate: str) -> CaseSummary:
    (device,) = summarise(run).devices
    return next(one for one in device.cases if one.case.id == f"{variant}/{delegate}/t1")


def blamed(run: Run, delegate: str, *variants: str, graphs: bool = True) -> Blame:
    before, after = (case(run, f"net/{variant}", delegate) for variant in variants)
    facts = [run.facts_of(one.case.variant) for one in (before, after)]
    known = [one.graph if one and graphs else None for one in facts]
    found = blame(before, after, (known[0], known[1]))
    assert found is not None
    assert found.n == (2, 2)
    return found


@pytest.mark.parametrize("variant", ["float32", "int8"])
def test_the_operator_that_was_changed_is_blamed(shop: Shop, variant: str) -> None:
    run = measured(shop, variant)
    for delegate in ("xnnpack", "none"):
        found = blamed(run, delegate, "base", "extra")
        (new,) = (one for one in found.ops if one.change is Change.NEW)
        assert (new.op, new.name, new.node, new.before_us) == ("CONV_2D", "extra_1", 18, None)
        assert new.delta_us > 0
        assert not [one for one in found.ops if one.change in (Change.MOVED, Change.REMOVED)]
        assert not found.placement
        (gone,) = (
            one for one in blamed(run, delegate, "extra", "base").ops if one.name == "extra_1"
        )
        assert (gone.change, gone.after_us) == (Change.REMOVED, None)

    (split,) = (
        one for one in blamed(run, "none", "base", "split").ops if one.change is Change.FUSED
    )
    assert split.node == SPLIT + 1
    assert "split into CONV_2D + RELU6" in split.text

    changed = [one for one in blamed(run, "xnnpack", "base", "split").ops if one.node is not None]
    moved = [one for one in changed if one.change is Change.MOVED]
    if variant == "float32":
        assert not moved  # XNNPACK fuses it again
    else:
        assert [one.text.partition(" ms ")[2] for one in moved] == [
            f"{split.text.partition(' ms ')[2]}, partly on built-in kernels instead of XNNPACK"
        ]
        assert changed[0] is moved[0]

    # Without what the file says of its nodes XNNPACK's own operators are named.
    found = blamed(run, "xnnpack", "base", "extra", graphs=False)
    (kernel,) = (one for one in found.ops if one.change is Change.NEW)
    assert (kernel.node, kernel.name) == (None, "")
    assert kernel.text.partition(" ms ")[2].startswith("new Convolution (NHWC, ")
    assert kernel.text.endswith(") IGEMM of XNNPACK")
    assert "it cannot be told which node it is" in found.note
