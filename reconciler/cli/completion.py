"""`fleet completion`."""

from __future__ import annotations

import click

from reconciler.cli.console import Console, common


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@common
def completion(console: Console, shell: str) -> None:
    """Print the script that has SHELL complete commands, options, users, labels, bundles and the like.

    \b
    bash  eval "$(fleet completion bash)" in ~/.bashrc
    zsh   eval "$(fleet completion zsh)" in ~/.zshrc, below compinit
    fish  fleet completion fish > ~/.config/fish/completions/fleet.fish

    Names come from the files, bundles and options from the catalogue that a command saw last: the operator is not
    asked. What is kept for that, in the user's state folder, may be deleted any time.
    """
    from reconciler.cli.shells import script

    console.result(script(click.get_current_context().find_root().command, shell))
