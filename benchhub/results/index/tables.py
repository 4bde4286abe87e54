"""The tables of the index, as its newest version has them; migrations/ brings older ones there."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite counts in columns of its own INTEGER only.
_ID = BigInteger().with_variant(Integer(), "sqlite")


def _number() -> Column[int]:
    """The run that a row is of; all its rows go with it."""
    run = ForeignKey("runs.id", ondelete="CASCADE")
    return Column("run", _ID, run, primary_key=True, autoincrement=False)


def _place(name: str = "place") -> Column[int]:
    """Where among the rows of its run it is, from 0."""
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _beginnings(name: str, column: str) -> Index:
    """An index that finds what begins with something, e.g. a digest."""
    return Index(name, column, postgresql_ops={column: "text_pattern_ops"})


# A workspace that brings its runs in.
homes = Table(
    "homes",
    metadata,
    Column("id", Text, primary_key=True),
    _text("place"),  # host and folder, for people
)

runs = Table(
    "runs",
    metadata,
    Column("id", _ID, Identity(), primary_key=True),
    Column("home", Text, ForeignKey("homes.id", ondelete="CASCADE"), nullable=False),
    _text("run_id"),  # two controllers may begin a run in the same second
    _text("suite"),
    _text("created"),
    _text("state"),
    _text("devices"),  # names, joined by commas
    Column("cases", Integer, nullable=False),
    Column("done", Integer, nullable=False),  # invocations on disk
    Column("planned", Integer, nullable=False),
    Column("failed", Integer, nullable=False),  # invocations that failed
    Column("imported", Integer, nullable=False),  # files that figures are from; 0 if measured
    Column("compares", Integer, nullable=False),  # 1 if two sides were measured in pairs
    _text("benchhub"),  # version that made the plan
    _text("stamp"),  # what its folder looked like; see `Index.refresh`
    UniqueConstraint("home", "run_id", name="runs_home_run_id"),
)

cases = Table(
    "cases",
    metadata,
    _number(),
    _place(),
    _text("case_id"),  # names what was asked for
    _text("model"),
    _text("variant"),
    _text("model_sha256"),
    _text("configuration"),
    _text("delegate"),  # that was asked for
    Column("threads", BigInteger, nullable=False),
    _text("affinity"),
    _text("tool"),
    _text("side"),  # of a comparison; empty outside
    Column("git_commit", Text),  # of the workspace or the side; None if not known
    Index(
        "cases_model_sha256", "model_sha256", postgresql_ops={"model_sha256": "text_pattern_ops"}
    ),
    _beginnings("cases_git_commit", "git_commit"),
)

devices = Table(
    "devices",
    metadata,
    _number(),
    _place(),
    _text("name"),
    Column("transport", Text),  # None here and below: the run did not get that far, or not told
    Column("build", Text),  # Android's fingerprint, else system and kernel
    Column("cpu", Text),
    Column("hardware", Text),  # manufacturer and model, or the board
    Index("devices_name", "name"),
)

tools = Table(
    "tools",
    metadata,
    _number(),
    _place("device_place"),
    _place(),
    _text("name"),
    _text("side"),  # whose program it is; empty if both sides have the same
    _text("family"),
    _text("version"),
    _text("path"),
    _text("sha256"),
    _beginnings("tools_sha256", "sha256"),
)

invocations = Table(
    "invocations",
    metadata,
    _number(),
    _place(),
    Column("device_place", Integer, nullable=False),
    Column("case_place", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("round", BigInteger, nullable=False),
    _text("purpose"),
    _text("status"),
    _text("started"),
    Column("ran_on", Text),  # the delegate that ran, in a FALLBACK another one; None: not told
    Column("statistic", Text),
    Column("value_us", Double),
    Column("n", BigInteger),
    Column("timed_ops", Integer, nullable=False),  # rows of `ops`
)

# What the operators of a run are: the same ones in every profile of a case.
operators = Table(
    "operators",
    metadata,
    _number(),
    _place(),
    Column("position", BigInteger, nullable=False),
    _text("op"),
    _text("kernel"),
    _text("name"),
    Column("node", BigInteger),
    Column("subgraph", BigInteger, nullable=False),
    Column("op_delegate", Text),
)

# The times of each operator in each profile: figures only, as there are millions.
ops = Table(
    "ops",
    metadata,
    _number(),
    _place("invocation"),
    _place(),
    Column("operator", Integer, nullable=False),
    Column("mean_us", Double),
    Column("min_us", Double),
    Column("max_us", Double),
    Column("std_us", Double),
    Column("calls", Double),
    sqlite_with_rowid=False,
)
