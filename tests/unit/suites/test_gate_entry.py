from __future__ import annotations

import pytest

from benchhub.errors import ConfigError
from benchhub.records import GateSpec, Rule
from benchhub.suites.document import parse_document
from benchhub.suites.suite import parse_suite

SUITE = """\
name: mine
models: [{name: net, variants: {f: net.tflite}}]
configurations: [{delegate: xnnpack}]
"""


def gate(text: str) -> GateSpec:
    return parse_suite(parse_document(f"{SUITE}gate: {text}\n", "s.yaml")).file.gate.record()


def error_of(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        gate(text)
    return str(caught.value)


def test_what_is_not_said_has_its_default() -> None:
    assert gate("{}") == GateSpec()
    assert parse_suite(parse_document(SUITE, "s.yaml")).file.gate.record() == GateSpec()


def test_shares_are_numbers_or_percent() -> None:
    spec = gate(
        "{min_effect: 2.5 %, alpha: 0.02, memory_tolerance: 10%, rule: bound, looks: [5],\n"
        "  told_only: [size, peak memory]}"
    )
    assert (spec.min_effect, spec.alpha, spec.memory_tolerance) == (0.025, 0.02, 0.1)
    assert (spec.rule, spec.looks) == (Rule.BOUND, (5,))
    assert spec.told_only == ("size", "peak memory")


def test_the_kind_of_device_decides_where_nothing_is_said() -> None:
    assert [GateSpec().effect_on(kind) for kind in ("android", "linux", None)] == [0.05, 0.03, 0.03]
    assert gate("{min_effect: 1%}").effect_on("android") == 0.01


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{min_effect: 3}", "'min_effect'"),
        ("{min_effect: 300%}", "'min_effect'"),
        ("{min_effect: much}", "'min_effect'"),
        ("{alpha: 0}", "'alpha'"),
        ("{looks: [8, 8]}", "each larger than the one before"),
        ("{looks: [12, 8]}", "each larger than the one before"),
        ("{looks: [2]}", "looks"),
        ("{looks: []}", "looks"),
        ("{looks: [8, 5000]}", "looks"),
        ("{rule: strict}", "'rule'"),
        ("{told_only: [speed]}", "told_only"),
        ("{min_efect: 3%}", "did you mean 'min_effect'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    message = error_of(text)
    assert message.startswith("s.yaml:4:")
    assert said in message
