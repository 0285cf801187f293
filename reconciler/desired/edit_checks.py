"""What has to hold before a text counts as edited: it means what was intended, and nothing that moved was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.desired.comments import comments_in
from reconciler.desired.form import Path
from reconciler.desired.layout import Layout
from reconciler.desired.pieces import require_ended
from reconciler.desired.yaml import Text, parse
from reconciler.errors import EditRefused, Place


def require_all_carried(left: Mapping[Path, Sequence[str]], read: Text) -> None:
    """Raise where lines with comments were to go to a place that has no lines."""
    for path, lines in left.items():
        if comments_in(lines):
            hint = f"Write the services of {path[1]} one below the other first."
            message = "comments cannot move along to between brackets"
            raise EditRefused(message, place=read.place(path[:-1]), hint=hint)


def require_intended(text: str, after: Any, layout: Layout, moved: Sequence[Sequence[str]]) -> None:
    """Raise unless the text holds exactly what was intended."""
    read = parse(text, layout.file)
    if read.problems or read.value != after:
        require_ended(layout)
        _require_own_anchors(moved, layout)
        place = read.problems[0].place if read.problems else Place(layout.file, 1, 1)
        hint = "Edit it by hand, or bring it into the usual form first: fleet fmt"
        raise EditRefused("this file is written in a way that this edit would break", place=place, hint=hint)


def _require_own_anchors(moved: Sequence[Sequence[str]], layout: Layout) -> None:
    """Raise where lines from elsewhere have an anchor that stands for something else here."""
    here = {node.anchor for node in layout.root.within()} if layout.root else set()
    for lines in moved:
        root = Layout.of("\n".join(lines), "").root
        for node in root.within() if root else ():
            if node.anchor and node.anchor in here:
                message = f"the anchor '&{node.anchor}' of the service stands for something else in this file"
                raise EditRefused(message, place=Place(layout.file, 1, 1), hint="Rename it in one of the files first.")
            here.add(node.anchor)
