"""What a CI run tells: files in a folder that becomes its artefact, and what the platform itself takes of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import Exit, FleetError, InvalidInput, Problem
from reconciler.files import make_private_folder, require_own_folder, write_private
from reconciler.model.plan import Plan
from reconciler.planning.document import digest
from reconciler.ports import Outcome, Pipeline
from reconciler.reports.markdown.step_summary import step_summary
from reconciler.reports.outputs import failure_outputs, output_text, plan_outputs
from reconciler.reports.publication import Publication
from reconciler.reports.redaction import masked, redacted

PLAN_FILE = "plan.json"
COMMENT_FILE = "comment.md"
PAGE_FILE = "plan.html"
FINDINGS_FILE = "findings.sarif"
ISSUE_FILE = "issue.md"
TESTS_FILE = "junit.xml"
_SUMMARY_FILE = "summary.md"
_ENVIRONMENT_FILE = "outputs.env"
_OURS = (PLAN_FILE, COMMENT_FILE, PAGE_FILE, FINDINGS_FILE, ISSUE_FILE, TESTS_FILE)
_LARGEST_SUMMARY = 1_000_000


class Trouble(StrEnum):
    """Why a run did not end well, as later steps read it."""

    INVALID_INPUT = "invalid-input"
    PLAN_FAILED = "plan-failed"
    BLOCKED = "blocked"
    PLAN_CHANGED = "plan-changed"
    NOT_APPROVED = "not-approved"
    STATE_LOCKED = "state-locked"
    APPLY_FAILED = "apply-failed"


@dataclass(frozen=True, slots=True)
class Telling:
    """Where a run tells what, and for which fleet (`scope`); `redact` masks numbers and SIMs but in the plan itself.

    `root` is the fleet's folder as seen from the repository's.
    """

    pipeline: Pipeline
    out: Path
    root: str
    scope: str
    redact: bool = True
    publish: bool = True

    def publication(self, plan: Plan | None = None) -> Publication:
        """Return where the reports of this run appear; `plan` as it was made, since a masked one has another digest."""
        job = self.pipeline
        return Publication(
            self.scope, job.commit, job.run_url, job.artefact_url, plan_id=digest(plan) if plan is not None else None
        )

    def shown(self, plan: Plan) -> Plan:
        """Return a plan as people see it."""
        return redacted(plan) if self.redact else plan

    def words(self, text: str) -> str:
        """Return a message as people see it."""
        return masked(text) if self.redact else text

    def problems(self, error: FleetError) -> list[Problem]:
        """Return what an error says, as people see it: every problem of the files on its own."""
        message = " ".join(str(error).split("\n"))
        found = error.problems if isinstance(error, InvalidInput) else (Problem(message, None, error.hint),)
        return [
            replace(each, message=self.words(each.message), hint=each.hint and self.words(each.hint)) for each in found
        ]


class Difference(NamedTuple):
    """What would be done now that nobody has approved, and what was approved and is not needed any more."""

    new: Plan
    gone: Sequence[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a run came to, in every form in which it is told; `plan` and `outcomes` are as people see them."""

    exit_code: Exit
    trouble: Trouble | None = None
    plan: Plan | None = None
    #: What was approved or is to be approved, by the digest of the plan as it was made.
    plan_id: str | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    #: by name in the folder
    files: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: str = ""
    stale: Difference | None = None
    error: FleetError | None = None
    warnings: tuple[str, ...] = ()


def leave(telling: Telling, told: Told, *, spared: str = "") -> None:
    """Write the files of a run, and what later steps and the page of the run take of it.

    What an earlier run has left and this one has not, but for the file that is `spared`, is taken away.
    """
    require_own_folder(telling.out)
    make_private_folder(telling.out)
    for name in {*_OURS} - {*told.files, spared}:
        (telling.out / name).unlink(missing_ok=True)
    for name, text in {**told.files, _SUMMARY_FILE: told.summary}.items():
        write_private(telling.out / name, text.encode())
    facts = _facts(telling, told)
    lines = [f"FLEET_{name.upper()}={value}\n" for name, value in facts.items()]
    write_private(telling.out / _ENVIRONMENT_FILE, "".join(lines).encode())
    job = telling.pipeline
    if job.outputs is not None:
        _append(job.outputs, output_text(facts, delimiter=f"end-{secrets.token_hex(16)}"))
    if job.summary is not None and told.summary:
        _append(job.summary, told.summary)


def problem_of_its_own(error: Exception) -> FleetError:
    """Return what is told of an error that nobody foresaw."""
    return FleetError(f"fleet met a problem of its own: {type(error).__name__}: {error}")


def summary_of(telling: Telling, shown: Plan, publication: Publication) -> str:
    """Return the summary of a plan for the run's page, in the room that earlier steps have left."""
    there = telling.pipeline.summary
    taken = there.stat().st_size if there is not None and there.exists() else 0
    return step_summary(shown, publication, room=max(0, _LARGEST_SUMMARY - taken))


def _facts(telling: Telling, told: Told) -> dict[str, str]:
    reason = str(told.trouble or "")
    if told.plan is None:
        return failure_outputs(exit_code=told.exit_code, reason=reason)
    file = str(telling.out / PLAN_FILE) if PLAN_FILE in told.files else None
    facts = plan_outputs(told.plan, plan_id=told.plan_id or "", plan_file=file, exit_code=told.exit_code)
    return facts | {"failure_reason": reason}


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
