"""The first tables: runs with their orders and actions, leases, spent approvals, rates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("organisation", "account", "state", "started")),
        sa.Column("ended", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "place")),
        sa.Column("commit_id", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("digest", "plan", "approvals")),
        sa.Column("exit_code", sa.Integer),
        sa.Column("tool_version", sa.Text, nullable=False),
    )
    op.create_index("runs_of", "runs", ["organisation", "started"])
    op.create_table(
        "orders",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False, unique=True),
        sa.Column("user_key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fence", sa.Integer),
        *(sa.Column(name, sa.Text) for name in ("intended", "holder", "operator_orders")),
    )
    op.create_index("orders_by_state", "orders", ["run_id", "state", "number"])
    op.create_table(
        "actions",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("address", "kind")),
        *(sa.Column(name, sa.Text) for name in ("live_id", "result", "reason", "operator_order", "settled")),
    )
    op.create_table(
        "leases",
        sa.Column("organisation", sa.Text, primary_key=True),
        sa.Column("fence", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("run_id", "who", "place", "process", "since")),
        sa.Column("expires", sa.Text, nullable=False),
    )
    op.create_table(
        "spent_approvals",
        sa.Column("approval", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("spent", sa.Text, nullable=False),
    )
    op.create_table(
        "rates", sa.Column("account", sa.Text, primary_key=True), sa.Column("next_call", sa.Text, nullable=False)
    )
