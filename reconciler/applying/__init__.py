"""Carry out a plan that was approved: exactly that, or nothing.

`approval` decides whether what would be planned now is still what was approved, `settle` finds out what became of what
an earlier run left, `executor` places the orders and follows them to their end, `readback` holds what the operator says
against live, `journal` remembers what was meant before each call and what came of it. Only the executor calls a
provider's `submit`.
"""
