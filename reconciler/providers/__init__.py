"""Adapters to operators: each reads live into a `Snapshot` and turns typed changes into orders.

A provider decides nothing: what differs, what is allowed and what it costs is for planning. It knows no other
provider and nothing of reports or the command line.
"""
