"""The tables of the journal. Times are UTC as ISO text of one width, so that text compares as time; JSON is text."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text

metadata = MetaData()

#: One application of a plan: who, where from, on which approvals, and the plan itself.
runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("who", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("commit_id", Text),
    Column("digest", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("approvals", Text, nullable=False),
    Column("exit_code", Integer),
    Column("tool_version", Text, nullable=False),
    Index("runs_of", "organisation", "started"),
)

#: What is sent to the operator in one call, under one reference; claimed under the lease with number `fence`.
orders = Table(
    "orders",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("user_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("fence", Integer),
    Column("intended", Text),
    Column("holder", Text),
    Column("operator_orders", Text),
    Index("orders_by_state", "run_id", "state", "number"),
)

#: The actions of an order, each with what came of it.
actions = Table(
    "actions",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("live_id", Text),
    Column("result", Text),
    Column("reason", Text),
    Column("operator_order", Text),
    Column("settled", Text),
)

#: Who may write for an organisation; the row stays when it is released, so that `fence` only ever grows.
leases = Table(
    "leases",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("run_id", Text),
    Column("who", Text),
    Column("place", Text),
    Column("process", Text),
    Column("since", Text),
    Column("expires", Text, nullable=False),
)

#: Approvals by the hash of their signature; each is spent by one run.
spent = Table(
    "spent_approvals",
    metadata,
    Column("approval", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("spent", Text, nullable=False),
)

#: When the next call to an operator's account may be made, over all workers.
rates = Table(
    "rates",
    metadata,
    Column("account", Text, primary_key=True),
    Column("next_call", Text, nullable=False),
)
