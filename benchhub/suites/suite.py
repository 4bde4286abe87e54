"""The YAML of a suite. Field descriptions go into its JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from benchhub.errors import ConfigError
from benchhub.records import AUTO_TOOL, Conditions, Measure, Verify
from benchhub.suites.configurations import BudgetsEntry, ConfigurationEntry, Name, Threads
from benchhub.suites.document import Document, read_document
from benchhub.suites.gate_entry import GateEntry
from benchhub.suites.model_entries import BudgetEntry, ModelEntry
from benchhub.suites.validation import Strict, validate

# The time that a process may need besides warm-up and runs, before it is ended.
TIMEOUT_SLACK_S = 60.0


def _with_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class ToolEntry(Strict):
    """A measuring program."""

    name: Name = Field(description="litert (embedded), benchmark_model, auto, ...")
    path: str | None = Field(None, description="The program, relative to the suite.")

    @model_validator(mode="after")
    def _has_a_program(self) -> Self:
        if self.name == AUTO_TOOL and self.path is not None:
            raise ValueError("auto takes no path: name the tool whose program it is")
        return self


class Filter(Strict):
    """Cases that match all the keys that are given; * and ? are wildcards."""

    model: str = "*"
    variant: str = "*"
    configuration: str = "*"
    tool: str = "*"
    threads: Threads | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a filter without a key would match every case")
        return self


class Addition(Filter):
    """Cases to add: the configurations that match, with this thread count."""

    threads: Threads


class MeasureEntry(Strict):
    """How often and how long; the names are benchmark_model's."""

    rounds: int = Field(5, ge=1, le=1000, description="Fresh processes per case.")
    profile_rounds: int = Field(1, ge=0, le=100, description="Profiled processes per case.")
    num_runs: int = Field(
        50, ge=1, le=10_000_000, description="Inferences: exactly, or at least with min_secs."
    )
    min_secs: float | None = Field(
        None, ge=0, le=3600, description="Go on that long. Default 1, or 0 if num_runs is given."
    )
    max_secs: float = Field(150.0, gt=0, le=86_400, description="Stop then, whatever num_runs.")
    warmup_runs: int = Field(1, ge=0, le=10_000_000, description="As num_runs, not timed.")
    warmup_min_secs: float | None = Field(
        None, ge=0, le=3600, description="Default 0.5, or 0 if warmup_runs is given."
    )
    run_delay: float = Field(0.0, ge=0, le=3600, description="Seconds between inferences.")
    cooldown: float = Field(0.0, ge=0, le=3600, description="Seconds before each process.")
    timeout: float | None = Field(
        None, gt=0, le=200_000, description="Seconds after which a process is ended."
    )

    telemetry_interval: float = Field(
        5.0, ge=0, le=3600, description="Seconds between looks at the device meanwhile; 0: none."
    )

    def record(self) -> Measure:
        """Return it with the defaults filled in."""
        given = self.model_fields_set
        min_secs, warmup = self.min_secs, self.warmup_min_secs
        if min_secs is None:
            min_secs = 0.0 if "num_runs" in given else 1.0
        if warmup is None:
            warmup = 0.0 if "warmup_runs" in given else 0.5
        return Measure(
            rounds=self.rounds,
            profile_rounds=self.profile_rounds,
            num_runs=self.num_runs,
            min_secs=min_secs,
            max_secs=self.max_secs,
            warmup_runs=self.warmup_runs,
            warmup_min_secs=warmup,
            run_delay_s=self.run_delay,
            cooldown_s=self.cooldown,
            timeout_s=self.timeout or 2 * self.max_secs + TIMEOUT_SLACK_S,
            telemetry_interval_s=self.telemetry_interval,
        )


class ConditionsEntry(Strict):
    """What has to hold on a device before each process starts."""

    start_temperature_below: float | None = Field(
        None, gt=0, le=150, description="Degrees Celsius of the hottest CPU zone."
    )
    battery_above: float | None = Field(
        None, ge=0, lt=100, description="Percent; met where there is no battery."
    )
    governor: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{1,40}$",
        description="cpufreq governor; set for the run where permitted, and put back after it.",
    )
    cooldown_timeout: float = Field(
        300.0, ge=0, le=86_400, description="Seconds to wait for them; then it is INVALID."
    )

    def record(self) -> Conditions:
        """Return it as a record."""
        return Conditions(
            self.start_temperature_below, self.battery_above, self.governor, self.cooldown_timeout
        )


class VerifyEntry(Strict):
    """How far the outputs on a device may be from those of the host's CPU."""

    against: Literal["cpu"] = Field("cpu", description="cpu: the host's, by the built-in kernels.")
    max_abs: float = Field(0.0, ge=0, description="Largest absolute difference of an element.")
    max_rel: float = Field(0.0, ge=0, description="Or the largest relative difference.")
    seed: int = Field(0, ge=0, lt=2**32, description="Of the random inputs.")

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if not {"max_abs", "max_rel"} & self.model_fields_set:
            raise ValueError("verify needs max_abs or max_rel: how far outputs may be off")
        return self

    def record(self) -> Verify:
        """Return it as a record."""
        return Verify(self.against, self.max_abs, self.max_rel, self.seed)


class SuiteFile(Strict):
    """A suite: models, configurations, tools, and how to measure."""

    name: Name
    description: str = ""
    models: list[ModelEntry] = Field(description="Networks with their files.")
    configurations: list[ConfigurationEntry] = Field(description="Delegates and threads.")
    tools: list[
        Annotated[ToolEntry, BeforeValidator(_with_name, json_schema_input_type=str | ToolEntry)]
    ] = Field([], description="What measures. Default: each device's own (`tool` in its file).")
    exclude: list[Filter] = Field([], description="Cases to leave out.")
    include: list[Addition] = Field([], description="Cases to add, after exclude.")
    measure: MeasureEntry = MeasureEntry()
    conditions: ConditionsEntry = ConditionsEntry()
    budgets: BudgetsEntry = BudgetsEntry()
    budget: BudgetEntry = Field(
        BudgetEntry(), description="What a model has to meet to be shipped: a check with a verdict."
    )
    verify: VerifyEntry | None = Field(
        None, description="Compare outputs with those of the host's CPU."
    )
    trace: bool = Field(
        default=False,
        description="Trace each case once: with Perfetto on Android, else from its profile.",
    )
    reference: str | None = Field(
        None,
        pattern=r"^[^/]+/[^/]+/t[0-9]+$",
        description="What speed-ups refer to, e.g. float32/none/t1. Default: the first case.",
    )
    gate: GateEntry = Field(GateEntry(), description="When `benchhub ab` calls a case slower.")
    canary: str | None = Field(
        None,
        description="Id of the case that `benchhub history` divides the others by, e.g. "
        "mobilenet_v2/float32/none/t1.",
    )


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite and the document it was read from, so that later errors can name a line."""

    file: SuiteFile
    document: Document


def read_suite(path: Path, name: str) -> Suite:
    """Read a suite file.

    Args:
        path: The file.
        name: How messages name it.

    Raises:
        ConfigError: See `read_document` and `parse_suite`.
    """
    return parse_suite(read_document(path, name))


def parse_suite(document: Document) -> Suite:
    """Check a document and return it as a suite.

    Raises:
        ConfigError: A key or value is wrong, or two things have the same name.
    """
    file = validate(document, SuiteFile)
    for part, names in (
        ("models", [entry.name for entry in file.models]),
        ("configurations", [entry.label for entry in file.configurations]),
        ("tools", [entry.name for entry in file.tools]),
    ):
        for index, name in enumerate(names):
            if name in names[:index]:
                first = document.place((part, names.index(name))).rsplit(":", 2)[1]
                raise ConfigError(
                    f"{document.place((part, index))}: {part} has '{name}' twice (first in line "
                    f"{first}); give each its own `name`."
                )
    return Suite(file, document)
