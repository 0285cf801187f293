"""A change from a stranger's fork: validated, planned against a snapshot, and never more than text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.ci.repository import Ran, Repository
from tests.publishing import jobs
from tests.reports.rendered import OUR_LINK, assert_harmless, shown

FORK = "mallory/fleet"
#: How a stranger would name a colleague, a cost centre and a service, and with what no name may hold.
EVIL = (
    r"::error file=x::pwned ##[error]pwned </td></details><script>alert(1)</script> "
    r"[x](https://evil.example) @org/team #1 ` ``` /merge | \\"
)
WORSE = rf"{EVIL}\n::error file=x::pwned\n::set-output name=add::99\n/merge\n\e[31;1mred\e]0;title\a\u202e"
USERS = "users/evil.yaml"
DECLARED = f'''users:
  els.declercq@brouwerij.example:
    name: "{EVIL}"
    cost_centre: "{EVIL}"
    services:
      phone:
        bundle: mobile-25
        number: "+32470000001"
      data:
        bundle: data-5
        number: "+32470000002"
        options: [extra-data-10]
      tablet:
        bundle: "{EVIL}"
        options: ["x{EVIL}"]
'''


@pytest.fixture
def attacked(repository: Repository) -> Repository:
    """Return a repository with a change under review that is hostile wherever the files have room for text."""
    sales = (repository.root / "users/sales.yaml").read_text(encoding="utf-8")
    own = re.search(r"  els\.declercq@.*?(?=^  \S)", sales, re.MULTILINE | re.DOTALL)
    assert own is not None
    assert repository.fleet("snapshot", "-o", str(repository.folder.parent / "live.json")).code == 0
    (repository.root / USERS).write_text(DECLARED, encoding="utf-8")
    repository.git("add", ".")
    repository.propose("users/sales.yaml", own[0], "")
    return repository


def planned(repository: Repository, *options: str) -> Ran:
    """Return what the job of the fork's pull request says; it was given a token by mistake."""
    done = repository.plan(*options, head=FORK)
    assert repository.platform.requests == []
    return done


def test_a_change_from_a_fork_is_validated_and_reaches_neither_operator_nor_platform(repository: Repository) -> None:
    repository.propose("users/sales.yaml", "bundle: mobile-10", "bundle: mobile-25")
    repository.edit("fleet.yaml", "type: sandbox ", "type: tmf\n  url: http://127.0.0.1:1\n  # ")
    repository.git("commit", "-qam", "Ask my own operator")
    done = planned(repository)
    assert done.code == 0, done.err
    assert "it was not planned" in done.err
    assert not (repository.folder / "fleet-ci/plan.json").exists()


@pytest.mark.parametrize("wrong", [False, True])
def test_hostile_names_are_shown_and_do_nothing(attacked: Repository, wrong: bool) -> None:
    if wrong:
        attacked.propose(USERS, "bundle: mobile-25", f'"{WORSE}": mobile-25')
    done = planned(attacked, "--live", str(attacked.folder.parent / "live.json"))
    assert (done.code, done.outputs["failure_reason"]) == ((1, "invalid-input") if wrong else (3, "blocked")), done.err
    assert_only_text(attacked.folder / "fleet-ci", has_page=not wrong)
    assert not re.search("[\x1b\x07\u202e]", done.out + done.err + done.summary)
    assert_no_commands(done, said="stderr" if wrong else "stdout")


def assert_only_text(folder: Path, *, has_page: bool) -> None:
    """Fail where a file of the artefact holds more than text of a stranger's."""
    for name in ("comment.md", "summary.md"):
        text = (folder / name).read_text(encoding="utf-8")
        assert ("alert(1)" if has_page else "error file=x") in shown(text)
        assert_harmless(re.sub(rf"\]\({re.escape(jobs.RUN[:-3])}\d+(#artifacts)?\)", f"]({OUR_LINK})", text))
    if has_page:
        page = (folder / "plan.html").read_text(encoding="utf-8")
        assert "alert(1)" in page
        assert "<script>alert(1)" not in page
    for path in folder.iterdir():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", path.read_text(encoding="utf-8")), path
    json.loads((folder / "findings.sarif").read_text(encoding="utf-8"))


def assert_no_commands(done: Ran, *, said: str) -> None:
    """Fail where GitHub would take something as a command that is none of ours; `said` is where the text stands."""
    first, *lines = done.out.splitlines()
    stopped = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", first)
    assert stopped is not None
    end = lines.index(f"::{stopped[1]}::")
    assert "pwned" in (done.err if said == "stderr" else "".join(lines[:end]))
    for line in lines[end + 1 :]:
        assert re.match(r"::(error|warning|notice) (file=fleet-config/users/[a-z/]+\.yaml,|title=)", line), line
        assert "##[" not in line
    assert done.outputs["exitcode"] == str(int(done.code))
    assert "pwned" not in str(done.outputs)
    assert done.outputs.get("add") != "99"
