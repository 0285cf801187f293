"""The page of a plan in a real browser: readable by everybody, everywhere, and nothing leaves it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from reconciler.errors import Place
from reconciler.model.plan import Finding, Kind, Plan, Severity, Status
from reconciler.reports.html.plan import page as page_of
from reconciler.reports.publication import Publication
from tests.browser import chromium
from tests.harness import PLACE
from tests.reports.hostile import CORPUS, action, hostile_plan, mixed, plan_of, usual
from tests.reports.test_html import HOSTILE
from tests.reports.test_text import everything

TELEPHONE, DESKTOP = 360, 1280
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    (each) => each.id + ": " + each.nodes.map((node) => node.html + " " + node.failureSummary).join("; "))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium; without one this fails in CI, and is skipped elsewhere."""
    path = chromium.installed()
    if path is None and os.environ.get("TESTS_IN_CI"):
        pytest.fail("no Chromium on this machine; .ci/run installs it")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with chromium.browser(path) as running:
        yield running


@dataclass(slots=True)
class Opened:
    """A plan opened as a page, with everything the page said and asked for since."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        """Fail where the page complained, opened something, or asked for anything but itself."""
        assert self.said == []
        assert self.requests == [self.address]

    def assert_within_its_width(self) -> None:
        """Fail where one would have to scroll sideways."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def actions(self) -> list[str]:
        """Return the actions that are shown."""
        items = self.page.locator("#actions article > ul > li")
        shown = items.evaluate_all("all => all.filter((each) => each.checkVisibility()).map((each) => each.id)")
        return [str(each) for each in shown]


class Reader:
    """Opens plans in a browser window, one after the other."""

    def __init__(self, window: BrowserContext, folder: Path) -> None:
        self.page, self.folder = window.new_page(), folder
        self.opened = Opened(self.page, "")
        self.page.on("console", lambda message: self.opened.said.append(message.text))
        self.page.on("pageerror", lambda error: self.opened.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.opened.said.append(dialog.message))
        self.page.on("popup", lambda popup: self.opened.said.append(popup.url))
        window.on("request", lambda request: self.opened.requests.append(request.url))

    def open(self, plan: Plan, *, width: int = DESKTOP, scheme: Any = "light") -> Opened:
        """Return the page of `plan`, read from a file of its own."""
        file = self.folder / f"{uuid4().hex}.html"
        file.write_text(page_of(plan, Publication("acme/main", plan_id="sha256:abc")), encoding="utf-8")
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.emulate_media(color_scheme=scheme, media="screen")
        self.opened = Opened(self.page, file.as_uri())
        self.page.goto(self.opened.address)
        return self.opened


@pytest.fixture(scope="module")
def reader(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Return a reader whose pages may run their script."""
    return Reader(browser.new_context(), tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def plain_reader(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Return a reader whose pages may run nothing."""
    return Reader(browser.new_context(java_script_enabled=False), tmp_path_factory.mktemp("pages"))


def one_of_each() -> Plan:
    """Return a plan with every kind of action in every state, and a finding of every severity."""
    turns = [(kind, status) for kind in Kind for status in Status]
    findings = tuple(Finding("some-code", each, "a message", "a hint", place=PLACE) for each in Severity)
    return plan_of(tuple(usual(n, *turn) for n, turn in enumerate(turns)), "SALES", findings)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [TELEPHONE, DESKTOP])
def test_everybody_can_read_it(reader: Reader, width: int, scheme: str) -> None:
    opened = reader.open(one_of_each(), width=width, scheme=scheme)
    opened.assert_quiet()
    opened.assert_within_its_width()
    opened.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    opened.page.evaluate(AXE)
    assert opened.page.evaluate(VIOLATIONS) == []
    background = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(245, 246, 248)") is (scheme == "light")


@pytest.mark.parametrize("width", [TELEPHONE, DESKTOP])
def test_without_scripts_everything_is_there_but_the_tools(plain_reader: Reader, width: int) -> None:
    opened = plain_reader.open(everything(), width=width)
    opened.assert_quiet()
    opened.assert_within_its_width()
    assert opened.actions() == ["a0", "a1", "a2", "a3", "a4"]
    assert not opened.page.locator("#tools").is_visible()


@pytest.mark.parametrize("kind", ["reader", "plain_reader"])
def test_on_paper_everything_is_open_and_the_tools_are_gone(kind: str, request: pytest.FixtureRequest) -> None:
    opened = request.getfixturevalue(kind).open(everything())
    closed = opened.page.locator("details:not([open])")
    inside = closed.locator("li, td")
    hidden = "all => all.filter((each) => !each.checkVisibility()).length"
    assert closed.count() > 1
    assert inside.evaluate_all(hidden) == inside.count()
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert inside.evaluate_all(hidden) == 0
    assert not opened.page.locator("#tools").is_visible()
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_search_leaves_what_has_every_word_however_it_is_typed(reader: Reader) -> None:
    opened = reader.open(everything())
    assert _found(opened, "els.maes") == ["a1", "a2", "a3"]
    assert _found(opened, "JAN phone") == ["a3"]
    assert _found(opened, "0470 00 00 03") == ["a2"]
    assert _found(opened, "+32470000003") == ["a2"]
    assert _found(opened, "0470/00.00.01") == ["a0"]
    assert _found(opened, "mobile-25") == ["a0"]
    assert opened.page.inner_text("#shown") == "1 of 5 shown"
    assert _found(opened, "Ján.Claes tablet") == ["a4"]
    assert _found(opened, "nobody") == []
    assert opened.page.locator("#none").is_visible()
    opened.page.click("#all")
    assert len(opened.actions()) == 5
    assert opened.page.evaluate("document.activeElement.id") == "search"
    opened.assert_quiet()


def test_kinds_are_chosen_with_the_keyboard(reader: Reader) -> None:
    opened = reader.open(everything())
    opened.page.focus("#search")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Space")
    assert opened.actions() == ["a1"]
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Space")
    assert opened.actions() == ["a1", "a2"]
    outline = "document.activeElement.nextElementSibling"
    assert opened.page.evaluate(f"getComputedStyle({outline}).outlineStyle") == "solid"
    opened.page.get_by_role("button", name="Show all").press("Enter")
    assert len(opened.actions()) == 5


def test_a_cost_is_opened_with_the_keyboard(reader: Reader) -> None:
    opened = reader.open(everything())
    opened.page.locator("#a0 summary").focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.get_by_text("mobile-25: +14.50 a month, +3.38 pro rata").is_visible()


def test_a_link_to_an_action_that_is_not_shown_shows_it(reader: Reader) -> None:
    opened = reader.open(everything())
    assert _found(opened, "jan.claes@brouwerij.example tablet") == ["a4"]
    opened.page.click("#removals a")
    opened.page.locator("#a2").wait_for(state="visible")
    assert opened.actions() == ["a0", "a1", "a2", "a3", "a4"]


def test_hostile_names_do_nothing_and_take_no_room_of_others(reader: Reader) -> None:
    texts = (*CORPUS, *HOSTILE)
    actions = tuple(action(n, list(Kind)[n % 3], text) for n, text in enumerate(texts))
    findings = tuple(Finding(text, Severity.WARNING, text, text, place=Place(text, 1, 1)) for text in texts)
    for plan in (plan_of(actions, "</script><script>alert(1)</script>", findings), hostile_plan("x" * 5000)):
        opened = reader.open(plan, width=TELEPHONE)
        opened.assert_quiet()
        opened.assert_within_its_width()
        assert opened.page.locator("script, img, iframe, object, embed, a[href]:not([href^='#'])").count() == 1
        assert len(opened.actions()) == len(plan.actions)


def test_five_thousand_actions_are_shown_and_searched_in_no_time(reader: Reader) -> None:
    began = time.monotonic()
    opened = reader.open(mixed(5000))
    assert opened.page.inner_text("#shown") == "5,000 shown"
    assert time.monotonic() - began < 30
    began = time.monotonic()
    assert _found(opened, "achternaam04711") == ["a4711"]
    assert time.monotonic() - began < 10
    opened.page.fill("#search", "")
    opened.page.get_by_label("remove", exact=False).check()
    assert opened.page.inner_text("#shown") == "1,250 of 5,000 shown"
    opened.assert_quiet()


def _found(opened: Opened, words: str) -> list[str]:
    """Return what is shown of a search for `words`."""
    search = opened.page.get_by_role("searchbox", name="Search")
    search.fill(words)
    search.press("Enter")
    return opened.actions()
