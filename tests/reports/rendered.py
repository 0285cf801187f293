"""What GitHub would make of Markdown, as far as it matters: read by a CommonMark parser with GitHub's tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_OURS = re.compile(
    r"<!-- fleet-(plan|apply|drift) \{[^<>]*\} -->|<details( open)?><summary>[A-Za-z0-9 :(),-]+</summary>|</details>"
)
OUR_LINK = "https://ci.example/run/1"
#: What GitHub links or replaces in text outside code: mentions, issues, addresses, e-mail, commits, emoji, mathematics.
_LIVE = re.compile(
    r"@|#|://|www\.|:[a-z_+-]+:|\$|\b[0-9A-Fa-f]{7,}\b|[A-Z]+-[0-9]+|[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]"
)


def tokens(markdown: str) -> Iterator[Token]:
    """Yield every token, the inline ones too."""
    for token in _PARSER.parse(markdown):
        yield token
        yield from token.children or ()


def assert_harmless(markdown: str) -> None:
    """Fail where `markdown` holds HTML or links that are not ours, something GitHub acts on, or a torn structure."""
    found = list(tokens(markdown))
    html = "".join(token.content for token in found if token.type in ("html_block", "html_inline"))
    assert _OURS.sub("", html).strip() == "", f"HTML that is not ours: {html!r}"
    assert html.count("<details") == html.count("</details>")
    counts = Counter(token.type for token in found)
    assert {str(token.attrs["href"]) for token in found if token.type == "link_open"} <= {OUR_LINK}
    assert counts["image"] == counts["fence"] == counts["code_block"] == counts["blockquote_open"] == 0
    assert counts["html_inline"] == 0
    for token in found:
        if token.type == "text":
            assert not _LIVE.search(token.content), f"GitHub acts on {token.content!r}"
    _assert_tables_whole(found)


def shown(markdown: str) -> str:
    """Return the text a reader sees, code as it is and the rest as text."""
    return "".join(
        token.content if token.type in ("text", "code_inline") else "\n"
        for token in tokens(markdown)
        if token.type in ("text", "code_inline", "softbreak", "paragraph_close", "tr_close")
    )


def _assert_tables_whole(found: list[Token]) -> None:
    """Fail where a row of a table has other cells than its head."""
    widths: list[int] = []
    for token in found:
        if token.type == "table_open":
            widths = []
        elif token.type == "tr_open":
            widths.append(0)
        elif token.type in ("th_open", "td_open"):
            widths[-1] += 1
        elif token.type == "table_close":
            assert len(set(widths)) == 1, f"a table is torn: {widths}"
