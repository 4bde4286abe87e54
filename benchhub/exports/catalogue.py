"""What each format of this package is for; other packages' formats are known by name only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        file: What such a file is usually called.
        reader: What reads it.
        several: Whether it holds several runs.
    """

    file: str
    reader: str
    several: bool = False


CATALOGUE: Mapping[str, Format] = {
    "bencher": Format("bencher.json", "Bencher, adapter json"),
    "chrome-trace": Format("trace.json", "Perfetto, chrome://tracing"),
    "csv": Format("runs.csv", "pandas, DuckDB, a spreadsheet: a row an invocation", several=True),
    "github-action-benchmark": Format(
        "output.json", "github-action-benchmark, tool customSmallerIsBetter"
    ),
    "hyperfine": Format("hyperfine.json", "hyperfine's scripts, and what reads its JSON"),
    "json": Format("verdicts.json", "programs: the verdicts of a comparison"),
    "junit": Format("junit.xml", "CI servers: the verdicts of a comparison"),
    "markdown": Format("comment.md", "people, in a pull request: the verdicts of a comparison"),
    "model-explorer": Format("nodes.json", "Model Explorer: times on the nodes of the graph"),
    "openmetrics": Format("benchhub.prom", "Prometheus, Grafana"),
    "ops-csv": Format("ops.csv", "pandas, DuckDB: a row an operator", several=True),
    "ops-parquet": Format("ops.parquet", "pandas, DuckDB: a row an operator", several=True),
    "otava": Format("otava.csv", "Apache Otava: a row a run, a column a case", several=True),
    "otava-config": Format("otava.yaml", "Apache Otava: its configuration", several=True),
    "parquet": Format("runs.parquet", "pandas, DuckDB: a row an invocation", several=True),
    "pytest-benchmark": Format("0001_run.json", "pytest-benchmark compare"),
    "speedscope": Format("speedscope.json", "speedscope"),
}
