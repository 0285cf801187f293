"""The command line: each command parses, runs one use case, renders once and leaves with an exit code.

Nothing is decided here. A command's module is imported when it is called, so that `fleet --help` is instant.
"""
