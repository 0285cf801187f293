"""A checklist as a page of its own: boxes to tick, whose ticks the browser keeps, and a command that records them.

Nothing is loaded from elsewhere. Without scripts the boxes can be ticked all the same, and a print has them empty or
ticked as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from reconciler.reports.checklist import Checklist, Item, groups
from reconciler.reports.table import one_line

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #666; --done: #2a7d3f; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --done: #6fcf8a; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid var(--line); }
h3 { margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
.item { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; margin: .5rem 0;
  break-inside: avoid; }
.item > label { font-weight: 600; cursor: pointer; }
.item input { width: 1.1rem; height: 1.1rem; vertical-align: -.15rem; margin-right: .5rem; }
.item code, .path { color: var(--quiet); font-weight: 400; overflow-wrap: anywhere; }
.item:has(:checked) { border-style: dashed; } .item:has(:checked) > label { color: var(--done); }
.removals .item { border-left: 4px solid #c33; }
ol { margin: .3rem 0; padding-left: 1.6rem; }
#tally { position: sticky; top: 0; background: Canvas; padding: .5rem 0; border-bottom: 1px solid var(--line); }
#tally progress { width: 12rem; vertical-align: middle; }
#command { display: block; overflow-wrap: anywhere; user-select: all; }
@media print { #tally, .hint { display: none; } body { margin: 0; max-width: none; } }
"""
#: Boxes keep their ticks in the browser, under the name of the run.
_SCRIPT = """
"use strict";
(function () {
  var key = "fleet-checklist-" + document.body.dataset.run, kept = {};
  try { kept = JSON.parse(localStorage.getItem(key)) || {}; } catch (error) { kept = {}; }
  var boxes = Array.prototype.slice.call(document.querySelectorAll(".item input"));
  var tally = document.getElementById("tally"), bar = tally.querySelector("progress");
  function show() {
    var done = boxes.filter(function (box) { return box.checked; });
    bar.max = boxes.length; bar.value = done.length;
    document.getElementById("count").textContent = done.length + " of " + boxes.length + " done";
    var fresh = done.filter(function (box) { return !box.defaultChecked; });
    document.getElementById("command").textContent = fresh.length
      ? "fleet checklist done " + fresh.map(function (box) { return box.value; }).join(" ") : "";
  }
  boxes.forEach(function (box) {
    if (Object.prototype.hasOwnProperty.call(kept, box.value)) { box.checked = kept[box.value] === true; }
    box.addEventListener("change", function () {
      kept[box.value] = box.checked;
      try { localStorage.setItem(key, JSON.stringify(kept)); } catch (error) { /* a browser that keeps nothing */ }
      show();
    });
  });
  tally.hidden = false; show();
})();
"""


def checklist_html(made: Checklist) -> str:
    """Return a checklist as one HTML page."""
    count = len(made.all)
    title = f"Checklist {made.run}: {count} {'action' if count == 1 else 'actions'} in {made.portal}"
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>",
        f'<body data-run="{_text(made.run)}">',
        f"<main><h1>{_text(title)}</h1>",
        f"<p>{_text(made.organisation)}, {made.day}. From top to bottom; removals come last, "
        "since they cannot be taken back.</p>",
        '<p class="hint">When something is done, record it: <code>fleet checklist done ID</code>. '
        "The next export proves it.</p>",
        '<div id="tally" hidden><progress value="0"></progress> <span id="count"></span> '
        '<code id="command"></code></div>',
        *_part("Additions and changes", "changes", made.items),
        *_part("Removals", "removals", made.removals),
        f"</main><script>{_SCRIPT}</script>",
        "</body></html>",
    ]
    return "\n".join(lines) + "\n"


def _part(title: str, name: str, items: Iterable[Item]) -> Iterator[str]:
    by_user = list(groups(items))
    if not by_user:
        return
    yield f'<section class="{name}"><h2>{title}</h2>'
    for user, found in by_user:
        yield f"<h3>{_text(user)}</h3>"
        for item in found:
            yield from _item(item)
    yield "</section>"


def _item(item: Item) -> Iterator[str]:
    box = f'<input type="checkbox" value="{_text(item.id)}" autocomplete="off"{" checked" if item.ticked else ""}>'
    yield f'<div class="item"><label>{box}{_text(item.title)} <code>{_text(item.id)}</code></label>'
    yield f'<div class="path">{_text(" › ".join(item.path))}</div><ol>'
    yield from (f"<li>{_text(step)}</li>" for step in (*item.steps, item.confirm))
    yield "</ol></div>"


def _text(text: str) -> str:
    return escape(one_line(text))
