"""What a log says, whoever wrote it: known lines, what they mean, and the figures in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchhub.records import Latency, Severity
from benchhub.tools.benchmark_litert_model import result_block
from benchhub.tools.benchmark_model import stdout
from benchhub.tools.benchmark_model.delegate_lines import read_delegate_lines
from benchhub.tools.diagnosis import Located, locate
from benchhub.tools.ending import signal_name

TFLITE = "TFLite's benchmark_model"
LITERT = "LiteRT's benchmark_model"
# Fatal ones say why there is no number, silent ones why the number is another one.
_ORDER = (Severity.FATAL, Severity.SILENT, Severity.INFO, Severity.NOISE)
_TIMEOUT_CODE = 124
# The first line of TFLite's program.
_STARTED = "STARTING!"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a log.

    Attributes:
        program: Who wrote it, as far as it can be told; empty if not.
        latency: Timed inferences that it tells.
        init_us: Time of the initialisation that it tells.
        placement: Lines of the program about delegates, as it wrote them.
        ending: What the exit code means; empty if none was given or it means nothing.
        found: Known lines, the decisive ones first.
        lines: Lines of the log.
    """

    program: str
    latency: Latency | None
    init_us: float | None
    placement: tuple[str, ...]
    ending: str
    found: tuple[Located, ...]
    lines: int

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        severities = {one.finding.severity for one in self.found}
        if Severity.FATAL in severities:
            return "It failed: no number of it can be used."
        if Severity.SILENT in severities:
            return "It went on, but measured something else than it was asked for."
        if self.ending:
            return "It did not end well, and its lines do not say why."
        if self.latency is not None:
            return "It measured, and nothing in it speaks against that."
        if self.found:
            return "Nothing in it speaks of a failure; it tells no latency."
        return "Nothing in this log is known."


def explain(text: str, exit_code: int | None = None) -> Explanation:
    """Say what a log means.

    Args:
        text: Standard output, standard error, logcat, or several of them one behind the other.
        exit_code: How the program ended, if that is known.
    """
    output = stdout.read_output(text, "")
    block = result_block.read_block(text)
    latency = stdout.latency_of(output) or (result_block.latency_of(block) if block else None)
    weighed = (_weighed(one, measured=latency is not None) for one in locate(text))
    located = sorted(weighed, key=lambda one: (_ORDER.index(one.finding.severity), one.line))
    started = output.headers or _STARTED in text
    return Explanation(
        program=LITERT if block else TFLITE if started else "",
        latency=latency,
        init_us=block.init_us if block else output.init_us,
        placement=_placement(text),
        ending=_ending(exit_code),
        found=tuple(located),
        lines=text.count("\n") + (not text.endswith("\n")) if text else 0,
    )


def _weighed(one: Located, *, measured: bool) -> Located:
    """Weigh lines that mean something only for what was asked, which a log does not tell."""
    finding = one.finding
    if finding.id == "xnnpack.implicit":
        finding = replace(finding, severity=Severity.INFO)
    if finding.id == "external.created":
        finding = replace(finding, severity=Severity.INFO if measured else Severity.FATAL)
    return replace(one, finding=finding)


def _placement(text: str) -> tuple[str, ...]:
    lines = read_delegate_lines(text, "")
    told = [applied.line for applied in lines.applied]
    counts = (*lines.replaced.values(), *lines.counted.values(), lines.shared)
    told += [coverage.line for coverage in counts if coverage is not None]
    return tuple(dict.fromkeys(told))


def _ending(exit_code: int | None) -> str:
    """Say what an exit code means."""
    if not exit_code:
        return ""
    if exit_code == _TIMEOUT_CODE:
        return "exit code 124: it was ended by a time limit"
    signal = signal_name(exit_code)
    if signal is not None:
        return f"exit code {exit_code}: it was ended by {signal}"
    return f"exit code {exit_code}: it failed (--help and --list_signatures end with 1 by design)"
