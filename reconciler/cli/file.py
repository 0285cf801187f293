"""`fleet file map`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import Console, common
from reconciler.errors import UsageError, bounded, quoted

if TYPE_CHECKING:
    from reconciler.providers.file.guess import Guess
    from reconciler.usecases.mapping import Mapped

_STATES = ("active", "blocked", "coming", "going", "gone")
_SIMS = ("esim", "physical")
_MOST = 20


@click.group()
@common
def file(console: Console) -> None:
    """Describe the exports of an operator that has no interface (provider file)."""


@file.command("map")
@click.argument(
    "exports", nargs=-1, required=True, metavar="EXPORT…", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--write", is_flag=True, help="Write it into fleet.yaml, instead of showing it.")
@common
def map_(console: Console, exports: tuple[Path, ...], write: bool) -> None:
    """Show what is recognised of exports: which list each is, its headings, and how it is written.

    Headings and words are known in English, Dutch and French; on a terminal the rest is asked for. The result is the
    provider part of fleet.yaml, so that nothing has to be guessed when a plan is made.
    """
    from reconciler.usecases.mapping import described, recognise, write_mapping

    console.world()  # refuses a folder that is none, or not the user's own
    mapped = [_asked_about(console, recognise(console.root, path)) for path in exports]
    twice = {each.guess.kind for each in mapped if sum(other.guess.kind == each.guess.kind for other in mapped) > 1}
    if twice:
        raise UsageError(f"two of these are lists of {', '.join(sorted(twice))}", hint="Map one of each kind.")
    if write:
        console.result(f"Written: {write_mapping(console.root, mapped)}")
        console.say("To see whether it can be read: fleet plan")
    else:
        console.result(described(mapped))


def _asked_about(console: Console, mapped: Mapped) -> Mapped:
    """Say what was recognised of an export, and ask for the rest where somebody is there."""
    from reconciler.usecases.mapping import Mapped

    found, asks = mapped.guess, console.input and sys.stdin.isatty()
    _tell(console, mapped)
    if asks:
        for name in _missing(found):
            found = _with_asked_column(console, found, name)
    values = {name: _meanings(console, name, words, asks=asks) for name, words in found.unknown.items()}
    return Mapped(mapped.file, found, values)


def _tell(console: Console, mapped: Mapped) -> None:
    found, form = mapped.guess, mapped.guess.form
    how = (
        ("encoding", form.encoding),
        ("delimiter", form.delimiter and repr(form.delimiter)),
        ("sheet", form.sheet),
        ("decimal sign", form.decimal and repr(form.decimal)),
        ("dates", form.dates),
    )
    written = ", ".join(f"{name} {value}" for name, value in how if value)
    console.say(f"{mapped.file}: {found.kind}, {found.rows} rows; {written}")
    for name, heading in found.columns.items():
        console.say(f"  {name:<15} {bounded(heading)}")
    for heading in found.unused[:_MOST]:
        console.say(f"  {'(not used)':<15} {bounded(heading)}")
    if missing := _missing(found):
        console.warn(f"{mapped.file}: no heading was recognised for {', '.join(missing)}")


def _missing(found: Guess) -> list[str]:
    """Return what a list needs and has not; either key will do where there are two."""
    have = found.columns.keys()
    needed: dict[str, tuple[tuple[str, ...], ...]] = {
        "users": (("user",),),
        "services": (("user", "user_id"), ("bundle",), ("number", "id", "iccid"), ("state",), ("started",)),
        "options": (("option",), ("number", "service_id")),
    }
    return [names[0] for names in needed[found.kind] if not have & set(names)]


def _with_asked_column(console: Console, found: Guess, name: str) -> Guess:
    from reconciler.providers.file.guess import with_column

    listed = found.unused
    for number, heading in enumerate(listed, start=1):
        console.say(f"{number:>4}  {bounded(heading)}")
    answer = _until(
        console, f"Which column is {name} (number or heading, empty for none)", lambda word: _one(word, listed)
    )
    return with_column(found, name, answer) if answer else found


def _meanings(console: Console, name: str, words: Mapping[str, int], *, asks: bool) -> dict[str, str]:
    """Return what words mean that nobody knows, as far as somebody says so."""
    from reconciler.usecases.mapping import known_catalogue

    catalogue = known_catalogue(console.root)
    known: Mapping[str, Iterable[str]] = {
        "state": _STATES,
        "sim": _SIMS,
        "bundle": (*(catalogue.bundles if catalogue else ()), "skip"),
        "option": catalogue.options if catalogue else (),
    }
    listed, meanings = tuple(known[name]), dict[str, str]()
    for word, count in words.items():
        console.warn(f"unknown {name} {quoted(word)}, in {count} {'row' if count == 1 else 'rows'}")
        if asks:
            question = f"What is {name} {quoted(word)}: {', '.join(listed)} (empty for later)"
            answer = _until(console, question, lambda given: _one(given, listed))
            meanings |= {word: answer} if answer else {}
    return meanings


def _until(console: Console, question: str, read: Callable[[str], str | None]) -> str:
    """Ask until the answer is one of what there is, or empty."""
    while True:
        answer = console.asked(question)
        found = read(answer) if answer else ""
        if found is not None:
            return found
        console.error(f"'{answer}' is none of them")


def _one(answer: str, listed: tuple[str, ...]) -> str | None:
    """Return which of `listed` is meant, by its number or in words; None for none of them."""
    if answer.isdecimal() and 0 < int(answer) <= len(listed):
        return listed[int(answer) - 1]
    return next((word for word in listed if word.casefold() == answer.casefold()), None)
