"""The YAML of a configuration: one class a delegate. Descriptions go into the suite's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from benchhub.records import (
    Budgets,
    CoremlOptions,
    DelegateOptions,
    ExternalOptions,
    GpuOptions,
    HexagonOptions,
    NnapiOptions,
    NpuOptions,
    XnnpackOptions,
    is_local,
)
from benchhub.records.delegates import Pairs
from benchhub.suites.validation import NAME_PATTERN, Strict

AFFINITY_PATTERN = r"^(little|big|prime|all|[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$"
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=80)]
Threads = Annotated[int, Field(ge=1, le=256)]
Scalar = str | bool | int | float
Options = Annotated[dict[Name, Scalar], Field(max_length=100)]
# Turns a file that a suite names into one of the workspace.
Locate = Callable[[str], str]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class BudgetsEntry(Strict):
    """What is demanded of the placement; exit code 6 where it does not hold."""

    min_delegated: float | None = Field(
        None, ge=0, le=1, description="Least share of the nodes that the delegate runs, 0 to 1."
    )
    max_partitions: int | None = Field(
        None, ge=1, le=100_000, description="Most pieces that the graph may be cut into."
    )
    allow_fallback: bool = Field(
        default=False, description="A fallback to the CPU is still told, but no failure of the run."
    )

    def record(self) -> Budgets:
        """Return it as a record."""
        return Budgets(self.min_delegated, self.max_partitions, self.allow_fallback)


class _Entry(Strict):
    """A delegate and the thread counts to run it with."""

    name: Name | None = Field(None, description="Default: the name of the delegate.")
    delegate: str
    threads: Annotated[
        list[Threads],
        BeforeValidator(_listed, json_schema_input_type=Threads | list[Threads]),
        Field(min_length=1),
    ] = Field([1], description="One thread count, or several.")
    affinity: str | None = Field(
        None,
        pattern=AFFINITY_PATTERN,
        description="CPUs to run on: little, big, prime, all, or a list such as 4-7.",
    )
    extra_flags: Options = Field(
        {}, description="Further flags of the tool, names and values; checked against its --help."
    )
    budgets: BudgetsEntry | None = Field(
        None, description="What is demanded of the placement. Default: the suite's."
    )

    @property
    def label(self) -> str:
        """Name in case ids."""
        made = f"{self.delegate}-{self.affinity}" if self.affinity else self.delegate
        return self.name or made.replace(",", "+")

    def options(self, locate: Locate) -> DelegateOptions | None:
        """Return the options of the delegate; None where it has none."""
        del locate
        return None

    def flags(self) -> Pairs:
        """Return the extra flags as text."""
        return pairs(self.extra_flags)


class NoneEntry(_Entry):
    """TFLite's built-in kernels."""

    delegate: Literal["none"] = Field(description="The built-in kernels.")


class XnnpackEntry(_Entry):
    """XNNPACK."""

    delegate: Literal["xnnpack"] = Field(description="The CPU's optimised kernels.")
    fp16: bool = Field(default=False, description="Compute float32 models in half precision.")
    weight_cache: bool = Field(
        default=False, description="Keep packed weights in a file between processes; changes init."
    )

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        del locate
        return XnnpackOptions(self.fp16, self.weight_cache)


class GpuEntry(_Entry):
    """The GPU."""

    delegate: Literal["gpu"] = Field(description="The GPU delegate, or LiteRT's accelerator.")
    backend: Literal["cl", "gl", "webgpu", "opengl"] | None = Field(
        None, description="cl or gl (TFLite); webgpu, opengl or gl (LiteRT)."
    )
    precision: Literal["fp16", "fp32"] | None = Field(None, description="Default: the tool's.")
    sustained: bool = Field(default=False, description="Prepare for many inferences.")
    quantised: bool | None = Field(None, description="Run quantised models. Default: the tool's.")

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        del locate
        return GpuOptions(self.backend or "", self.precision or "", self.sustained, self.quantised)


class NnapiEntry(_Entry):
    """Android's Neural Networks API."""

    delegate: Literal["nnapi"] = Field(description="Android 8.1 and later; deprecated in 15.")
    accelerator: str = Field("", description="Its name, as the device lists it; Android 10.")
    preference: (
        Literal["fast_single_answer", "sustained_speed", "low_power", "undefined"] | None
    ) = Field(None, description="Default: the tool's, fast_single_answer.")
    priority: Literal["default", "low", "medium", "high"] | None = Field(
        None, description="Android 11 and later."
    )
    fp16: bool = Field(default=False, description="Compute float32 models in half precision.")
    burst: bool = Field(default=False, description="Keep the highest clock between inferences.")
    cpu_disallowed: bool = Field(
        default=True, description="Never use NNAPI's own CPU implementation."
    )

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        del locate
        return NnapiOptions(
            self.accelerator,
            self.preference or "",
            self.priority or "",
            self.fp16,
            self.burst,
            self.cpu_disallowed,
        )


class HexagonEntry(_Entry):
    """Qualcomm's Hexagon DSP."""

    delegate: Literal["hexagon"] = Field(description="Snapdragon 835 to about 865.")
    profiling: bool = Field(default=False, description="Report cycles of the DSP in profiles.")
    libraries: str = Field(
        "", description="Folder with libhexagon_interface.so and the skels, relative to the suite."
    )

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        return HexagonOptions(self.profiling, locate(self.libraries))


class ExternalEntry(_Entry):
    """A delegate in a shared library."""

    delegate: Literal["external"] = Field(description="A delegate in a shared library.")
    product: Literal["edgetpu", "qnn", "vx", "armnn"] | None = Field(
        None, description="A known one: gives library and options their defaults."
    )
    library: str = Field(
        "",
        description="The library. With a / in it: relative to the suite, brought to the device; "
        "else, or if absolute: one that is on the device.",
    )
    options_: Options = Field({}, alias="options", description="Keys and values handed to it.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if not (self.library or self.product):
            raise ValueError("an external delegate needs its `library`, or a `product`")
        return self

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        return ExternalOptions(locate(self.library), pairs(self.options_), self.product or "")


class CoremlEntry(_Entry):
    """Apple's Core ML."""

    delegate: Literal["coreml"] = Field(description="Apple devices only.")
    version: int = Field(0, ge=0, le=100, description="Version to target; 0 is the newest.")

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        del locate
        return CoremlOptions(self.version)


class NpuEntry(_Entry):
    """LiteRT's NPU accelerator."""

    delegate: Literal["npu"] = Field(description="An NPU through LiteRT.")
    vendor: Literal["qualcomm", "mediatek", "google_tensor", "intel_openvino"] = Field(
        description="Whose dispatch library and compiler plugin."
    )
    libraries: str = Field(
        "", description="Folder with them, relative to the suite. Default: those of the tool."
    )
    options_: Options = Field(
        {},
        alias="options",
        description="The vendor's options without its prefix, e.g. htp_performance_mode: burst.",
    )

    def options(self, locate: Locate) -> DelegateOptions:
        """See `_Entry.options`."""
        return NpuOptions(self.vendor, locate(self.libraries), pairs(self.options_))


ConfigurationEntry = Annotated[
    NoneEntry
    | XnnpackEntry
    | GpuEntry
    | NnapiEntry
    | HexagonEntry
    | ExternalEntry
    | CoremlEntry
    | NpuEntry,
    Field(discriminator="delegate"),
]


def pairs(values: Mapping[str, Scalar]) -> Pairs:
    """Return names and values as a command line writes them: `true`, `0.5`."""
    return tuple(
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in values.items()
    )


def locator(relative: Callable[[str], str]) -> Locate:
    """Return what turns the names of files into those of the workspace.

    Args:
        relative: The same for a path relative to the suite.
    """

    def locate(name: str) -> str:
        if not is_local(name):
            return name
        found = relative(name)
        # Without a `/` it would be taken for a file of the device.
        return found if "/" in found else f"./{found}"

    return locate
