"""The tables of a sandbox. Times are UTC as ISO text, days ISO dates, money decimal text."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

#: Clock, settings, contract and counters, by name.
facts = Table("facts", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

individuals = Table(
    "individuals",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False, index=True),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("cost_centre", Text),
    Column("employee_id", Text),
    Column("team", Text),
)

#: Services, and options (with the service they rely on as `parent`); rows are never deleted, so `n` has no holes.
products = Table(
    "products",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("parent", Text, index=True),
    Column("offering", Text, nullable=False),
    Column("user_id", Text, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("number", Text, index=True),
    Column("iccid", Text, index=True),
    Column("eid", Text, index=True),
    Column("sim_type", Text),
    Column("label", Text, index=True),
    Column("cost_centre", Text, index=True),
    Column("activation_code", Text),
    Column("started", Text),
    Column("terminated", Text),
    Index("products_going", "status", "terminated"),
    Index("products_counted", "status", "offering", "started"),
)

#: What lists show of each row, see `prepared`.
individual_texts, product_texts = (
    Table(name, metadata, Column("n", Integer, primary_key=True), Column("text", LargeBinary, nullable=False))
    for name in ("individual_texts", "product_texts")
)

#: When each fee began and stopped being owed; the bills come from here alone.
fees = Table(
    "fees",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("product_id", Text, nullable=False, index=True),
    Column("offering", Text, nullable=False),
    Column("monthly", Text, nullable=False),
    Column("started", Text, nullable=False, index=True),
    Column("stopped", Text, index=True),
)

#: `fate` is the fault that will show at the end of an order, see `faults.ORDER_FAULTS`.
orders = Table(
    "orders",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("external_id", Text, index=True),
    Column("state", Text, nullable=False, index=True),
    Column("placed", Text, nullable=False, index=True),
    Column("due", Text),
    Column("completed", Text),
    Column("sent", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("fate", Text),
)

#: Which products an order that has not ended works on.
touches = Table(
    "touches",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("product_id", Text, primary_key=True, index=True),
)

#: The months in which each service's bundle was changed (at most once each).
bundle_changes = Table(
    "bundle_changes",
    metadata,
    Column("product_id", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("order_id", Text),
)

cancellations = Table(
    "cancellations",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("order_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("asked", Text, nullable=False),
)

bills = Table(
    "bills",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("month", Text, nullable=False),
    Column("issued", Text, nullable=False),
    Column("total", Text, nullable=False),
)

bill_lines = Table(
    "bill_lines",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("bill_id", Text, nullable=False, index=True),
    Column("product_id", Text, nullable=False),
    Column("offering", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", Text, nullable=False),
)

#: The day on which the fee started or stopped that a line of a bill settles.
settlements = Table(
    "settlements", metadata, Column("line_id", Text, primary_key=True), Column("day", Text, nullable=False)
)

faults = Table(
    "faults",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("match", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("value", Text),
)

tokens = Table("tokens", metadata, Column("token", Text, primary_key=True), Column("expires", Text, nullable=False))
