"""Completion in bash, zsh and fish: the scripts they load, and the answers these scripts ask for while one types.

click knows what may stand where; this is what it leaves to the shells. Bash takes a word apart at its @ and : and =,
which stand in e-mail addresses, dated options and --bundle=B, so its script hands over the line as it was typed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    split_arg_string,
)

from reconciler.errors import Exit

VARIABLE = "_FLEET_COMPLETE"
#: Where readline breaks a word before the mark and not behind it (its special prefixes, as bash sets them).
_LEADING = "@$"
_BASH = """\
# Completion of fleet for bash 4.4 and later. To have it, put this line into ~/.bashrc: eval "$(fleet completion bash)"
%(complete_func)s() {
    local answer
    mapfile -t answer < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    case "${answer[0]}" in
        dir) compopt -o dirnames ;;
        file) compopt -o default ;;
        plain) COMPREPLY=("${answer[@]:1}") ;;
    esac
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = """\
# Completion of fleet for zsh. To have it, put this line into ~/.zshrc, below compinit: eval "$(fleet completion zsh)"
"""
_FISH = """\
# Completion of fleet for fish. To have it: fleet completion fish > ~/.config/fish/completions/fleet.fish
function %(complete_func)s
    for answer in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \\
            COMP_CWORD=(commandline -t) %(prog_name)s 2>/dev/null)
        set -l parts (string split -m 1 "," -- $answer)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end
complete --no-files --keep-order --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Complete(ShellComplete):
    """What holds in every shell: a value behind `--bundle=` completes the whole word."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Return what the incomplete word may become."""
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            return [CompletionItem(f"{option}={item.value}", item.type, item.help) for item in found]
        return found


class Bash(_Complete, BashComplete):
    """Answers bash with a word for the kind of answer, and then one completion a line, to be inserted as it stands."""

    source_template = _BASH

    def source(self) -> str:
        """Return the script; which bash there is here says nothing about where it is loaded."""
        return self.source_template % self.source_vars()

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor and the incomplete one."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        return (words[:-1], words[-1]) if words and _last_word(line) else (words, "")

    def complete(self) -> str:
        """Return the answer."""
        args, incomplete = self.get_completion_args()
        found = self.get_completions(args, incomplete)
        kinds = {item.type for item in found} - {"plain"}
        if kinds:
            return kinds.pop()
        typed = _last_word(os.environ["COMP_WORDS"])
        return "\n".join(["plain", *_inserted([item.value for item in found], typed)])


class Zsh(_Complete, ZshComplete):
    """Answers zsh as click does."""

    def source(self) -> str:
        """Return the script; what says for which command it is must stay its first line."""
        first, rest = super().source().split("\n", 1)
        return f"{first}\n{_ZSH}{rest}"


class Fish(_Complete, FishComplete):
    """Answers fish as click does; the script keeps what stands behind a comma."""

    source_template = _FISH


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def script(command: click.Command, shell: str) -> str:
    """Return what a shell has to load."""
    return SHELLS[shell](command, {}, "fleet", VARIABLE).source()


def answer(command: click.Command, instruction: str) -> Exit:
    """Write what a script asks for; nothing at all where that goes wrong, since somebody is typing."""
    shell, _, asked = instruction.partition("_")
    with suppress(Exception):
        if shell in SHELLS and asked == "complete":
            click.echo(SHELLS[shell](command, {}, "fleet", VARIABLE).complete().encode())
    return Exit.DONE


def _last_word(line: str) -> str:
    """Return the last word of a line as it was typed, with its quotes and backslashes; nothing behind a blank."""
    begins, quote, escaped = 0, "", False
    for place, letter in enumerate(line):
        if escaped:
            escaped = False
        elif letter == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter.isspace():
            begins = place + 1
    return line[begins:]


def _inserted(values: Sequence[str], typed: str) -> list[str]:
    """Return the values as bash has to insert them, in place of what it takes for the word that was typed."""
    quote = re.search("['\"]", typed)
    if quote:
        return [_quoted(value[quote.start() :], quote.group()) for value in values]
    marks = [mark for mark in os.environ.get("COMP_BREAKS", "") if not mark.isspace() and mark in typed]
    kept = max((typed.rfind(mark) + (mark not in _LEADING) for mark in marks), default=0)
    return [re.sub(r"([^\w@%+=:,./-])", r"\\\1", value[kept:]) for value in values]


def _quoted(value: str, quote: str) -> str:
    """Return a value as it stands inside of quotes, where nothing of it may mean more than itself."""
    return value.replace("'", r"'\''") if quote == "'" else re.sub(r'([$`"\\])', r"\\\1", value)
