from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import (
    TOP1,
    Limits,
    Placement,
    Run,
    Status,
    VariantFacts,
)
from benchhub.reports.attention import issues
from benchhub.reports.facts import facts
from benchhub.reports.marks import Mark
from benchhub.reports.names import anchors
from benchhub.reports.overview import overview
from benchhub.reports.terminal import render_summary
from benchhub.reports.variants import ModelVariants, VariantRow, failed_variants, variants

ReadPage = Callable[[Run], Any]
DASH = "\N{EN DASH}"
TIGHT = Limits(max_latency_ms=0.25, max_accuracy_drop=0.01)


def view(run: Run) -> ModelVariants:
    (model,) = variants(summarise(run))
    return model


def rows(run: Run) -> dict[str, VariantRow]:
    return {row.name: row for row in view(run).rows}


def only(run: Run, *names: str) -> Run:
    """Return the run with some of its variants."""
    kept = {case.id for case in run.plan.cases if case.variant.variant in names}
    plan = run.plan
    return replace(
        run,
        plan=replace(
            plan,
            cases=tuple(case for case in plan.cases if case.id in kept),
            invocations=tuple(step for step in plan.invocations if step.case_id in kept),
            refusals=tuple(one for one in plan.refusals if one.case_id in kept),
        ),
        invocations=tuple(one for one in run.invocations if one.case_id in kept),
        variants=tuple(one for one in run.variants if one.variant in names),
    )


def without_making(run: Run) -> Run:
    """Return the run as if its variants were given as files."""
    cases = tuple(
        replace(case, variant=replace(case.variant, origin=None)) for case in run.plan.cases
    )
    return replace(run, plan=replace(run.plan, cases=cases))


def bare(facts: VariantFacts) -> VariantFacts:
    return replace(facts, accuracy=None, difference=None, failures=(), notes=())


# ----------------------------------------------------------------------------------- what is shown


def test_runs_of_which_nothing_more_is_known_are_as_they_were(
    invented: ModuleType, varied: ModuleType, read_page: ReadPage
) -> None:
    run = invented.small_run()
    assert variants(summarise(run)) == ()
    told = facts(summarise(run))
    assert told["variants"] == told["choices"] == []
    assert "variants of" not in render_summary(summarise(run))
    assert "variants" not in read_page(run).ids()
    known = without_making(varied.varied_run())
    assert variants(summarise(replace(known, variants=()))) == ()


def test_a_single_file_is_shown_once_there_is_something_to_tell(varied: ModuleType) -> None:
    run = without_making(only(varied.varied_run(), "float32"))
    plain = replace(run, variants=tuple(map(bare, run.variants)))
    assert variants(summarise(plain)) == ()
    assert [row.name for row in view(run).rows] == ["float32"]
    limited = replace(plain, plan=replace(plain.plan, limits={"digits": TIGHT}))
    assert [row.name for row in view(limited).rows] == ["float32"]
    pair = without_making(only(varied.varied_run(), "float32", "int8"))
    pair = replace(pair, variants=tuple(map(bare, pair.variants)))
    assert len(view(pair).rows) == 2


def test_models_that_calibrate_a_device_are_no_choice(varied: ModuleType) -> None:
    run = varied.varied_run()
    own = replace(run.plan, suite_path=".benchhub/peak_models/peaks-host.yaml")
    assert variants(summarise(replace(run, plan=own))) == ()
    assert failed_variants(replace(run, plan=own)) == {}


def test_without_data_it_says_that_accuracy_is_not_known(
    varied: ModuleType, read_page: ReadPage
) -> None:
    run = varied.unlabelled_run()
    assert all(model.is_blind for model in variants(summarise(run)))
    assert "Nothing tells how accurate" in read_page(run).by_id("variants").text
    assert render_summary(summarise(run)).count("nothing tells how accurate they are") == 2
    assert not view(varied.varied_run()).is_blind
    assert "Nothing tells" not in read_page(varied.varied_run()).by_id("variants").text


def test_facts_of_another_file_are_not_shown(varied: ModuleType) -> None:
    run = varied.varied_run()
    other = tuple(
        replace(one, sha256="0" * 64) if one.variant == "qat" else one for one in run.variants
    )
    found = rows(replace(run, variants=other))
    assert found["qat"].facts is None
    assert found["qat"].gzip_bytes is None
    assert found["int8"].facts is not None


def test_the_fastest_comes_first_and_what_has_no_number_last(varied: ModuleType) -> None:
    model = view(varied.varied_run())
    times = [row.speeds[0].us for row in model.rows]
    assert times[:-1] == sorted(time for time in times[:-1] if time is not None)
    assert times[-1] is None
    assert model.rows[-1].name == varied.FAILED
    assert model.devices == ("host", "pi4")


def test_each_device_has_its_pick_and_what_overlaps(varied: ModuleType) -> None:
    model = view(varied.varied_run())
    for i, choice in enumerate(model.choices):
        speeds = {row.name: row.speeds[i] for row in model.rows}
        assert [name for name, one in speeds.items() if one.picked] == ["qat"]
        assert choice.pick is not None
        assert speeds["qat"].candidate is choice.pick
        fastest = [name for name, one in speeds.items() if one.role == "fastest"]
        assert fastest == [choice.candidates[0].variant]
        high = choice.candidates[0].latency.high_us
        assert high is not None
        overlapping = {
            name
            for name, one in speeds.items()
            if one.candidate
            and name not in fastest
            and (one.candidate.latency.low_us or math.inf) <= high
        }
        assert overlapping == {name for name, one in speeds.items() if one.role == "overlaps"}
        assert "qat" in overlapping
        assert "float32" not in overlapping


def test_a_variant_shows_its_fastest_configuration(varied: ModuleType) -> None:
    for row in view(varied.varied_run()).rows:
        if not row.is_failed:
            assert {one.case.case.configuration.delegate for one in row.speeds if one.case} == {
                "xnnpack"
            }


def test_drops_refer_to_the_reference_and_say_when_they_are_noise(varied: ModuleType) -> None:
    found = rows(varied.varied_run())
    right = {name: offer[3] for name, offer in varied.OFFERS.items()}
    for name, row in found.items():
        if name in (varied.FAILED, varied.UNJUDGED):
            assert row.drop is None
            assert row.change is None
        else:
            drop = (right["float32"] - right[name]) / varied.EXAMPLES
            assert row.drop == pytest.approx(drop)
            assert row.change == pytest.approx(-drop)
    assert [name for name, row in found.items() if row.is_reference] == ["float32"]
    assert found["int8"].drop_is_noise
    assert not found["weight_only_wi4"].drop_is_noise
    assert not found["float16"].drop_is_noise, "no difference is no noise"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_accuracy_that_is_no_number_is_missing(varied: ModuleType, value: float) -> None:
    run = varied.varied_run()
    broken = tuple(
        replace(one, accuracy=replace(one.accuracy, values={TOP1: value}))
        if one.variant == "qat"
        else one
        for one in run.variants
    )
    row = rows(replace(run, variants=broken))["qat"]
    assert row.accuracy is None
    assert row.drop is None
    assert "NaN" not in json.dumps(facts(summarise(replace(run, variants=broken))))


def test_what_all_share_is_said_once(varied: ModuleType) -> None:
    model = view(varied.varied_run())
    assert (model.source, model.tool) == (varied.SOURCE, "")
    assert (model.parameters, model.macs, model.examples) == (20_970, 696_960, 360)
    assert model.notes == ()
    assert model.unjudged == (varied.UNJUDGED,)
    net, _ = variants(summarise(varied.unlabelled_run()))
    assert (net.tool, net.notes) == (varied.TENSORFLOW, (varied.COMMON_NOTE,))
    assert {row.name: row.notes for row in net.rows} == {
        "float32": (),
        "float16": (),
        "dynamic": (),
        "int8": (varied.RANDOM_NOTE,),
    }


def test_how_it_was_trained_is_no_warning(varied: ModuleType, read_page: ReadPage) -> None:
    run = varied.varied_run()
    row = rows(run)["qat"]
    assert row.history == (varied.TRAINED,)
    assert row.notes == (varied.ONE_BY_ONE,)
    page = read_page(run)
    assert varied.TRAINED in page.by_id(row.anchor).text
    assert "epochs" not in page.by_id("attention").text
    assert "epochs" not in render_summary(summarise(run))


def test_what_is_in_the_name_or_the_title_is_not_said_again(varied: ModuleType) -> None:
    model = view(varied.varied_run())
    found = {row.name: row.making(model) for row in model.rows}
    assert found["int8"] == varied.TENSORFLOW
    assert found["qat"] == f"{varied.TFMOT}, {varied.TENSORFLOW}"
    assert found[varied.FAILED] == ""
    net, _ = variants(summarise(varied.unlabelled_run()))
    assert {row.making(net) for row in net.rows} == {""}


# ------------------------------------------------------------------------- what could not be made


def test_a_variant_that_was_not_made_is_one_entry_everywhere(
    varied: ModuleType, read_page: ReadPage
) -> None:
    run = varied.varied_run()
    assert failed_variants(run) == {("digits", varied.FAILED): varied.CRASH}
    summary = summarise(run)
    known = anchors(summary)
    (refused,) = [one for one in issues(summary, known) if one.mark is Mark.REFUSED]
    (place,) = refused.places
    assert (place.device, place.name) == ("digits", f"{varied.FAILED}, all of its cases")
    assert refused.more == 0
    assert refused.advice == varied.CRASH.advice
    for device in overview(summary, known).devices:
        (worry,) = device.worries
        assert worry.name == f"digits {varied.FAILED}"
        assert worry.anchor == place.anchor
    assert render_summary(summary).count("ended by SIGSEGV") == 1
    page = read_page(run)
    row = page.by_id(place.anchor)
    assert varied.CRASH.message in row.text
    assert [cell.text for cell in row.all("td")][:-2] == [DASH] * 5


def test_a_variant_that_is_refused_on_one_device_only_was_made(varied: ModuleType) -> None:
    run = varied.varied_run()
    some = tuple(replace(one, device="pi4") for one in run.plan.refusals)
    assert failed_variants(replace(run, plan=replace(run.plan, refusals=some))) == {}
    first = run.plan.refusals[:1]
    assert failed_variants(replace(run, plan=replace(run.plan, refusals=first))) == {}


def test_notes_and_missing_accuracies_need_attention(varied: ModuleType) -> None:
    summary = summarise(varied.varied_run())
    notes = {
        one.finding: [(place.device, place.name) for place in one.places]
        for one in issues(summary, anchors(summary))
        if one.mark is Mark.NOTE
    }
    assert notes == {
        "Calibrated on random data: its latency counts, its accuracy does not.": [
            ("digits", "static_wi8_ai8")
        ],
        "Not judged: x has shape (64,) an example, the input wants (8, 8, 1).": [
            ("digits", varied.UNJUDGED)
        ],
    }
    summary = summarise(varied.unlabelled_run())
    common, _ = issues(summary, anchors(summary))
    assert len(common.places) + common.more == 8


def test_no_number_says_what_came_furthest(varied: ModuleType) -> None:
    run = varied.varied_run()
    gone = tuple(
        replace(
            one,
            status=Status.FALLBACK,
            reading=replace(one.reading, placement=Placement("xnnpack", "none", 0, 7, 0, "log")),
        )
        if one.case_id == "digits/int8/xnnpack/t1"
        else one
        for one in run.invocations
        if one.case_id != "digits/int8/none/t1"
    )
    for speed in rows(replace(run, invocations=gone))["int8"].speeds:
        assert speed.candidate is None
        assert speed.mark is Mark.NOT_RUN
    fallen = tuple(one for one in gone if one.case_id == "digits/int8/xnnpack/t1")
    both = tuple(one for one in run.invocations if "int8/" not in one.case_id) + fallen
    assert {one.mark for one in rows(replace(run, invocations=both))["int8"].speeds} == {
        Mark.NOT_RUN
    }
    plan = replace(
        run.plan, cases=tuple(one for one in run.plan.cases if one.id != "digits/int8/none/t1")
    )
    (speed, _) = rows(replace(run, plan=plan, invocations=gone))["int8"].speeds
    assert speed.mark is Mark.FALLBACK
