"""pytest plugin: each case of a suite on each device is a test.

    pytest --benchhub-suite suites/quickstart.yaml --benchhub-devices host

docs/pytest.md describes it. pytest loads this module in every project of an environment that has
benchhub, so that nothing else of it is imported before --benchhub-suite is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchhub.pytest_plugin.bench import Bench

_BENCHES: pytest.StashKey[dict[Path, Bench]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("benchhub", "benchmarks of .tflite models")
    group.addoption(
        "--benchhub-suite",
        action="append",
        default=[],
        metavar="FILE",
        help="measure this suite: each case on each device is a test; may be given again",
    )
    group.addoption(
        "--benchhub-devices",
        default="host",
        metavar="NAMES",
        help="names from devices/, or @label; with commas (default: host)",
    )
    group.addoption(
        "--benchhub-baseline",
        metavar="WHAT",
        help="compare with that: a folder of models, suite, program or commit; a case fails if "
        "it became slower",
    )
    group.addoption(
        "--benchhub-inconclusive",
        choices=("skip", "fail"),
        default="skip",
        help="what becomes of a case that the data cannot decide (default: skip)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put the suites among what is collected: in place of the default paths, beside given ones.

    Raises:
        pytest.UsageError: A suite is not there, or several workers would measure.
    """
    suites = _suites(config)
    if not suites:
        return
    if getattr(config.option, "dist", "no") != "no" or hasattr(config, "workerinput"):
        raise pytest.UsageError(
            "benchhub: tests beside a measurement would disturb it; leave -n away, or give -n 0."
        )
    config.stash[_BENCHES] = {}
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = []
    named = {_absolute(config, arg.split("::")[0]) for arg in config.args}
    config.args += [str(path) for path in suites if path not in named]


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Make the plan of each suite, so that what is wrong is told before anything runs.

    Raises:
        pytest.UsageError: Suite, device or baseline is wrong.
    """
    config = session.config
    benches = config.stash.get(_BENCHES, None)
    if benches is None:
        return
    from benchhub.errors import BenchhubError  # noqa: PLC0415 - see above
    from benchhub.pytest_plugin.bench import Bench, Wishes  # noqa: PLC0415

    wishes = Wishes(
        devices=tuple(filter(None, config.getoption("--benchhub-devices").split(","))),
        baseline=config.getoption("--benchhub-baseline"),
        folder=config.invocation_params.dir,
        making=not config.option.collectonly,
    )
    for path in _suites(config):
        try:
            benches[path] = Bench(path, wishes, _teller(config))
        except BenchhubError as error:
            raise pytest.UsageError(f"benchhub: {error}") from error


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the suites that were named; no other YAML file is looked at."""
    bench = parent.config.stash.get(_BENCHES, {}).get(file_path.resolve())
    if bench is None:
        return None
    from benchhub.pytest_plugin.items import SuiteFile  # noqa: PLC0415 - see above

    return SuiteFile.of(parent, file_path, bench)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Measure before the first case: here pytest captures nothing, so progress can be seen."""
    if item.config.stash.get(_BENCHES, None) is None:
        return
    from benchhub.pytest_plugin.items import CaseItem  # noqa: PLC0415 - see above

    if isinstance(item, CaseItem) and not item.bench.is_over:
        mine = [
            one.key
            for one in item.session.items
            if isinstance(one, CaseItem) and one.bench is item.bench
        ]
        item.bench.measure(mine)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is measured."""
    if config.stash.get(_BENCHES, None) is None:
        return []
    baseline = config.getoption("--benchhub-baseline")
    against = f", against {baseline}" if baseline else ""
    suites: Sequence[str] = config.getoption("--benchhub-suite")
    return [f"benchhub: {', '.join(suites)} on {config.getoption('--benchhub-devices')}{against}"]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say where the figures are, and how to go on with what was interrupted."""
    lines = [
        line
        for bench in config.stash.get(_BENCHES, {}).values()
        for line in bench.last_words(quiet=config.option.verbose < 0)
    ]
    if lines:
        terminalreporter.section("benchhub")
        for line in lines:
            terminalreporter.write_line(line)


def _suites(config: pytest.Config) -> list[Path]:
    """Return the files of the suites, each once."""
    words: Sequence[str] = config.getoption("--benchhub-suite")
    return list(dict.fromkeys(_absolute(config, word) for word in words))


def _absolute(config: pytest.Config, word: str) -> Path:
    return (config.invocation_params.dir / word).resolve()


def _teller(config: pytest.Config) -> Callable[[str], None]:
    """Return what prints a line between pytest's own."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")

    def tell(text: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(text)

    return tell
