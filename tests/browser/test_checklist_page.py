"""The page of a checklist in a real browser: ticks stay, the command names what was ticked, and nothing leaves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from reconciler.reports.html.checklist import checklist_html
from tests.browser import chromium
from tests.reports.test_checklist import made

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    (each) => each.id + ": " + each.nodes.map((node) => node.html).join("; "))"""


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


@pytest.fixture
def address(tmp_path: Path) -> str:
    (tmp_path / "r1.html").write_text(checklist_html(made("an@x")), encoding="utf-8")
    return (tmp_path / "r1.html").as_uri()


def test_ticks_stay_in_the_browser_and_the_command_names_them(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700})
    page, requests, said = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    assert page.inner_text("#count") == "1 of 3 done"
    page.get_by_label("add phone").check()
    assert page.inner_text("#command") == "fleet checklist done ab12-1"
    page.reload()
    assert page.get_by_label("add phone").is_checked()
    page.get_by_label("change phone").uncheck()
    page.reload()
    assert page.inner_text("#count") == "1 of 3 done"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS) == []
    assert (set(requests), said) == ({address}, [])
    context.close()


def test_boxes_can_be_ticked_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("add phone").check()
    assert page.get_by_label("add phone").is_checked()
    assert not page.is_visible("#tally")
    context.close()
