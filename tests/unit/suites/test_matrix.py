from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from benchhub.errors import ConfigError, NoCasesError
from benchhub.records import Case, Measure, ModelVariant, Purpose
from benchhub.suites.document import parse_document
from benchhub.suites.matrix import estimate_s, expand, order
from benchhub.suites.suite import parse_suite

SUITE = """\
name: s
models:
  - name: a
    variants: {float32: a32, int8: a8}
  - name: b
    variants: {float32: b32}
configurations:
  - {delegate: xnnpack, threads: [1, 2]}
  - {name: builtin, delegate: none}
"""


def cases(extra: str = "") -> tuple[Case, ...]:
    suite = parse_suite(parse_document(SUITE + extra, "s.yaml"))
    variants = {
        (model.name, name): ModelVariant(model.name, name, entry.file, "0" * 64, 1)
        for model in suite.file.models
        for name, entry in model.variants.items()
    }
    return expand(suite, variants)


def ids(extra: str = "") -> list[str]:
    return [case.id for case in cases(extra)]


def measure(**changes: float) -> Measure:
    values = {"rounds": 3, "profile_rounds": 1, "num_runs": 1, "min_secs": 1.0, "max_secs": 9.0}
    values |= {"warmup_runs": 1, "warmup_min_secs": 0.5, "run_delay_s": 0, "cooldown_s": 0}
    return Measure(**{**values, "timeout_s": 10, **changes})  # type: ignore[arg-type]


def test_product() -> None:
    assert ids() == [
        f"{model}/{configuration}"
        for model in ("a/float32", "a/int8", "b/float32")
        for configuration in ("xnnpack/t1", "xnnpack/t2", "builtin/t1")
    ]


def test_other_tools_are_named_in_the_id() -> None:
    assert "a/int8/xnnpack/t2@benchmark_model" in ids("tools: [litert, benchmark_model]\n")


def test_exclude_and_include() -> None:
    found = ids(
        "exclude: [{model: b}, {variant: int8, threads: 2}]\n"
        "include: [{model: a, variant: 'int*', configuration: xnnpack, threads: 4}]\n"
    )
    assert found == [
        "a/float32/xnnpack/t1",
        "a/float32/xnnpack/t2",
        "a/float32/builtin/t1",
        "a/int8/xnnpack/t1",
        "a/int8/builtin/t1",
        "a/int8/xnnpack/t4",
    ]


def test_a_rule_that_matches_nothing_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"s\.yaml:10:11: this exclude matches no case"):
        cases("exclude: [{model: c}]\n")
    with pytest.raises(ConfigError, match=r"s\.yaml:10:11: this include matches no model"):
        cases("include: [{model: c, threads: 3}]\n")


def test_an_empty_matrix() -> None:
    with pytest.raises(NoCasesError, match="the matrix is empty") as caught:
        cases("exclude: [{model: '*'}]\n")
    assert caught.value.exit_code == 5


def test_far_too_many_cases() -> None:
    threads = ", ".join(map(str, range(1, 129)))
    many = ", ".join(f"{{delegate: none, name: c{i}, threads: [{threads}]}}" for i in range(100))
    document = parse_document(
        f"name: s\nmodels: [{{name: a, variants: {{b: f, c: f}}}}]\nconfigurations: [{many}]",
        "s.yaml",
    )
    with pytest.raises(ConfigError, match=r"^s\.yaml: .* make 25600 cases, more than 20000\. Part"):
        expand(parse_suite(document), {})


def test_far_too_many_rules() -> None:
    suite = parse_suite(parse_document(SUITE, "s.yaml"))
    rule = parse_suite(parse_document(SUITE + "exclude: [{model: a}]\n", "s.yaml")).file.exclude
    file = suite.file.model_copy(update={"exclude": rule * 60_000})
    with pytest.raises(ConfigError, match=r"^s\.yaml: too many rules in exclude and include"):
        expand(replace(suite, file=file), {})


def test_a_reference_that_is_no_case() -> None:
    with pytest.raises(ConfigError, match=r"s\.yaml:10:1: reference 'float16/none/t1' is no case"):
        cases("reference: float16/none/t1\n")


def test_a_canary_that_is_no_case() -> None:
    with pytest.raises(ConfigError, match=r"s\.yaml:10:1: canary 'a/float16/none/t1' is no case"):
        cases("canary: a/float16/none/t1\n")
    with pytest.raises(ConfigError, match=r"Did you mean 'a/int8/xnnpack/t1'\?"):
        cases("canary: a/int8/xnpack/t1\n")
    with pytest.raises(ConfigError, match="is no case"):
        cases("exclude: [{model: b}]\ncanary: b/float32/builtin/t1\n")


@pytest.mark.parametrize("canary", ["a/int8/xnnpack/t1", "a/int8/xnnpack/t1@benchmark_model"])
def test_a_canary_with_and_without_its_tool(canary: str) -> None:
    assert cases(f"tools: [benchmark_model]\ncanary: {canary}\n")


def test_each_round_visits_every_case_once_and_profiles_come_last() -> None:
    everything = cases()
    steps = order(everything, ["x", "y"], measure(), seed=5)
    for device in ("x", "y"):
        mine = [step for step in steps if step.device == device]
        assert [step.number for step in mine] == list(range(1, 9 * 4 + 1))
        assert Counter((step.purpose, step.round) for step in mine) == {
            (Purpose.LATENCY, 1): 9,
            (Purpose.LATENCY, 2): 9,
            (Purpose.LATENCY, 3): 9,
            (Purpose.PROFILE, 1): 9,
        }
        assert [step.purpose for step in mine][27:] == [Purpose.PROFILE] * 9


def test_the_order_is_decided_by_the_seed_and_the_device() -> None:
    everything = cases()
    again = order(everything, ["x"], measure(), seed=5)
    assert order(everything, ["x"], measure(), seed=5) == again
    assert order(everything, ["y", "x"], measure(), seed=5)[36:] == again
    assert order(everything, ["x"], measure(), seed=6) != again
    rounds = [[s.case_id for s in again if (s.purpose, s.round) == ("latency", r)] for r in (1, 2)]
    assert rounds[0] != rounds[1]


def test_refused_cases_are_not_planned() -> None:
    steps = order(cases(), ["x"], measure(), 1, lambda _device, case: case.id.startswith("a/"))
    assert {step.case_id.split("/")[0] for step in steps} == {"b"}


def test_estimate() -> None:
    steps = order(cases(), ["x"], measure(), 1)
    assert estimate_s(measure(cooldown_s=2), steps) == pytest.approx(36 * (0.3 + 0.5 + 1.0 + 2))
