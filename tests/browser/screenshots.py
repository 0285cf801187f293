"""Write the pictures of docs/: the example fleet's plan as a page, on a desk and on a telephone.

python -m tests.browser.screenshots [FOLDER]
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser

from reconciler.cli.app import run
from reconciler.model.plan import Plan
from reconciler.planning.document import digest
from reconciler.reports.html.plan import page
from reconciler.reports.publication import Publication
from reconciler.usecases.saving import read_plan
from tests.browser import chromium

#: File → width, height, scale, colour scheme, and the part of the page that stands at the top.
PICTURES: dict[str, tuple[int, int, int, Any, str]] = {
    "report.png": (1200, 1000, 1, "light", "header"),
    "report-actions.png": (1200, 800, 1, "light", "#actions"),
    "report-telephone.png": (360, 740, 2, "dark", "header"),
}


def main(folder: Path) -> None:
    """Write every picture into `folder`."""
    path = chromium.installed()
    if path is None:
        sys.exit("no Chromium on this machine: apt-get install chromium")
    with TemporaryDirectory() as work, TemporaryDirectory() as state:
        os.environ["FLEET_STATE_DIR"] = state
        file = Path(work, "plan.html")
        plan = example(Path(work))
        publication = Publication("brouwerij/fleet", plan.desired.commit, plan_id=digest(plan))
        file.write_text(page(plan, publication), encoding="utf-8")
        with chromium.browser(path) as browser:
            for name in PICTURES:
                _take(browser, file.as_uri(), folder / name)


def example(work: Path) -> Plan:
    """Return the plan of the example fleet against its sandbox, as on the day the sandbox starts."""
    root = work / "fleet-config"
    shutil.copytree("fleet-config", root, ignore=shutil.ignore_patterns(".fleet"))
    for arguments in (["sandbox", "reset"], ["plan", "-o", str(work / "plan.json")]):
        if run(["-q", "-C", str(root), *arguments]):
            sys.exit(f"fleet {' '.join(arguments)} failed")
    return read_plan(work / "plan.json").plan


def _take(browser: Browser, address: str, file: Path) -> None:
    width, height, scale, scheme, top = PICTURES[file.name]
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=scheme
    )
    opened = context.new_page()
    opened.goto(address)
    opened.evaluate(f"scrollTo(0, document.querySelector('{top}').getBoundingClientRect().top - 28)")
    opened.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
