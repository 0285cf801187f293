"""Planning: `(desired, snapshot, day) → Plan`, as pure functions.

`match` pairs what is declared with what is live, `diff` says how a pair differs, `actions` turns pairs into actions
with their cost (`billing`), `checks` and `guards` refuse or put off what must not happen, `quota` counts removals, and
`planner` runs them in that order. `document` is the plan as versioned JSON with its digest.

Nothing here reads a file, a clock, the network or the environment; a rule that is wrong here can be shown with values.
"""
