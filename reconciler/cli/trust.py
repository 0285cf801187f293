"""`fleet trust`."""

from __future__ import annotations

import os

import click

from reconciler.cli.console import Console, common
from reconciler.errors import ConnectionRefused, Exit


@click.command()
@click.option("--origin", metavar="URL", help="Confirm this URL, instead of typing it at a prompt.")
@common
def trust(console: Console, origin: str | None) -> int:
    """Show where orders and credentials go, and confirm a connection that changed.

    The connection of a folder is remembered on this machine at first use. If fleet.yaml names another one later,
    nothing is sent before it is confirmed here. In CI the base branch decides, and this command changes nothing.
    """
    from reconciler.desired.load import load_settings
    from reconciler.model.connection import connection_of
    from reconciler.usecases.connections import connection_state, described, remember, to_type

    root, environment = console.root, os.environ
    console.world()
    state = connection_state(root, connection_of(load_settings(root).config), environment)
    console.result("\n".join(f"{name}: {text}" for name, text in state.connection.remembered.items()))
    if state.remembered is not None and not state.changes:
        console.say("This is the connection that this machine knows for this folder.")
        return Exit.DONE
    for line in (["It differs from the one that this machine knows:"] if state.changes else []) + state.changes:
        console.say(line)
    word = to_type(state)
    answer = origin if origin is not None else console.typed(f"Type {word} to confirm it")
    if answer != word:
        said = "nobody confirmed the connection" if answer is None else f"'{word}' was not what was typed"
        raise ConnectionRefused(f"{said}; nothing was changed", hint=f"Confirm it: fleet trust --origin {word}")
    remember(root, state.connection, environment)
    console.say(f"Confirmed: {described(state.connection)}.")
    return Exit.DONE
