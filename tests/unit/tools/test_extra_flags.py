"""Further flags of a suite: passed through if the program has them and nothing else sets them."""

from __future__ import annotations

import pytest

from benchhub.records import CoremlOptions, GpuOptions, HexagonOptions, NnapiOptions, XnnpackOptions
from benchhub.tools.benchmark_model import inputs
from benchhub.tools.delegates.offer import OWN_FLAGS, Offer
from benchhub.tools.program.arguments import BASE_FLAGS

from .test_delegates import CACHE, MAC, PHONE, ask, flags, litert, refused, tflite


def test_a_flag_of_the_program_is_passed_through_behind_the_others() -> None:
    answer = ask(None, "xnnpack", tflite(), ("max_delegated_partitions", "3"), ("verbose", "true"))

    assert list(flags(answer).items()) == [
        ("use_xnnpack", "true"),
        ("max_delegated_partitions", "3"),
        ("verbose", "true"),
    ]


@pytest.mark.parametrize(
    ("name", "family", "code", "words"),
    [
        ("max_delegated_partition", "tflite", 3, "does not know --max_delegated_partition."),
        ("use_gpu", "tflite", 2, "benchhub sets --use_gpu itself"),
        ("graph", "litert", 2, "benchhub sets --graph itself"),
        ("xnnpack_force_fp16", "tflite", 2, "benchhub sets --xnnpack_force_fp16 itself"),
        ("use_ynnpack", "tflite", 2, "--use_ynnpack chooses another delegate"),
        ("stable_delegate_settings_file", "tflite", 2, "chooses another delegate"),
        ("dry_run", "litert", 2, "with --dry_run the program measures nothing"),
        ("require_full_delegation", "litert", 2, "aborts with --require_full_delegation"),
        ("qualcomm_no_such", "litert", 3, "LiteRT's benchmark_model does not know"),
    ],
)
def test_what_cannot_be_passed_through_says_why(
    name: str, family: str, code: int, words: str
) -> None:
    place = tflite() if family == "tflite" else litert()
    answer = refused(ask(None, "xnnpack", place, (name, "true"), staged=None))

    assert words in answer.message
    assert answer.exit_code == code


def test_full_delegation_can_be_demanded_of_tflite() -> None:
    answer = ask(None, "gpu", tflite(), ("require_full_delegation", "true"))

    assert flags(answer)["require_full_delegation"] == "true"


def test_every_flag_that_a_key_of_the_suite_becomes_is_benchhubs_own() -> None:
    """Else a suite could ask for two things at once, and the first on the line would win."""
    place = tflite(PHONE, "xnnpack_force_fp16", CACHE)
    apple = tflite(MAC, "use_coreml", "coreml_version")
    answers = [
        ask(XnnpackOptions(fp16=True, weight_cache=True), "xnnpack", place),
        ask(GpuOptions("cl", "fp32", sustained=True, quantised=True), "gpu", place),
        ask(NnapiOptions("a", "low_power", "low", fp16=True, burst=True), "nnapi", place),
        ask(NnapiOptions(), "nnapi", place),
        ask(HexagonOptions(profiling=True, libraries="./libs"), "hexagon", place),
        ask(CoremlOptions(3), "coreml", apple),
        ask(GpuOptions("gl", "fp16"), "gpu", litert()),
    ]
    own = {*BASE_FLAGS, *inputs.SHAPE_FLAGS, inputs.FILES_FLAG}
    for answer in answers:
        assert isinstance(answer, Offer), answer
        own |= {name for name, _ in (*answer.arguments, *answer.profiling)}

    assert own <= OWN_FLAGS
