"""HTML and SVG that cannot be broken by what stands in it: text is escaped unless `tag` itself made it.

A name with a script, a quote, an escape sequence or a mark that turns text around is shown as the letters it
is made of.
"""

from __future__ import annotations

from html import escape

from reconciler.reports.characters import visible

_VOID = frozenset({"input", "link", "meta"})
#: What the next of its kind or the end of its list ends; a large plan has ten thousands of them.
_ENDED_BY_ITSELF = frozenset({"li", "dt", "dd"})


class Html(str):
    """Text that is markup; only this module makes it, and whoever calls `raw`."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: str | bool | None) -> Html:
    """Return an element; children that are no `Html` are escaped, None is nothing.

    An attribute is its keyword with `-` for `_` and no `_` at the end; True stands without a value, None not at all.
    """
    head = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{head}>")
    end = "" if name in _ENDED_BY_ITSELF else f"</{name}>"
    return Html(f"<{head}>{joined(*children)}{end}")


def joined(*children: str | None) -> Html:
    """Return children one after the other, escaped where they are no `Html`."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children if child))


def text(value: str) -> Html:
    """Return `value` as the letters it is made of: in one line, nothing in it that a browser or an eye would obey."""
    return Html(escape(visible(value)))


def raw(markup: str) -> Html:
    """Return markup of ours as it is; never for anything that comes from a file or from the operator."""
    return Html(markup)


def link(label: str, url: str | None, **attributes: str | bool | None) -> Html:
    """Return a link that leads to a web address, or the label alone: an address from elsewhere may be a script."""
    if url is None or not url.startswith(("https://", "http://")):
        return text(label)
    return tag("a", label, href=url, rel="noreferrer noopener", **attributes)


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'
