"""What every page of ours is: a document that needs nothing else, whose policy names all that may run in it."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from reconciler.reports.html.markup import Html, raw, tag
from reconciler.reports.html.style import STYLE


def document(title: str, body: Html, *, script: str | None = None) -> str:
    """Return a page; `script` is what stands in `body` as such, and nothing else may run."""
    markup = f"<!doctype html>\n{tag('html', _head(title, script), body, lang='en')}\n"
    return markup.encode("ascii", "xmlcharrefreplace").decode()  # whatever a shell or a mail makes of other letters


def _head(title: str, script: str | None) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", raw(STYLE)),
    )


def _policy(script: str | None) -> str:
    """Return what a browser may do with the page: its own style and script, and nothing besides."""
    rules = (
        "default-src 'none'",
        f"script-src '{_hash(script)}'" if script else "script-src 'none'",
        f"style-src '{_hash(STYLE)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _hash(source: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
