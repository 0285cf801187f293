"""What the shell may complete an argument or an option with: words of the files and of the catalogue seen last.

Only what a shell asks for is read. Where nothing can be told, nothing is offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from reconciler.cli.console import DEFAULT_ROOT
from reconciler.usecases import completing

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Items: TypeAlias = list[CompletionItem[Any]]


def users(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the users of the files."""
    return _items(completing.users(_root(ctx)), incomplete)


def labels(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the services of the user named before."""
    return _items(completing.labels(_root(ctx), str(ctx.params.get("user") or "")), incomplete)


def new_labels(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer labels that the user named before has not."""
    return _items(completing.new_labels(_root(ctx), str(ctx.params.get("user") or "")), incomplete)


def addresses(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer users, and behind a slash the services of the one before it."""
    user, slash, _ = incomplete.partition("/")
    if not slash:
        return _items(completing.users(_root(ctx)), incomplete)
    found = completing.labels(_root(ctx), user)
    return _items({f"{user}/{label}": words for label, words in found.items()}, incomplete)


def targets(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer what a plan can be narrowed to: users and cost centres."""
    root = _root(ctx)
    return _items({**completing.cost_centres(root), **completing.users(root)}, incomplete)


def cost_centres(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the cost centres of the files."""
    return _items(completing.cost_centres(_root(ctx)), incomplete)


def profiles(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the profiles of fleet.yaml."""
    return _items(completing.profiles(_root(ctx)), incomplete)


def files(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the users' files, as they are named from the fleet's folder."""
    return _items(completing.files(_root(ctx)), incomplete)


def bundles(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the bundles on sale."""
    return _items(completing.bundles(_root(ctx)), incomplete)


def options(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the options on sale, those that go with the bundle where one is named before."""
    return _items(completing.options(_root(ctx), ctx.params.get("bundle")), incomplete)


def any_bundles(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the bundles that services may have, also those no longer sold."""
    return _items(completing.wares(_root(ctx))[0], incomplete)


def any_options(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the options that services may have, also those no longer sold."""
    return _items(completing.wares(_root(ctx))[1], incomplete)


def _items(words: Mapping[str, str], incomplete: str) -> Items:
    from click.shell_completion import CompletionItem

    begins = incomplete.lower()
    found = ((word, told) for word, told in words.items() if word.lower().startswith(begins))
    # what stands in a file is not ours: nothing of it may move the cursor of whoever types
    return [
        CompletionItem(word, help=told if told.isprintable() else None) for word, told in found if word.isprintable()
    ]


def _root(ctx: click.Context) -> Path:
    """Return the fleet's folder that the words before name, or else the usual one."""
    context: click.Context | None = ctx
    while context is not None:
        if context.params.get("root"):
            return Path(context.params["root"])
        context = context.parent
    return Path(DEFAULT_ROOT)
