"""Markup is ours or is escaped; there is nothing between."""

from __future__ import annotations

import pytest

from reconciler.reports.html.markup import joined, link, raw, tag, text


def test_text_is_escaped_and_elements_are_not() -> None:
    assert tag("p", "a < b & ", tag("b", '"c"')) == "<p>a &lt; b &amp; <b>&quot;c&quot;</b></p>"


def test_nothing_is_left_out_quietly_but_none() -> None:
    assert joined(None, "0", None) == "0"


def test_an_attribute_cannot_be_left_by_its_value() -> None:
    made = tag("input", value='"><script>', data_kind="'x'", for_="y", checked=True, hidden=False, title=None)
    assert made == '<input value="&quot;&gt;&lt;script&gt;" data-kind="&#x27;x&#x27;" for="y" checked>'


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\x00b", "a\\u0000b"),
        ("a\r\nb", "a\\u000d\\u000ab"),
        ("\ud800", "\\ud800"),
        ("a b", "a b"),
        ("Žofie Ångström 李", "Žofie Ångström 李"),
    ],
)
def test_what_no_eye_sees_is_written_out(hostile: str, shown: str) -> None:
    assert text(hostile) == shown


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", None, " https://x"])
def test_only_a_web_address_is_a_link(url: str | None) -> None:
    assert link("the run", url) == "the run"


def test_a_link_tells_its_target_nothing() -> None:
    assert link("run", "https://ci.example/1?a=b&c") == (
        '<a href="https://ci.example/1?a=b&amp;c" rel="noreferrer noopener">run</a>'
    )


def test_raw_markup_has_to_be_asked_for() -> None:
    assert tag("style", raw("a > b {}")) == "<style>a > b {}</style>"
