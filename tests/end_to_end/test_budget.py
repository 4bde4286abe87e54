"""A suite with a budget, measured for real: verdict, exit code, blessing file."""

from __future__ import annotations

import hashlib
import json

import pytest

from .conftest import Shop

SUITE = """\
name: mine
models:
  - name: good
    variants:
      float32: models/mobilenet_v2_035_96_float32.tflite
      int8: models/mobilenet_v2_035_96_int8.tflite
configurations: [{delegate: xnnpack}]
measure: {rounds: 2, profile_rounds: 0, num_runs: 3, warmup_runs: 1, min_secs: 0.1, timeout: 60}
"""


@pytest.mark.parametrize(
    ("budget", "code", "verdict"),
    [
        ("{max_latency_ms: 100000, max_size_mb: 1}", 0, "BLESSED"),
        ("{max_size_mb: 0.1}", 6, "REFUSED"),
        ("{max_size_mb: 1, devices: [host, pixel4]}", 4, "UNTOLD"),
    ],
)
def test_a_budget_blesses_or_refuses(shop: Shop, budget: str, code: int, verdict: str) -> None:
    suite = shop.suite(f"{SUITE}budget: {budget}\n")
    ended = shop.call("run", suite, "--devices", "host", "--out", "reports/mine.html")
    assert ended.code == code, ended.err
    assert f"good: {verdict}" in ended.out
    assert "blessing reports/mine.blessing.json" in ended.out
    blessing = json.loads((shop.root / "reports" / "mine.blessing.json").read_text())
    assert (blessing["verdict"], blessing["run_id"]) == (verdict, shop.run().plan.run_id)
    (device,) = blessing["models"][0]["devices"]
    if verdict == "REFUSED":
        assert device["pick"] is None
        return
    pick = device["pick"]
    assert pick["case"] == "good/int8/xnnpack/t1"
    content = (shop.root / pick["path"]).read_bytes()
    assert pick["sha256"] == hashlib.sha256(content).hexdigest()
    assert pick["size_bytes"] == len(content)
    assert pick["processes"] == 2
    again = shop.call("recommend", "--bless", "again.json")
    assert again.code == code
    assert json.loads((shop.root / "again.json").read_text()) == blessing
