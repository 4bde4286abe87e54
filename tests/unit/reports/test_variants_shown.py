from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import TOP1, AccuracySpec, DataSpec, Limits, Run
from benchhub.reports.facts import facts
from benchhub.reports.terminal import render_summary

ReadPage = Callable[[Run], Any]
DASH = "\N{EN DASH}"
TIGHT = Limits(max_latency_ms=0.25, max_accuracy_drop=0.01)


def test_the_page_answers_what_to_ship(varied: ModuleType, read_page: ReadPage) -> None:
    page = read_page(varied.varied_run(TIGHT))
    section = page.by_id("variants")
    host, pi4 = section.all("ul", "ships")[0].all("li")
    assert host.text.startswith("hostat most 0.25 ms, a drop of 1 point")
    assert "Ship qat/xnnpack/t1. 3.0" in host.text
    assert host.all("a")[0].attributes["href"] == "#case-host-digits-qat-xnnpack-t1"
    assert "No pick Nothing meets the limits." in pi4.text
    assert pi4.all("svg", "FAILED")
    heads = [one.text for one in page.root.all("h2") if "Variants" in one.text]
    assert heads == ["4 Variants"]


def test_the_table_has_the_figures_of_each_variant(varied: ModuleType, read_page: ReadPage) -> None:
    section = read_page(varied.varied_run()).by_id("variants")
    title = section.all("p", "title")[0].text
    assert title == (
        "digits, made of keras digits_net:trained, 0.0210 M parameters, 0.697 M MACs, "
        "judged on digits.npz"
    )
    (table,) = section.all("table", "variants")
    assert [head.text for head in table.all("th") if head.attributes["scope"] == "col"] == [
        "Variant",
        "File, MB",
        "gzip, MB",
        "Weights",
        "top-1, n = 360",
        "Change, points",
        "host, ms",
        "pi4, ms",
    ]
    found = {
        row.attributes["id"].removeprefix("variant-digits-"): [cell.text for cell in row.all("td")]
        for row in table.all("tr", "row")
    }
    pruned = found["pruned-int8"]
    assert pruned[:3] == ["0.0264", "0.0119", "50.0 % zeros"]
    assert pruned[3].startswith("96.1 %")
    assert pruned[4] == "\N{MINUS SIGN}1.1within the noise"
    assert found["clustered"][2] == "16 clusters"
    assert found["float32"][4] == "ref"
    assert found["qat"][5].endswith("xnnpack t1pick, overlaps, Pareto")
    assert found["int8-io"][3:5] == [DASH, DASH]


def test_differing_sizes_of_graphs_are_columns(varied: ModuleType, read_page: ReadPage) -> None:
    run = varied.varied_run()
    first, *others = run.variants
    changed = replace(first, graph=replace(first.graph, parameters=7, macs=None))
    section = read_page(replace(run, variants=(changed, *others))).by_id("variants")
    heads = [head.text for head in section.all("table", "variants")[0].all("th")]
    assert {"Parameters, M", "MACs, M"} <= set(heads)


def test_without_labels_differences_stand_in_the_table(
    varied: ModuleType, read_page: ReadPage
) -> None:
    run = varied.varied_run()
    unlabelled = tuple(replace(one, accuracy=None) for one in run.variants)
    spec = {"digits": AccuracySpec(DataSpec("random"))}
    run = replace(run, variants=unlabelled, plan=replace(run.plan, accuracy=spec))
    section = read_page(run).by_id("variants")
    heads = [head.text for head in section.all("table", "variants")[0].all("th")]
    assert {"Max difference", "Mean difference", "Cosine", "Same top-1"} <= set(heads)
    assert "The examples are random" in section.text
    assert not section.all("details", "data")
    row = section.all("table", "variants")[0].all("tr", "row")[1]
    assert "0.99970" in [cell.text for cell in row.all("td")]
    lines = render_summary(summarise(run)).splitlines()
    assert any("same top-1" in line for line in lines)


def test_the_terminal_has_a_line_a_variant_and_a_sentence_a_device(varied: ModuleType) -> None:
    text = render_summary(summarise(varied.varied_run(TIGHT)))
    block = text.split("\n\n")[-1].splitlines()
    assert block[0] == "variants of digits"
    assert re.split(r"  +", block[1].strip()) == [
        "variant",
        "MB",
        "gzip MB",
        "top-1",
        "points",
        "host ms",
        "pi4 ms",
    ]
    table = {line.split()[0]: line for line in block[2:18]}
    assert set(table) == {*varied.OFFERS, varied.FAILED}
    assert table["qat"].endswith("pick on host")
    assert table[varied.FAILED].endswith("not made")
    assert "ref" in table["float32"].split()
    assert block[18].startswith("  host: ship qat/xnnpack/t1. 3.0")
    assert block[19].startswith("  pi4: no pick: Nothing meets the limits. The nearest is ")
    assert f"  static_wi8_ai8: {varied.RANDOM_NOTE}" in block


def test_json_has_the_same_facts(varied: ModuleType) -> None:
    told = json.loads(json.dumps(facts(summarise(varied.varied_run()))))
    by_name = {one["variant"]: one for one in told["variants"]}
    assert set(by_name) == {*varied.OFFERS, varied.FAILED}
    qat = by_name["qat"]
    assert qat["size_bytes"] == 26_500
    assert qat["gzip_bytes"] == 20_400
    assert qat["made"]["recipe"] == "qat"
    assert qat["accuracy"]["values"][TOP1] == pytest.approx(351 / 360)
    assert qat["drop"] == pytest.approx(-1 / 360)
    assert [one["pick"] for one in qat["best"]] == [True, True]
    failed = by_name[varied.FAILED]
    assert failed["size_bytes"] is None
    assert failed["failures"] == [varied.CRASH.message]
    assert [one["value_us"] for one in failed["best"]] == [None, None]
    assert [(one["device"], one["pick"]) for one in told["choices"]] == [
        ("host", "digits/qat/xnnpack/t1"),
        ("pi4", "digits/qat/xnnpack/t1"),
    ]
