"""The first index that migrations make."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_plans()
    _make_measured()


def _make_runs() -> None:
    op.create_table("homes", _text("id", primary_key=True), _text("place"))
    op.create_table(
        "runs",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("home", sa.Text, sa.ForeignKey("homes.id", ondelete="CASCADE"), nullable=False),
        *map(_text, ("run_id", "suite", "created", "state", "devices")),
        *map(_integer, ("cases", "done", "planned", "failed", "imported", "compares")),
        *map(_text, ("benchhub", "stamp")),
        sa.UniqueConstraint("home", "run_id", name="runs_home_run_id"),
    )


def _make_plans() -> None:
    op.create_table(
        "cases",
        _run(),
        _place(),
        *map(_text, ("case_id", "model", "variant", "model_sha256", "configuration", "delegate")),
        sa.Column("threads", sa.BigInteger, nullable=False),
        *map(_text, ("affinity", "tool", "side")),
        sa.Column("git_commit", sa.Text),
    )
    op.create_table(
        "devices",
        _run(),
        _place(),
        _text("name"),
        *(sa.Column(name, sa.Text) for name in ("transport", "build", "cpu", "hardware")),
    )
    op.create_table(
        "tools",
        _run(),
        _place("device_place"),
        _place(),
        *map(_text, ("name", "side", "family", "version", "path", "sha256")),
    )
    op.create_index("devices_name", "devices", ["name"])
    for table, column in (
        ("cases", "model_sha256"),
        ("cases", "git_commit"),
        ("tools", "sha256"),
    ):
        beginnings = {column: "text_pattern_ops"}
        op.create_index(f"{table}_{column}", table, [column], postgresql_ops=beginnings)


def _make_measured() -> None:
    op.create_table(
        "invocations",
        _run(),
        _place(),
        *map(_integer, ("device_place", "case_place")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("number", "round")),
        *map(_text, ("purpose", "status", "started")),
        *(sa.Column(name, sa.Text) for name in ("ran_on", "statistic")),
        sa.Column("value_us", sa.Double),
        sa.Column("n", sa.BigInteger),
        _integer("timed_ops"),
    )
    op.create_table(
        "operators",
        _run(),
        _place(),
        sa.Column("position", sa.BigInteger, nullable=False),
        *map(_text, ("op", "kernel", "name")),
        sa.Column("node", sa.BigInteger),
        sa.Column("subgraph", sa.BigInteger, nullable=False),
        sa.Column("op_delegate", sa.Text),
    )
    op.create_table(
        "ops",
        _run(),
        _place("invocation"),
        _place(),
        _integer("operator"),
        *(sa.Column(name, sa.Double) for name in ("mean_us", "min_us", "max_us", "std_us")),
        sa.Column("calls", sa.Double),
        sqlite_with_rowid=False,
    )


def _run() -> sa.Column[int]:
    run = sa.ForeignKey("runs.id", ondelete="CASCADE")
    return sa.Column("run", _ID, run, primary_key=True, autoincrement=False)


def _place(name: str = "place") -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)
