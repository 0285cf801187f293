"""What the commands do, without knowing that there is a command line: read, decide, act.

Each takes a `World` of ports and plain choices and returns values; showing them is for whoever called.
"""
