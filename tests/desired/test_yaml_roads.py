"""The quick way to read YAML gives the same values, positions and errors as the plain one, whatever the text is."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.desired import yaml as quick
from reconciler.desired.yaml import Text
from tests.desired import plain_yaml as plain

FLEET = """# a comment
users:
  an.peeters@brouwerij.example: &an
    name: An Peeters
    cost_centre: no
    services:
      phone: {bundle: mobile-10, number: "+32470123456", options: [roaming-world, {name: calls, until: 2026-12-31}]}
      'tablet':
        bundle: &b data-20
        sim: {type: esim, iccid: !"8932000000000000014"}
        options:
          - name: >-
              fixed
              ip
          - *b
  jan: *an
"""
PIECES = (
    "&a ", "*a", "*b", "<<: ", '"<<": ', "!!str ", "! ", "!x ", "\t", "- ", ": ", "'", '"', "[", "]", "{", "}", ", ",
    "\n", "---\n", "...\n", "# ", "| ", ">-\n", "? ", "no", "~", "Null", "TRUE", "0123", "+5", "-7", "1e3", ".5",
    "12345678901234567890", "phone: {}\n", "      phone: {}\n", "\ufeff", "\u2028", "\x00", "é", "%YAML 1.1\n", "\\x41",
)  # fmt: skip
HOSTILE = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Return a file of a fleet with pieces put in, taken out and doubled."""
    text = FLEET
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        end = draw(st.integers(at, min(len(text), at + 30)))
        text = text[:at] + draw(st.sampled_from((*PIECES, text[at:end] * 2))) + text[end:]
    return text


@HOSTILE
@given(spoilt())
@example(FLEET)
@example("a: &a [x, x, x]\nb: &b [*a, *a]\nc: [" + "*b, " * 4000 + "]\n")
@example("a: &a [x]\n" + "".join(f"k{index}: *a\n" for index in range(11_000)))
@example("[" * 150 + "]" * 150)
@example("[" * 250 + "]" * 250)
@example("{a: " * 250 + "}" * 250)
@example("a: 1\n" * 3)
@example("")
@example("---\na\n---\nb\n")
def test_both_ways_read_the_same(text: str) -> None:
    assert seen(quick.parse(text, "x.yaml")) == seen(plain.parse(text, "x.yaml"))


@HOSTILE
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_both_ways_read_the_same_of_nonsense(text: str) -> None:
    assert seen(quick.parse(text, "x.yaml")) == seen(plain.parse(text, "x.yaml"))


@HOSTILE
@given(st.text(st.sampled_from("~nNuUlLtTrReEfFaAsS+-.0123456789 o"), max_size=6))
@example("1e99999999999999999999")
def test_both_ways_take_a_word_for_the_same(word: str) -> None:
    found, expected = quick.scalar(word), plain.scalar(word)
    assert (type(found), found) == (type(expected), expected)


def seen(read: Text) -> tuple[str, object, object]:
    """Return everything of a file that was read; values with their types."""
    return repr(read.value), read.positions, read.problems
