from __future__ import annotations

import itertools
import re
from dataclasses import replace
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import TOP1, Accuracy, Run
from benchhub.reports.front_chart import MOST_LABELS, front_chart
from benchhub.reports.fronts import Front, fronts, tip
from benchhub.reports.variants import variants


def drawn(run: Run, *, named: bool = False) -> list[Front]:
    return [front for model in variants(summarise(run)) for front in fronts(model, named=named)]


def texts(svg: str) -> dict[str, tuple[float, float]]:
    """Return where each text of a chart begins."""
    found = re.findall(r'<text[^>]* x="([\d.-]+)" y="([\d.-]+)"[^>]*>([^<]+)<', svg)
    return {text: (float(x), float(y)) for x, y, text in found}


def judged(run: Run, metric: str, value: float) -> Run:
    """Return the run with the figures of another metric."""
    changed = []
    for i, one in enumerate(run.variants):
        own = Accuracy(metric, {metric: value + i / 100}, 10, "data")
        changed.append(replace(one, accuracy=own))
    return replace(run, variants=tuple(changed))


def test_a_device_each_and_a_variant_each(varied: ModuleType) -> None:
    host, pi4 = drawn(varied.varied_run())
    assert (host.title, pi4.title, host.metric) == ("host", "pi4", TOP1)
    names = [spot.candidate.variant for spot in host.spots]
    assert set(names) == set(varied.OFFERS) - {varied.UNJUDGED}
    assert len(names) == len(set(names))
    times = [spot.ms for spot in host.spots]
    assert times == sorted(times)
    assert [front.title for front in drawn(varied.unlabelled_run(), named=True)] == [
        "mobilenet_v2 on host",
        "efficientnet_b0 on host",
    ]


def test_the_line_is_what_nothing_beats_in_the_two_figures(varied: ModuleType) -> None:
    for front in drawn(varied.varied_run()):
        for spot in front.spots:
            beaten = any(
                other.ms <= spot.ms
                and other.y >= spot.y
                and (other.ms, other.y) != (spot.ms, spot.y)
                for other in front.spots
            )
            assert spot.on_line == (not beaten)
            assert spot.efficient or not spot.on_line
        smaller = [
            one.candidate.variant for one in front.spots if one.efficient and not one.on_line
        ]
        assert "weight_only_wi4" in smaller


def test_without_accuracy_the_size_is_drawn(varied: ModuleType) -> None:
    front, _ = drawn(varied.unlabelled_run())
    assert front.metric == ""
    assert {spot.candidate.variant: spot.y for spot in front.spots}["float32"] == pytest.approx(
        5.04
    )
    assert [spot.candidate.variant for spot in front.spots if spot.on_line] == ["int8", "dynamic"]
    assert "host, file, MB" in texts(front_chart(front, "x"))


def test_one_variant_is_no_choice(varied: ModuleType) -> None:
    run = varied.unlabelled_run()
    plan = replace(
        run.plan, cases=tuple(one for one in run.plan.cases if one.variant.variant == "int8")
    )
    assert drawn(replace(run, plan=plan)) == []


def test_what_is_pointed_at_tells_all(varied: ModuleType) -> None:
    front, _ = drawn(varied.varied_run())
    told = {spot.candidate.variant: tip(front, spot) for spot in front.spots}
    assert re.fullmatch(r"qat xnnpack t1 0\.098\d ms, 97\.5 %, 0\.0265 MB \(pick\)", told["qat"])
    assert told["pruned"].endswith("(dominated)")
    svg = front_chart(front, "x")
    for text in told.values():
        assert f"<title>{text}</title>" in svg
    assert "qat" in front.label
    assert "pruned" not in front.label
    assert front.description.count(";") == len(front.spots) - 1
    assert 'aria-describedby="x-desc"' in svg
    assert '<desc id="x-desc">' in svg


def test_all_labels_are_there_and_apart(varied: ModuleType) -> None:
    for front in drawn(varied.varied_run()):
        names = {spot.candidate.variant for spot in front.spots}
        places = texts(front_chart(front, "x"))
        labels = {
            text.removesuffix(", pick"): place
            for text, place in places.items()
            if text.removesuffix(", pick") in names
        }
        assert set(labels) == names
        assert "qat, pick" in places
        for (one, (x, y)), (other, (to_x, to_y)) in itertools.combinations(labels.items(), 2):
            left = one if x < to_x else other
            # Seven pixels a letter are more than the font takes.
            beside = abs(x - to_x) >= 5 * len(left)
            assert abs(y - to_y) >= 10 or beside, (one, other)


def test_a_chart_follows_the_page(varied: ModuleType) -> None:
    front, _ = drawn(varied.varied_run())
    svg = front_chart(front, "one")
    assert "style=" not in svg
    assert not re.search(r"#0\d0\d0\d", svg), "a placeholder colour is left"
    assert not re.search(r' id="(?!one-)', svg)
    assert svg == front_chart(front, "one")


def test_names_in_charts_are_text_and_short(varied: ModuleType) -> None:
    (front, _) = drawn(varied.hostile_variants_run())
    svg = front_chart(front, "x")
    assert "<script>" not in svg
    assert "&lt;script&gt;alert(1)" in svg


def test_more_variants_than_labels(varied: ModuleType) -> None:
    front, _ = drawn(varied.varied_run())
    many = replace(front, spots=front.spots * 3)
    labelled = [
        text
        for text in re.findall(r"<text[^>]*>([^<]+)<", front_chart(many, "x"))
        if text.removesuffix(", pick") in varied.OFFERS
    ]
    assert len(labelled) == MOST_LABELS


@pytest.mark.parametrize(("metric", "value"), [("nets:score", 0.0), ("nets:loss", -350.0)])
def test_a_metric_of_the_user_keeps_its_unit(varied: ModuleType, metric: str, value: float) -> None:
    front, _ = drawn(judged(varied.varied_run(), metric, value))
    assert front.metric == metric
    svg = front_chart(front, "x")
    assert f"host, {metric}" in texts(svg)
    assert "top-1" not in svg


def test_equal_accuracies_can_be_drawn(varied: ModuleType) -> None:
    run = varied.varied_run()
    same = tuple(
        replace(one, accuracy=Accuracy(TOP1, {TOP1: 1.0}, 10, "data")) for one in run.variants
    )
    front, _ = drawn(replace(run, variants=same))
    assert "nan" not in front_chart(front, "x").lower()
