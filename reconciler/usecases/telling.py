"""What a CI run tells: files in a folder that becomes its artefact, and what the platform itself takes of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import Exit, FleetError, InvalidInput, Problem, worst
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

    def publication(self, plan: Plan | None = None, *, checksum: str | None = None) -> Publication:
        """Return where the reports of this run appear; `plan` as it was made, since a masked one has another digest.

        `checksum` is that of its document, where it is the plan that is reviewed.
        """
        job, plan_id = self.pipeline, digest(plan) if plan is not None else None
        where = (job.commit, job.run_url, job.artefact_url)
        return Publication(self.scope, *where, plan_id=plan_id, checksum=checksum)

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


def leave(telling: Telling, told: Told, *, spared: str = "") -> tuple[str, ...]:
    """Write the files of a run, and what later steps and the page of the run take of it; return what was not written.

    Each is tried, whatever became of the others. What an earlier run has left and this one has not, but for the file
    that is `spared`, is taken away.
    """
    require_own_folder(telling.out)
    unwritten: list[str] = []

    def trying(path: Path, work: Callable[[], object]) -> None:
        try:
            work()
        except OSError as error:
            unwritten.append(f"{path} could not be written: {error.strerror or error}")

    facts, job = _facts(telling, told), telling.pipeline
    lines = [f"FLEET_{name.upper()}={value}\n" for name, value in facts.items()]
    texts = {**told.files, _SUMMARY_FILE: told.summary, _ENVIRONMENT_FILE: "".join(lines)}
    trying(telling.out, lambda: make_private_folder(telling.out))
    there = not unwritten
    for name in sorted({*_OURS} - {*told.files, spared}) if there else ():
        trying(telling.out / name, partial((telling.out / name).unlink, missing_ok=True))
    for name, text in texts.items() if there else ():
        trying(telling.out / name, partial(write_private, telling.out / name, text.encode()))
    if job.outputs is not None:
        outputs = output_text(facts, delimiter=f"end-{secrets.token_hex(16)}")
        trying(job.outputs, partial(_append, job.outputs, outputs))
    if job.summary is not None and told.summary:
        trying(job.summary, partial(_append, job.summary, told.summary))
    return tuple(unwritten)


def incomplete(told: Told, unwritten: Sequence[str]) -> Told:
    """Return what a run that ordered nothing came to where something of it could not be written: an error."""
    if not unwritten:
        return told
    if told.error is not None:
        return replace(told, warnings=(*told.warnings, *unwritten))
    error = FleetError("; ".join(unwritten), hint="Make room, or make it writable, and run again.")
    return replace(told, exit_code=worst(told.exit_code, error.exit_code), error=error)


def summary_of(telling: Telling, shown: Plan, publication: Publication) -> str:
    """Return the summary of a plan for the run's page, in the room that earlier steps have left."""
    there, taken = telling.pipeline.summary, 0
    if there is not None:
        with suppress(OSError):
            taken = there.stat().st_size
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
