"""The page about security says what holds: its figures are those of the code, its promises those that are tried."""

from __future__ import annotations

from pathlib import Path

from reconciler.files import LARGEST_FILE
from reconciler.git.exchange import EXCHANGE_SECONDS
from reconciler.git.reading import READING_SECONDS
from tests.security.hostile import HOSTILE

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_bounds_are_those_of_the_code() -> None:
    times = (
        f"Git has {READING_SECONDS:g} s to answer a question and {EXCHANGE_SECONDS:g} s for a commit with its hooks."
    )
    assert times in WORDS
    assert f"a users' file of more than {LARGEST_FILE // (1024 * 1024)} MiB is an error" in WORDS


def test_as_many_repositories_are_tried_as_the_page_says() -> None:
    assert "more than forty hostile repositories" in WORDS
    assert len(HOSTILE) > 40
    assert len({case.name for case in HOSTILE}) == len(HOSTILE)
