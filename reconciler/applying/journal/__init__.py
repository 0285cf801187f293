"""The journal: what every run meant to do, and what came of it, in a database that outlives the process.

`schema` are the tables, `database` opens them (SQLite, or PostgreSQL by URL, with the same code), `lease` lets one run
per organisation write at a time, `runs` records intents before and outcomes after each call, `orders` are its steps in
the tables, `rate` holds the operator's limit over all workers, `history` reads it all back.

An intent is committed before a call is made; where that fails, the call is not made. Nothing here is needed to plan:
losing the journal loses history, never correctness of what is read from the operator.
"""
