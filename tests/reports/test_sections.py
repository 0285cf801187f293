"""What fits: whole items, from the gravest down, never more than there is room for, and nothing left out in silence."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from reconciler.reports.markdown.reports import comment
from reconciler.reports.markdown.sections import Section, fitted, size
from tests.reports.hostile import mixed
from tests.reports.test_markdown import HERE

VITAL = Section(
    "Removals", "removal", tuple(f"- {'r' * 90}{n}" for n in range(5)), counts="| c |\n|---|\n| 5 |", vital=True
)
LONG = Section("Changes", "change", tuple(f"- {'c' * 190}{n}" for n in range(5)))
SHORT = Section("Additions", "addition", tuple(f"- a{n}" for n in range(5)))
ALL = (VITAL, LONG, SHORT)
WHOLE = size(fitted("head\n", ALL, "foot\n", room=10_000, rest="elsewhere")[0])
FRAMES = size(fitted("head\n", ALL, "foot\n", room=0, rest="elsewhere")[0])


def shown(text: str, section: Section) -> int:
    """Return how many items of a section are in `text`."""
    return sum(1 for item in section.items if f"\n{item}\n" in text)


def test_no_room_is_ever_overdrawn_and_none_of_it_that_holds_an_item_is_wasted() -> None:
    before = (0, 0, 0)
    for room in range(FRAMES, WHOLE + 400):
        text, missing = fitted("head\n", ALL, "foot\n", room=room, rest="elsewhere")
        assert size(text) <= room
        counts = (shown(text, VITAL), shown(text, LONG), shown(text, SHORT))
        assert counts >= before
        assert missing == (counts[0] < 5)
        for of_this, of_next in pairwise(counts):
            assert of_next == 0 or of_this == 5, "what is less grave is shown while what is graver is not"
        for count, section in zip(counts, ALL, strict=True):
            assert (f"… {5 - count} of 5 {section.noun}s not shown; elsewhere" in text) == (count < 5)
        before = counts
    assert before == (5, 5, 5)


def test_removals_that_do_not_all_fit_are_counted_above_those_that_do() -> None:
    text, missing = fitted("head\n", ALL, "foot\n", room=FRAMES + 250, rest="elsewhere")
    assert missing
    assert 0 < shown(text, VITAL) < 5
    assert text.index(VITAL.counts) < text.index(VITAL.items[0])


def test_a_name_that_is_cut_counts_as_missing() -> None:
    assert fitted("", [replace(VITAL, cut=True)], "", room=10_000, rest="")[1]
    assert not fitted("", [replace(LONG, cut=True)], "", room=10_000, rest="")[1]


def test_an_empty_section_is_left_out_and_a_long_one_is_collapsed() -> None:
    empty, long = replace(SHORT, items=()), replace(SHORT, items=SHORT.items * 2)
    assert fitted("head\n", [empty], "", room=100, rest="") == ("head\n", False)
    assert "<details open><summary>" in fitted("", [SHORT], "", room=1000, rest="")[0]
    assert "<details><summary>" in fitted("", [long], "", room=1000, rest="")[0]


def test_a_crowded_comment_counts_removals_and_blocked_ones_by_cost_centre() -> None:
    text = comment(mixed(4000), HERE).text
    for head in ("Blocked", "Removals"):
        table = text.partition(f"| Cost centre | {head} |\n|---|---:|\n")[2].partition("\n\n")[0]
        assert sum(int(row.split("|")[2]) for row in table.splitlines()) == 1000
