"""A report as sections of whole items, the gravest first; how many of them are shown is a matter of room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.reports.rows import counted

#: Up to so many items a section that could be collapsed is open.
_FEW = 9


@dataclass(frozen=True, slots=True)
class Section:
    """Items of one kind, each a line or more of Markdown; all but the title of it may be left out.

    `vital` items are never collapsed, and where not all of them fit, `counts` stands above those that do. `cut` says
    that a name among them was too long to be shown whole.
    """

    title: str
    noun: str
    items: tuple[str, ...]
    lead: str = ""
    counts: str = ""
    vital: bool = False
    folded: bool = False
    cut: bool = False


def fitted(head: str, sections: Sequence[Section], foot: str, *, room: int, rest: str) -> tuple[str, bool]:
    """Return the report in at most `room` bytes, and whether vital items are missing from it.

    Items are left out from the end of the last section upwards, whole ones only, and it is said how many; `rest` says
    where they can be found.
    """
    sections = [section for section in sections if section.items]
    left = room - size(head) - size(foot) - sum(_bare_size(section, rest) for section in sections)
    vital = [section for section in sections if section.vital]
    crowded = sum(size(item) + 1 for section in vital for item in section.items) > left
    if crowded:
        left -= sum(size(section.counts) + 2 for section in vital)
    parts, missing = [head], False
    for section in sections:
        shown = tuple(_fitting(section.items, left))
        complete = len(shown) == len(section.items)
        left = left - sum(size(item) + 1 for item in shown) if complete else 0
        missing = missing or (section.vital and (section.cut or not complete))
        parts.append(_framed(section, shown, rest, crowded=crowded and section.vital))
    return "".join((*parts, foot)), missing


def size(text: str) -> int:
    """Return how many bytes `text` takes."""
    return len(text.encode())


def _fitting(items: Iterable[str], room: int) -> Iterator[str]:
    for item in items:
        room -= size(item) + 1
        if room < 0:
            return
        yield item


def _bare_size(section: Section, rest: str) -> int:
    """Return what a section takes around its items: the lead that comes with them, and blank lines."""
    lead = 0 if section.vital else size(section.lead)
    return size(_framed(section, (), rest)) + lead + len("\n\n\n")


def _framed(section: Section, shown: Sequence[str], rest: str, *, crowded: bool = False) -> str:
    hidden = len(section.items) - len(shown)
    lead = [section.lead] if section.lead and (shown or section.vital) else []
    body = "\n".join((*lead, *shown))
    parts = [section.counts] if crowded and section.counts else []
    parts += [body] if body else []
    if hidden:
        parts.append(f"… {hidden} of {counted(len(section.items), section.noun)} not shown; {rest}")
    inner = "\n\n".join(parts)
    if section.vital:
        return f"#### {section.title}\n\n{inner}\n\n"
    opened = "" if section.folded or len(section.items) > _FEW else " open"
    return f"<details{opened}><summary>{section.title}</summary>\n\n{inner}\n\n</details>\n\n"
