"""A checklist as Markdown: boxes to tick, by user, removals last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.reports.checklist import Checklist, Item, groups
from reconciler.reports.table import one_line

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&]|^[-+]|^\d+(?=[.)]))")


def checklist_markdown(made: Checklist) -> str:
    """Return a checklist as Markdown."""
    count = len(made.all)
    lines = [
        f"# Checklist {_text(made.run)}: {count} {'action' if count == 1 else 'actions'} in {_text(made.portal)}",
        "",
        f"{_text(made.organisation)}, {made.day}. From top to bottom;",
        "removals come last, since they cannot be taken back.",
        "",
        "When something is done: `fleet checklist done ID`. The next export proves it.",
        *_part("Additions and changes", made.items),
        *_part("Removals", made.removals),
    ]
    return "\n".join(lines) + "\n"


def _part(title: str, items: Iterable[Item]) -> Iterator[str]:
    by_user = list(groups(items))
    if by_user:
        yield from ("", f"## {title}")
    for user, found in by_user:
        yield from ("", f"### {_text(user)}", "")
        for item in found:
            yield f"- [{'x' if item.ticked else ' '}] **{_text(item.title)}** (`{item.id}`)"
            yield f"  {_text(' › '.join(item.path))}"
            for number, step in enumerate((*item.steps, item.confirm), start=1):
                yield f"  {number}. {_text(step)}"


def _text(text: str) -> str:
    """Return a text in which nothing is Markdown: names come from people."""
    return _SIGNS.sub(r"\\\1", one_line(text))
