"""Make a text hold other values by replacing pieces of it: what does not change is not touched, comments stay.

`spliced` compares the values of a text with the wanted ones, level by level, and turns each difference into a
replacement at the offsets of the nodes concerned. It trusts nobody that this worked: the caller reads the text again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from reconciler.desired import flow, pieces
from reconciler.desired.comments import has_comment
from reconciler.desired.form import Form, Path
from reconciler.desired.layout import Entry, Layout, Node, Shape, Span
from reconciler.desired.pieces import Splice
from reconciler.desired.write import scalar, value_text
from reconciler.errors import EditRefused, Place

#: Returns a key and its value as lines of a block, from column 0, with so many spaces a level.
Lines = Callable[[Path, Any, int], Sequence[str]]


class Spliced(NamedTuple):
    """A text after a change, and the pieces of the text before it that were to go, with their comments."""

    text: str
    gone: Sequence[Span]


def spliced(layout: Layout, before: Any, after: Any, lines: Lines, form: Form) -> Spliced:
    """Return the text of `layout`, which holds `before`, so that it holds `after`; `lines` writes what is new.

    `form` says where that goes.

    Raises EditRefused where an alias would change something else along with it.
    """
    maker = _Maker(layout, lines, form)
    if layout.root is None:
        maker.append(after)
    elif before != after:
        maker.follow(layout.root, before, after, ())
    return Spliced(pieces.applied(layout.text, maker.splices), maker.gone)


class _Maker:
    """Collects the splices that lead from one value to another."""

    def __init__(self, layout: Layout, lines: Lines, form: Form) -> None:
        self._layout = layout
        self._form = form
        self._lines = lines
        self._step = pieces.step(layout)
        self.splices: list[Splice] = []
        self.gone: list[Span] = []

    def append(self, after: Mapping[str, Any]) -> None:
        """Put everything behind a text that holds nothing yet."""
        for key, value in after.items():
            lines = self._lines((key,), value, self._step)
            self.splices.append(pieces.inserted(self._layout, len(self._layout.starts), lines, 0))

    def follow(self, node: Node, before: Any, after: Any, path: Path) -> None:
        """Turn the differences within a mapping or a list into splices."""
        self._require_own(node)
        if isinstance(after, Mapping):
            self._mapping(node, before, after, path)
        else:
            self._sequence(node, before, after, path)

    def _mapping(self, node: Node, before: Mapping[str, Any], after: Mapping[str, Any], path: Path) -> None:
        gone = [entry for entry in node.entries if entry.key not in after]
        kept = [entry for entry in node.entries if entry.key in after]
        self._require_unshared(gone)
        for entry in kept:
            if before[entry.key] != after[entry.key]:
                self._value(entry, before[entry.key], after[entry.key], (*path, entry.key), in_flow=node.flow)
        fresh = self._form.in_order([key for key in after if key not in before], path)
        new = [(self._form.behind(key, kept, path), key) for key in fresh]
        if node.flow:
            pairs = [
                (place, f"{scalar(key, flow=True)}: {value_text(key, after[key], flow=True)}") for place, key in new
            ]
            self._in_flow(node, kept, pairs)
            return
        for place, key in new:
            lines = list(self._lines((*path, key), after[key], self._step))
            if not kept and pieces.has_free_comment(self._layout, node):
                lines = ["", *lines]  # what is about nothing that goes is not about what is new either
            elif self._form.separates(path) and pieces.separates(self._layout, node):
                lines = ["", *lines] if place else [*lines, ""]
            self.splices.append(pieces.beside(self._layout, node, kept, place, lines))
        self._drop(gone)

    def _sequence(self, node: Node, before: Sequence[Any], after: Sequence[Any], path: Path) -> None:
        kept: list[Entry] = []
        new: list[tuple[Entry | None, Any]] = []
        matcher = SequenceMatcher(None, _names(before), _names(after), autojunk=False)
        for action, i, j, k, m in matcher.get_opcodes():
            if action != "equal":
                new += [(kept[-1] if kept else None, value) for value in after[k:m]]
                continue
            for entry, old, value in zip(node.entries[i:j], before[i:j], after[k:m], strict=True):
                kept.append(entry)
                if old != value:
                    self._value(entry, old, value, (*path, "-"), in_flow=node.flow)
        gone = [entry for entry in node.entries if entry not in kept]
        self._require_unshared(gone)
        before_drop = len(self.gone)
        if node.flow:
            texts = [(place, value_text(path[-1], value, flow=True)) for place, value in new]
            self._in_flow(node, kept, texts)
        else:
            for place, value in new:
                self.splices.append(pieces.beside(self._layout, node, kept, place, _item_lines(path[-1], value)))
            self._drop(gone)
        moved = {name for name, _ in _names([value for _, value in new])}
        stays = [entry.start for entry, item in zip(node.entries, before, strict=True) if _name(item) in moved]
        # What only changes its place in the list is still there, and its comments may not go.
        self.gone[before_drop:] = [
            span for span in self.gone[before_drop:] if not any(span.start <= start < span.end for start in stays)
        ]

    def _in_flow(self, node: Node, kept: Sequence[Entry], new: Sequence[tuple[Entry | None, str]]) -> None:
        splices, gone = flow.in_flow(self._layout, node, kept, new)
        self.splices += splices
        self.gone += gone

    def _drop(self, gone: Sequence[Entry]) -> None:
        self.splices += pieces.dropped(self._layout, gone)
        self.gone += pieces.lines_of(self._layout, gone)

    def _value(self, entry: Entry, before: Any, after: Any, path: Path, *, in_flow: bool) -> None:
        """Change the value of an entry: within it where both are of a kind, else as a whole."""
        node = entry.value
        if self._opens(node, before, after, path) and not in_flow:
            self._fill(entry, after, path)
        elif not _are_alike(before, after) or (node.shape is Shape.ALIAS and self._form.writes_out(path)):
            self._require_unshared([entry])
            self.splices += pieces.replaced(self._layout, entry, after, flow=in_flow)
            self.gone += self._all_but_name(node)
        elif not after and not node.flow:
            self._require_own(node)
            self._require_unshared(node.entries)
            self.splices += pieces.emptied(self._layout, entry)
            self.gone += pieces.lines_of(self._layout, node.entries)
        else:
            self.follow(node, before, after, path)

    def _all_but_name(self, node: Node) -> Iterator[Span]:
        """Yield where the dates of something stand that is a mere name from now on."""
        for entry in node.entries:
            if node.shape is Shape.MAPPING and entry.key != "name":
                if node.flow:
                    yield flow.span_of(self._layout, node, entry)
                else:
                    yield from pieces.lines_of(self._layout, [entry])

    def _opens(self, node: Node, before: Any, after: Any, path: Path) -> bool:
        """Tell whether what stands between brackets, or nothing, is to be written one below the other."""
        if not isinstance(after, Mapping) or not after or not self._form.opens(path, before):
            return False
        return before is None or (node.flow and not has_comment(self._layout, node.start, node.end))

    def _fill(self, entry: Entry, after: Mapping[str, Any], path: Path) -> None:
        """Put entries in the place of what stands between brackets, one below the other."""
        self._require_own(entry.value)
        self._require_unshared(entry.value.entries)
        column = self._layout.column(entry.start) + self._step
        line = self._layout.line(max(entry.end - 1, entry.start)) + 1
        if entry.value.end > entry.value.start:
            self.splices.append(pieces.opened(self._layout, entry))
        for key, value in after.items():
            lines = self._lines((*path, key), value, self._step)
            self.splices.append(pieces.inserted(self._layout, line, lines, column))

    def _require_own(self, node: Node) -> None:
        """Raise unless what stands in `node` is that of one place alone."""
        if node.shape is Shape.ALIAS:
            hint = "Write it out here first; what several services share can be a profile of fleet.yaml."
            raise EditRefused("this is an alias of what stands elsewhere", place=self._place(node.start), hint=hint)
        if node.aliases:
            message = f"this is used again at line {self._layout.line(node.aliases[0]) + 1}, which would change with it"
            hint = "Write it out there first; what several services share can be a profile of fleet.yaml."
            raise EditRefused(message, place=self._place(node.start), hint=hint)

    def _require_unshared(self, gone: Sequence[Entry]) -> None:
        """Raise where something outside needs what goes."""
        spans = [(entry.start, entry.end) for entry in gone]
        for node in (node for entry in gone for node in entry.value.within()):
            for alias in node.aliases:
                if not any(start <= alias < end for start, end in spans):
                    message = f"this is used again at line {self._layout.line(alias) + 1}, which would miss it"
                    hint = "Write it out there first; what several services share can be a profile of fleet.yaml."
                    raise EditRefused(message, place=self._place(node.start), hint=hint)

    def _place(self, offset: int) -> Place:
        return self._layout.place(offset)


def _are_alike(before: Any, after: Any) -> bool:
    """Tell whether both are mappings, or both are lists."""
    return any(isinstance(before, kind) and isinstance(after, kind) for kind in (Mapping, list))


def _names(items: Sequence[Any]) -> list[tuple[str, int]]:
    """Return a name for each item, by which it is the same one in another list."""
    seen: Counter[str] = Counter()
    names = []
    for item in items:
        name = _name(item)
        names.append((name, seen[name]))
        seen[name] += 1
    return names


def _name(item: Any) -> str:
    return str(item.get("name") if isinstance(item, Mapping) else item)


def _item_lines(key: str, value: Any) -> list[str]:
    """Return an item of a list in a block."""
    if not isinstance(value, Mapping):
        return [f"- {value_text(key, value, flow=False)}"]
    first, *others = [f"{name}: {value_text(name, inner, flow=False)}" for name, inner in value.items()]
    return [f"- {first}", *(f"  {line}" for line in others)]
