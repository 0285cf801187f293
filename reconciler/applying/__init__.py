"""Carry out a plan that was approved: exactly that, or nothing.

`approval` decides whether what would be planned now is still what was approved, `executor` places the orders and
follows them to their end, `journal` remembers what was meant before each call and what came of it. Only the executor
calls a provider's `submit`.
"""
