"""Which flags a delegate becomes, and where it is refused, with the flags of recorded programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.records import (
    Configuration,
    CoremlOptions,
    DelegateOptions,
    DeviceFacts,
    ExternalOptions,
    GpuOptions,
    HexagonOptions,
    NnapiOptions,
    NpuOptions,
    XnnpackOptions,
)
from benchhub.tools.delegates.offer import NotPossible, Offer, Place, offer
from benchhub.tools.delegates.products import PRODUCTS
from benchhub.tools.program.flags import parse_flags
from benchhub.tools.program.litert_flags import assumed
from benchhub.tools.tool import Staged
from tests.unit.tools.places import LINUX, PHONE

RECORDED = Path(__file__).parents[2] / "recorded"
GPU_BUILD = {
    "gpu_precision_loss_allowed",
    "gpu_experimental_enable_quant",
    "gpu_inference_for_sustained_speed",
    "gpu_backend",
}
PHONE_BUILD = {"use_hexagon", "hexagon_lib_path", "hexagon_profiling"}
BOARD = replace(LINUX, arch="aarch64")
MAC = replace(LINUX, kind="darwin", arch="arm64")
STAGED = Staged("stage/0a.tflite", "work/1", {"./libs": "stage/1b", "./d.so": "stage/2c.so"})


def flags_of(recording: str) -> frozenset[str]:
    """Return the flags of a recorded `--help`."""
    text = (RECORDED / "benchmark_model" / recording).read_text()
    names = parse_flags(text)
    assert len(names) > 40
    return frozenset(names)


# TensorFlow 2.14 on a Linux host, as built for the tests: no GPU, no Hexagon.
OLD = flags_of("tensorflow-2.14.1/help.stderr")


def tflite(facts: DeviceFacts = PHONE, *more: str, libraries: tuple[str, ...] = ()) -> Place:
    """A program of TFLite for a phone, as its providers register their flags."""
    built = OLD | GPU_BUILD | PHONE_BUILD | set(more)
    return Place("tflite", frozenset(built), facts, libraries)


def litert(facts: DeviceFacts = PHONE, *more: str, libraries: tuple[str, ...] = ()) -> Place:
    return Place("litert", frozenset(assumed()) | set(more), facts, libraries)


def ask(
    options: DelegateOptions | None,
    word: str,
    place: Place,
    *extra: tuple[str, str],
    staged: Staged | None = STAGED,
) -> Offer | NotPossible:
    configuration = Configuration("mine", word, 1, options=options, extra_flags=extra)
    return offer(configuration, place, staged)


def flags(answer: Offer | NotPossible) -> dict[str, str]:
    assert isinstance(answer, Offer), answer
    names = [name for name, _ in answer.arguments]
    assert len(names) == len(set(names))
    return dict(answer.arguments)


def refused(answer: Offer | NotPossible) -> NotPossible:
    assert isinstance(answer, NotPossible), answer
    assert answer.advice
    assert "\n" not in answer.message
    return answer


CACHE = "xnnpack_weight_cache_file_path"


@pytest.mark.parametrize(
    ("word", "options", "wanted"),
    [
        ("none", None, {"use_xnnpack": "false"}),
        ("xnnpack", None, {"use_xnnpack": "true"}),
        (
            "xnnpack",
            XnnpackOptions(fp16=True, weight_cache=True),
            {
                "use_xnnpack": "true",
                "xnnpack_force_fp16": "true",
                CACHE: "work/0a.tflite.mine.t1.benchmark_model.xnnpack",
            },
        ),
        ("gpu", None, {"use_gpu": "true"}),
        (
            "gpu",
            GpuOptions("cl", "fp32", sustained=True, quantised=False),
            {
                "use_gpu": "true",
                "gpu_backend": "cl",
                "gpu_precision_loss_allowed": "false",
                "gpu_inference_for_sustained_speed": "true",
                "gpu_experimental_enable_quant": "false",
            },
        ),
        ("nnapi", None, {"use_nnapi": "true", "disable_nnapi_cpu": "true"}),
        (
            "nnapi",
            NnapiOptions("google-edgetpu", "sustained_speed", "high", fp16=True, burst=True),
            {
                "use_nnapi": "true",
                "nnapi_accelerator_name": "google-edgetpu",
                "nnapi_execution_preference": "sustained_speed",
                "nnapi_execution_priority": "high",
                "nnapi_allow_fp16": "true",
                "nnapi_use_burst_mode": "true",
            },
        ),
        (
            "hexagon",
            HexagonOptions(profiling=True, libraries="./libs"),
            {"use_hexagon": "true", "hexagon_lib_path": "stage/1b"},
        ),
        (
            "external",
            ExternalOptions("./d.so", (("a", "b"), ("c", "1"))),
            {"external_delegate_path": "stage/2c.so", "external_delegate_options": "a:b;c:1"},
        ),
    ],
)
def test_options_become_flags_of_tflite(
    word: str, options: DelegateOptions | None, wanted: dict[str, str]
) -> None:
    place = tflite(PHONE, "xnnpack_force_fp16", CACHE)

    assert flags(ask(options, word, place)) == wanted


@pytest.mark.parametrize(
    ("word", "options", "wanted"),
    [
        ("xnnpack", None, {"use_cpu": "true"}),
        ("gpu", None, {"use_gpu": "true"}),
        (
            "gpu",
            GpuOptions("webgpu", "fp32"),
            {"use_gpu": "true", "gpu_backend": "webgpu", "gpu-precision": "fp32"},
        ),
        (
            "npu",
            NpuOptions("qualcomm", "./libs", (("htp_performance_mode", "burst"),)),
            {
                "use_npu": "true",
                "dispatch_library_path": "stage/1b",
                "compiler_plugin_library_path": "stage/1b",
                "qualcomm_htp_performance_mode": "burst",
            },
        ),
    ],
)
def test_options_become_flags_of_litert(
    word: str, options: DelegateOptions | None, wanted: dict[str, str]
) -> None:
    assert flags(ask(options, word, litert(PHONE, "qualcomm_htp_performance_mode"))) == wanted


def test_a_dsp_is_given_its_folders_apart_from_the_loader() -> None:
    """The DSP's loader cuts at `;`: a list with `:` would be one folder."""
    place = tflite(libraries=("stage/ff",))
    answer = ask(HexagonOptions(libraries="./libs"), "hexagon", place)

    assert isinstance(answer, Offer)
    assert answer.env["LD_LIBRARY_PATH"] == "stage/1b:stage/ff"
    first, *system = answer.env["ADSP_LIBRARY_PATH"].split(";")
    assert first == "stage/1b"
    assert system
    assert all(folder.startswith("/") and ":" not in folder for folder in system)


def test_the_dsp_looks_into_all_folders() -> None:
    """The interface is beside the program, the skels may be elsewhere."""
    answer = ask(None, "hexagon", tflite(libraries=("stage/skels", "stage/program")))

    assert isinstance(answer, Offer)
    assert flags(answer)["hexagon_lib_path"] == "stage/skels;stage/program"
    assert answer.env["LD_LIBRARY_PATH"] == "stage/skels:stage/program"
    assert answer.env["ADSP_LIBRARY_PATH"].startswith("stage/skels;stage/program;/system/")


@pytest.mark.parametrize(
    ("vendor", "libraries", "folder"),
    [
        ("mediatek", ("s/qualcomm", "s/mediatek", "s/program"), "s/mediatek"),
        ("google_tensor", ("s/qualcomm", "s/mediatek", "s/program"), "s/program"),
        ("qualcomm", ("s/first", "s/program"), "s/first"),
    ],
)
def test_a_vendor_is_given_its_own_folder(
    vendor: str, libraries: tuple[str, ...], folder: str
) -> None:
    """LiteRT would load the first dispatch library below a folder, whosever it is."""
    answer = ask(NpuOptions(vendor), "npu", litert(libraries=libraries))

    assert isinstance(answer, Offer)
    assert flags(answer)["dispatch_library_path"] == folder
    assert flags(answer)["compiler_plugin_library_path"] == folder
    assert answer.env["LD_LIBRARY_PATH"].startswith(folder)


def test_without_a_folder_the_npu_is_asked_for_and_the_need_is_told() -> None:
    """A program may have its dispatch library linked in."""
    answer = ask(NpuOptions("qualcomm"), "npu", litert())

    assert isinstance(answer, Offer)
    assert flags(answer) == {"use_npu": "true"}
    assert "libLiteRtDispatch_*" in answer.notes[0]


@pytest.mark.parametrize("chip", ["QTI SM8350", "Qualcomm SM8550", "lahaina", None])
def test_a_chip_that_may_be_a_snapdragon_is_tried(chip: str | None) -> None:
    phone = replace(PHONE, soc=chip)

    assert flags(ask(None, "hexagon", tflite(phone)))["use_hexagon"] == "true"
    assert flags(ask(NpuOptions("qualcomm", "./libs"), "npu", litert(phone)))["use_npu"] == "true"


def test_each_case_has_its_own_weight_cache() -> None:
    """The folders of two invocations of one case are siblings, and its cache lies beside them."""

    def file(threads: int, work_dir: str, name: str = "mine") -> str:
        options = XnnpackOptions(weight_cache=True)
        configuration = Configuration(name, "xnnpack", threads, options=options)
        staged = replace(STAGED, work_dir=work_dir)
        return flags(offer(configuration, litert(), staged))[CACHE]

    assert file(1, "store/scratch/run/0001") == file(1, "store/scratch/run/0007")
    assert file(1, "store/scratch/run/0001").startswith("store/scratch/run/0a.tflite.")
    others = {file(1, "r/1"), file(2, "r/1"), file(1, "r/1", "yours"), file(1, "s/1")}
    assert len(others) == 4


def test_a_newer_program_of_tflite_has_the_newer_flags() -> None:
    """A build of August 2026 with the providers, which registers no flags of a GPU on Linux."""
    new = Place("tflite", flags_of("litert-2026-08-providers/help.stderr"), LINUX)
    options = XnnpackOptions(fp16=True, weight_cache=True)

    assert set(flags(ask(options, "xnnpack", new))) == {"use_xnnpack", "xnnpack_force_fp16", CACHE}
    assert "has no GPU delegate" in refused(ask(None, "gpu", new)).message
    phone = replace(new, facts=PHONE)
    nnapi = NnapiOptions(preference="low_power", priority="low", fp16=True, burst=True)
    assert len(flags(ask(nnapi, "nnapi", phone))) == 6


@pytest.mark.parametrize("name", sorted(PRODUCTS))
def test_a_known_product_has_a_library(name: str) -> None:
    product = PRODUCTS[name]
    place = tflite(BOARD, libraries=("stage/ff",))
    found = flags(ask(ExternalOptions(product=name), "external", place))
    own = flags(ask(ExternalOptions("/opt/x.so", (("k", "v"),), name), "external", place))

    assert found["external_delegate_path"] == product.library
    assert own["external_delegate_path"] == "/opt/x.so"
    assert own["external_delegate_options"].endswith("k:v")


def test_an_option_of_a_product_can_be_changed() -> None:
    place = tflite(PHONE)
    chosen = ExternalOptions(options=(("backend_type", "gpu"),), product="qnn")

    assert flags(ask(None, "xnnpack", place))
    assert flags(ask(chosen, "external", place))["external_delegate_options"] == "backend_type:gpu"


@pytest.mark.parametrize("options", [(("path", "a:b"),), (("list", "a;b"),), (("k:", "v"),)])
def test_an_option_that_the_program_would_drop_is_refused(
    options: tuple[tuple[str, str], ...],
) -> None:
    answer = refused(ask(ExternalOptions("/d.so", options), "external", tflite()))

    assert answer.exit_code == 2
    assert options[0][0] in answer.message


OLD_PHONE = replace(PHONE, api_level=26)
TENSOR = replace(PHONE, soc="Google GS201")


@pytest.mark.parametrize(
    ("word", "options", "place", "words"),
    [
        ("gpu", None, Place("tflite", OLD, LINUX), "has no GPU delegate"),
        ("gpu", GpuOptions("webgpu"), tflite(), "no backend 'webgpu' (it has: cl, gl)"),
        ("gpu", GpuOptions("cl"), litert(), "no backend 'cl'"),
        ("gpu", GpuOptions(sustained=True), litert(), "no flag for `sustained`"),
        ("gpu", GpuOptions(quantised=False), litert(), "no flag for `quantised`"),
        ("xnnpack", XnnpackOptions(fp16=True), tflite(), "does not know --xnnpack_force_fp16"),
        ("xnnpack", XnnpackOptions(weight_cache=True), tflite(), f"does not know --{CACHE}"),
        ("xnnpack", XnnpackOptions(fp16=True), litert(), "no flag for fp16"),
        ("none", None, litert(), "cannot leave XNNPACK out"),
        ("nnapi", None, tflite(LINUX), "only Android has it"),
        ("nnapi", None, tflite(OLD_PHONE), "needs Android 8.1 (API level 27); the device has 26"),
        (
            "nnapi",
            NnapiOptions("npu"),
            tflite(replace(PHONE, api_level=28)),
            "`accelerator` Android 10 (API level 29); the device has 28",
        ),
        (
            "nnapi",
            NnapiOptions(priority="low"),
            tflite(replace(PHONE, api_level=29)),
            "`priority` Android 11 (API level 30); the device has 29",
        ),
        ("nnapi", None, litert(), "has no such delegate"),
        ("hexagon", None, tflite(LINUX), "only Android phones with a Snapdragon"),
        ("hexagon", None, Place("tflite", OLD, PHONE), "does not know --use_hexagon"),
        ("coreml", None, tflite(LINUX), "only Apple's devices"),
        ("coreml", CoremlOptions(5), tflite(MAC), "does not know --use_coreml, --coreml_version"),
        ("npu", NpuOptions("qualcomm"), tflite(), "LiteRT's has"),
        ("npu", NpuOptions("mediatek"), litert(LINUX), "the device is linux_x86_64"),
        ("npu", None, litert(), "does not say whose"),
        ("npu", NpuOptions("qualcomm"), litert(TENSOR), "the device has Google GS201"),
        ("hexagon", None, tflite(TENSOR), "the device has Google GS201"),
        ("external", ExternalOptions(product="qnn"), tflite(TENSOR), "the device has Google GS201"),
        (
            "npu",
            NpuOptions("qualcomm", "./libs", (("no_such", "1"),)),
            litert(),
            "does not know --qualcomm_no_such",
        ),
        ("external", ExternalOptions(product="vx"), tflite(), "the device is android_arm64"),
        ("external", ExternalOptions("x.so"), litert(), "has no such delegate"),
    ],
)
def test_what_is_not_possible_says_why(
    word: str, options: DelegateOptions | None, place: Place, words: str
) -> None:
    assert words in refused(ask(options, word, place, staged=None)).message


def test_a_newer_phone_is_told_that_nnapi_is_deprecated() -> None:
    new = ask(None, "nnapi", tflite(replace(PHONE, api_level=35)))
    old = ask(None, "nnapi", tflite(PHONE))

    assert isinstance(new, Offer)
    assert isinstance(old, Offer)
    assert "deprecated" in new.notes[0]
    assert not old.notes


def test_cycles_of_the_dsp_are_asked_for_in_profiles_only() -> None:
    answer = ask(HexagonOptions(profiling=True), "hexagon", tflite())

    assert isinstance(answer, Offer)
    assert answer.profiling == (("hexagon_profiling", "true"),)
    assert "cycles" in answer.notes[-1]


def test_a_flag_that_newer_programs_swallow_is_refused() -> None:
    options = NpuOptions("mediatek", "./libs", (("nerun_pilot_version", "version8"),))
    older = litert()
    older = replace(older, flags=older.flags - {CACHE})

    assert "since 2.2.0" in refused(ask(options, "npu", litert())).message
    assert flags(ask(options, "npu", older))["mediatek_nerun_pilot_version"] == "version8"


def test_a_named_accelerator_leaves_the_cpu_flag_out() -> None:
    """With a name the program ignores --disable_nnapi_cpu."""
    allowed = flags(ask(NnapiOptions(cpu_disallowed=False), "nnapi", tflite()))
    named = flags(ask(NnapiOptions("dsp", cpu_disallowed=False), "nnapi", tflite()))

    assert allowed["disable_nnapi_cpu"] == "false"
    assert "disable_nnapi_cpu" not in named
