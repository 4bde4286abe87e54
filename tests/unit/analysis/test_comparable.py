from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchhub.analysis.checked_facts import CHECKED, DECISIVE
from benchhub.analysis.comparable import Comparability, compare_facts, demand_comparable, match
from benchhub.analysis.unpaired import compare_runs
from benchhub.errors import UsageError
from benchhub.records import (
    Conditions,
    GpuOptions,
    InputSpec,
    Invocation,
    Run,
    Telemetry,
)

from ..apart import RUN_IDS, quiet, two_runs, with_cases, with_facts, with_processes
from ..comparisons import duel, unchanged

Change = Callable[[Run], Run]


def facts_of(before: Run, after: Run) -> Comparability:
    return compare_facts(match(before, after)[0])


def pair(devices: tuple[str, ...] = ("host",)) -> tuple[Run, Run]:
    return two_runs(unchanged(), devices=devices)


def planned(**fields: object) -> Change:
    return lambda run: replace(run, plan=replace(run.plan, **fields))  # type: ignore[arg-type]


def measure(**fields: float) -> Change:
    return lambda run: planned(measure=replace(run.plan.measure, **fields))(run)  # type: ignore[arg-type]


def facts(**fields: object) -> Change:
    return lambda run: with_facts(run, **fields)


def configuration(**fields: object) -> Change:
    return lambda run: with_cases(
        run,
        lambda case: replace(case, configuration=replace(case.configuration, **fields)),  # type: ignore[arg-type]
    )


def variant(**fields: object) -> Change:
    return lambda run: with_cases(
        run,
        lambda case: replace(case, variant=replace(case.variant, **fields)),  # type: ignore[arg-type]
    )


def state(**fields: object) -> Change:
    def change(one: Invocation) -> Invocation:
        return replace(one, before=replace(one.before, **fields))  # type: ignore[arg-type]

    return lambda run: with_processes(run, change)


def tools(**fields: str) -> Change:
    return lambda run: replace(
        run,
        devices=tuple(
            replace(one, tools=tuple(replace(tool, **fields) for tool in one.tools))  # type: ignore[arg-type]
            for one in run.devices
        ),
    )


REFUSED: list[tuple[str, Change, Change, str]] = [
    ("device", facts(serial="A1"), facts(serial="B2"), "device of host: A1 against B2"),
    ("device", facts(model="Pi 4"), facts(model="Pi 5"), "device of host: Pi 4 against Pi 5"),
    ("cpu", facts(cpu="Pi 4"), facts(cpu="Pi 5"), "cpu of host: Pi 4, 2 cores against Pi 5"),
    ("cpu", facts(cores=2), facts(cores=4), "Example CPU @ 2.40GHz, 4 cores"),
    ("cpu", facts(soc="SM8150"), facts(soc="SM8250"), "2 cores, SM8150 against Example CPU"),
    (
        "cpus",
        facts(allowed_cpus=(0, 1)),
        facts(allowed_cpus=(2, 3)),
        "cpus of host: 0,1 against 2,3",
    ),
    (
        "build",
        facts(os="Debian 12", kernel="6.1"),
        facts(os="Debian 13", kernel="6.12"),
        "build of host: Debian 12, kernel 6.1 against Debian 13, kernel 6.12",
    ),
    (
        "build",
        facts(fingerprint="google/coral:13/TQ3A"),
        facts(fingerprint="google/coral:13/TQ3B"),
        "google/coral:13/TQ3A, kernel 6.12.4 against google/coral:13/TQ3B",
    ),
    (
        "governor",
        state(governors={"policy0": "performance"}),
        state(governors={"policy0": "schedutil", "policy4": "performance"}),
        "governor of host: performance against performance and schedutil",
    ),
    (
        "governor",
        facts(governors=("performance",)),
        facts(governors=("powersave",)),
        "governor of host: performance against powersave",
    ),
    (
        "frequency",
        facts(min_khz=600_000, max_khz=1_800_000),
        facts(max_khz=1_500_000),
        "frequency of host: 600 to 1800 MHz against ? to 1500 MHz",
    ),
    (
        "conditions",
        planned(conditions=Conditions(start_temperature_below_c=45.0)),
        planned(conditions=Conditions(governor="performance")),
        "conditions: start_temperature_below 45.0 against governor performance",
    ),
    (
        "measure",
        measure(num_runs=50, warmup_runs=1),
        measure(num_runs=100, warmup_runs=5),
        "measure: num_runs 50, warmup_runs 1 against num_runs 100, warmup_runs 5",
    ),
    ("measure", measure(min_secs=1.0), measure(min_secs=0.0), "measure: min_secs 1 against"),
    ("measure", measure(run_delay_s=0.5), measure(), "measure: run_delay 0.5 against run_delay 0"),
    ("tool", tools(version="2.3.0"), tools(version="2.2.0"), "2.2.0 (abababababab)"),
    ("tool", tools(sha256="12" * 32), tools(), "tool of litert on host: 2.3.0 (121212121212)"),
    (
        "configuration",
        configuration(delegate="gpu", options=GpuOptions(precision="fp16")),
        configuration(delegate="gpu", options=GpuOptions(precision="fp32")),
        "on host: gpu precision fp16 sustained False against gpu precision fp32",
    ),
    (
        "configuration",
        configuration(extra_flags=(("use_caching", "true"),)),
        configuration(),
        "xnnpack --use_caching=true against xnnpack",
    ),
    ("affinity", configuration(affinity="big"), configuration(), "on host: big against none"),
    (
        "inputs",
        variant(inputs=(InputSpec("x", (1, 224), 0.0, 1.0),)),
        variant(signature="serve"),
        "inputs of digits/int8: x 1x224 0.0 to 1.0 against signature serve",
    ),
]


@pytest.mark.parametrize(
    ("fact", "before", "after", "text"),
    REFUSED,
    ids=[f"{one[0]} {one[3][-12:]}" for one in REFUSED],
)
def test_what_is_refused(fact: str, before: Change, after: Change, text: str) -> None:
    one, other = pair()
    one, other = before(one), after(other)
    (found,) = facts_of(one, other).refused()
    assert (found.fact, found.refused) == (fact, True)
    assert text in found.text
    with pytest.raises(UsageError) as raised:
        compare_runs(one, other)
    message = str(raised.value)
    assert message.startswith(f"runs {RUN_IDS[0]} and {RUN_IDS[1]} cannot be compared: {fact}")
    assert f"--differs {fact}. To compare them all the same: --force" in message
    assert "\n" not in message

    on_purpose = compare_runs(one, other, differs=(fact,))
    assert on_purpose.forced == ()
    assert f"Compared on purpose: {found.text}." in on_purpose.notes
    forced = compare_runs(one, other, force=True)
    assert forced.forced == (found.text,)
    assert forced.cases[0].verdict == on_purpose.cases[0].verdict


TOLD: list[tuple[Change, Change, str]] = [
    (variant(sha256="ab" * 32), variant(sha256="cd" * 32), "Model of digits/int8: abababababab"),
    (planned(suite="old"), planned(suite="new"), "Suite: old against new."),
    (
        planned(benchhub_version="0.1"),
        planned(),
        "Benchhub: 0.1, format 1 against 0.1.0, format 1.",
    ),
    (measure(profile_rounds=0), measure(profile_rounds=1), "Profiles: without against with."),
    (
        state(temperature_c={"cpu": 41.0}),
        state(temperature_c={"cpu": 58.0}),
        "Start temperature of host: 41 °C against 58 °C.",
    ),
    (state(load_1m=0.1), state(load_1m=2.5), "Load of host: 0.1 against 2.5."),
    (
        state(charging=True),
        state(charging=False),
        "Battery of host: charging against not charging.",
    ),
    (state(thermal_status=0), state(thermal_status=2), "Thermal status of host: 0 against 2."),
    (
        state(throttled=()),
        state(throttled=("under-voltage",)),
        "Throttled by of host: nothing against under-voltage.",
    ),
]


@pytest.mark.parametrize(("before", "after", "text"), TOLD, ids=[one[2][:12] for one in TOLD])
def test_what_is_only_told(before: Change, after: Change, text: str) -> None:
    one, other = pair()
    comparison = compare_runs(before(one), after(other))
    assert any(note.startswith(text) for note in comparison.notes), comparison.notes
    assert comparison.forced == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (state(temperature_c={"cpu": 41.0}), state(temperature_c={"cpu": 45.0})),
        (state(load_1m=0.1), state(load_1m=0.9)),
        (measure(rounds=5), measure(rounds=20)),
        (measure(timeout_s=5.0), measure(telemetry_interval_s=2.0)),
        (planned(seed=1), planned(seed=2)),
        (planned(conditions=Conditions(cooldown_timeout_s=1.0)), planned()),
    ],
)
def test_what_is_the_same(before: Change, after: Change) -> None:
    one, other = pair()
    usual = {found.text for found in facts_of(one, other).differing}
    assert {found.text for found in facts_of(before(one), after(other)).differing} == usual


def test_equal_runs_are_comparable_and_unknown_facts_are_named() -> None:
    one, other = pair()
    found = facts_of(one, other)
    assert [found.fact for found in found.differing] == ["model"]
    assert found.unknown == ("device", "cpus", "governor", "frequency")


def test_a_fact_of_many_cases_is_told_once() -> None:
    duels = [duel(quiet(4, i), quiet(4, 9 + i), f"v{i}") for i in range(5)]
    one, other = two_runs(*duels)
    (found,) = facts_of(configuration(affinity="big")(one), other).refused()
    assert found.text == (
        "affinity of digits/v0/xnnpack/t1 on host, digits/v1/xnnpack/t1 on host, "
        "digits/v2/xnnpack/t1 on host and 2 more: big against none"
    )


def test_a_message_names_three_facts_and_counts_the_others() -> None:
    one, other = pair(("host", "pi4"))
    before = facts(os="Debian 12", serial="A", cpu="X")(one)
    after = facts(os="Debian 13", serial="B", cpu="Y")(other)
    with pytest.raises(UsageError) as raised:
        demand_comparable(facts_of(before, after), RUN_IDS, ())
    message = raised.value.message
    assert "device of host, pi4: A against B; " in message
    assert message.endswith("; and 1 more.")
    assert "--differs device --differs cpu --differs build. To compare" in raised.value.advice


def test_only_what_the_cases_in_common_need_is_checked() -> None:
    one, _ = pair(("host", "pi4"))
    _, other = pair(("host",))
    changed = replace(
        one,
        devices=tuple(
            replace(record, facts=replace(record.facts, os="other"))
            if record.name == "pi4"
            else record
            for record in one.devices
        ),
    )
    assert facts_of(changed, other).refused() == ()


def test_what_is_said_to_differ_and_does_not_is_told() -> None:
    one, other = pair()
    comparison = compare_runs(one, other, differs=("build", "governor"))
    assert "--differs build: it is the same in both runs." in comparison.notes
    assert not any("--differs governor" in note for note in comparison.notes)


def test_a_device_that_was_never_reached_tells_nothing() -> None:
    one, other = pair()
    found = facts_of(replace(one, devices=()), with_processes(other, silent))
    assert {"device", "cpu", "build", "tool"} <= set(found.unknown)
    assert found.refused() == ()


def silent(one: Invocation) -> Invocation:
    return replace(one, before=Telemetry())


def test_every_fact_has_a_name_of_its_own() -> None:
    names = [fact.name for fact in CHECKED]
    assert len(set(names)) == len(names)
    assert {one[0] for one in REFUSED} | {"statistic"} == set(DECISIVE)


def test_what_a_device_says_is_safe_to_print() -> None:
    one, other = pair()
    (found,) = facts_of(facts(os="a\x1b[31m\nb")(one), facts(os="x" * 5000)(other)).refused()
    assert found.text.isprintable()
    assert len(found.text) < 500
