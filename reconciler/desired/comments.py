"""The comments of a YAML text, and whether an edit kept every one that it had to keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from reconciler.desired.layout import BREAK, COMMENT, Layout, Node, Shape, Span
from reconciler.errors import EditRefused, Place

_HINT = "Move the comment to a line of its own above the key that stays, and run the command again."


def comment_spans(layout: Layout) -> list[Span]:
    """Return where the comments of a text stand, in order."""
    found, at = [], 0
    for start, end in (*sorted(_scalars(layout)), (len(layout.text), len(layout.text))):
        found += [Span(*comment.span()) for comment in COMMENT.finditer(layout.text, at, max(start, at))]
        at = max(at, end)
    return found


def require_comments_kept(before: Layout, after: Layout, gone: Sequence[Span], carried: Iterable[str]) -> None:
    """Raise EditRefused, with the place, where an edit loses or doubles a comment.

    `gone` are the pieces of `before` that were to go; `carried` are lines with comments that came from elsewhere.
    """
    free = Counter[str]()
    kept: list[Span] = []
    for span in comment_spans(before):
        if any(start <= span.start < end for start, end in gone):
            free[_words(before, span)] += 1
        else:
            kept.append(span)
    free.update(comments_in(carried))
    left = Counter(_words(after, span) for span in comment_spans(after))
    for span in kept:
        words = _words(before, span)
        if not left[words]:
            place = before.place(span.start)
            raise EditRefused("this edit would lose the comment here", place=place, hint=_HINT)
        left[words] -= 1
    if left - free:
        raise EditRefused("this edit would write a comment twice", place=Place(before.file, 1, 1), hint=_HINT)


def comments_in(lines: Iterable[str]) -> list[str]:
    """Return the comments in lines of a block that start in column 0."""
    layout = Layout.of("\n".join(lines), "")
    return [_words(layout, span) for span in comment_spans(layout)]


def has_comment(layout: Layout, start: int, end: int) -> bool:
    """Tell whether a comment begins in a piece of the text."""
    return any(start <= span.start < end for span in comment_spans(layout))


def _scalars(layout: Layout) -> Iterator[tuple[int, int]]:
    """Yield where the words of a text stand, in which a '#' begins no comment."""
    for node in layout.root.within() if layout.root else ():
        yield from _words_of(layout, node)
        if node.shape is Shape.MAPPING:
            yield from ((entry.start, entry.key_end) for entry in node.entries)


def _words_of(layout: Layout, node: Node) -> Iterator[tuple[int, int]]:
    if node.shape is not Shape.SCALAR:
        return
    if node.quote not in ("|", ">"):
        yield node.start, node.end
        return
    header = BREAK.search(layout.text, node.start)
    yield (header.start() if header else node.end), node.end


def _words(layout: Layout, span: Span) -> str:
    return layout.text[span.start : span.end].rstrip()
