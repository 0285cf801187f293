"""Find the plan that was reviewed: the one whose digest stands in our own comment on the merged pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.applying.signatures import Signed, read
from reconciler.errors import ApprovalMissing, StalePlan, UnreadablePlan, UsageError
from reconciler.model.platform import Comment
from reconciler.model.saved import SavedPlan
from reconciler.planning.document import digest
from reconciler.ports import Publisher
from reconciler.reports.markdown.marker import Marker, Topic
from reconciler.usecases import sticky
from reconciler.usecases.saving import parse_plan, read_plan, require_current
from reconciler.usecases.telling import PLAN_FILE, Telling

_ARTEFACT = "Name the artefact of the run that the comment links to."
_FENCES = ("```", "~~~")
_UNPLANNED = (
    "Was its plan made and posted? A comment of somebody else does not count, and a change from a fork has none: bring "
    "it by a branch of this repository."
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The plan that was reviewed, on which pull request, and the approvals that people posted there."""

    saved: SavedPlan
    pull_request: int | None = None
    posted: tuple[Signed, ...] = ()
    #: Whether the comment did not show everything that has to be judged, so that no comment can approve it.
    truncated: bool = False


async def pull_request_of(telling: Telling) -> int | None:
    """Return the pull request whose merge runs this; None where no platform is there to say.

    Raises ApprovalMissing where nothing was merged, UsageError before a merge.
    """
    job = telling.pipeline
    if job.publishing is None:
        return None
    if job.pull_request is not None:
        raise UsageError("a plan is carried out after the merge", hint="Run it on a push to the base branch.")
    if job.base is None:
        message = "what was merged into cannot be told, so nobody knows by which rules its plan is approved"
        raise ApprovalMissing(message, hint="Run it on the push of the merge, or name the commit in FLEET_BASE_REF.")
    async with job.publishing() as publisher:
        number = await publisher.pull_request_of(job.commit or "")
    if number is None:
        message = f"no merged pull request brought commit {job.commit}, so nobody reviewed a plan of it"
        raise ApprovalMissing(message, hint="Change the fleet by pull requests, or carry the plan out yourself.")
    return number


async def reviewed(telling: Telling, pull_request: int | None, place: Path | None) -> Reviewed:
    """Return what was reviewed, taken from `place`, a file or a folder, or else from the artefact of its run.

    Raises ApprovalMissing where nothing was, StalePlan where a file holds another plan, UnreadablePlan,
    PublishingError.
    """
    publishing = telling.pipeline.publishing
    if publishing is None or pull_request is None:
        return Reviewed(_only_plan(place))
    async with publishing() as publisher:
        comments = await publisher.comments(pull_request)
        marker = _marker(comments, telling.scope, pull_request)
        saved = await _plan(publisher, marker, place)
    require_current(saved, name=f"the plan that was reviewed on pull request {pull_request}")
    plan_id = digest(saved.plan)
    if plan_id != marker.plan:
        message = f"the plan that was reviewed on pull request {pull_request} is {marker.plan}, this is {plan_id}"
        raise StalePlan(message, hint=_ARTEFACT)
    if saved.checksum != marker.checksum:
        message = f"the plan that was reviewed on pull request {pull_request} said something else than this one"
        raise StalePlan(f"{message}, though both do the same", hint=_ARTEFACT)
    return Reviewed(saved, pull_request, tuple(_posted(comments, plan_id)), marker.truncated)


def _marker(comments: Sequence[Comment], scope: str, pull_request: int) -> Marker:
    found = sticky.own(comments, Topic.PLAN, scope)
    if found is None:
        message = f"pull request {pull_request} has no plan of {scope} that this token posted"
        raise ApprovalMissing(message, hint=_UNPLANNED)
    if found[1].plan is None or found[1].closed:
        why = "is void since it was closed" if found[1].closed else "failed"
        message = f"the last plan of pull request {pull_request} {why}, so nobody reviewed one"
        raise ApprovalMissing(message, hint="Bring a change whose plan can be made.")
    return found[1]


async def _plan(publisher: Publisher, marker: Marker, place: Path | None) -> SavedPlan:
    if place is not None:
        return read_plan(place) if place.is_file() else _in_folder(place, marker)
    content = await publisher.artefact(marker.run or "", PLAN_FILE)
    return parse_plan(content.decode("utf-8", "replace"), name=f"{PLAN_FILE} of {marker.run}")


def _in_folder(folder: Path, wanted: Marker) -> SavedPlan:
    """Return the plan in a folder that was reviewed, of several of the same digest the one in the same words."""
    found = [saved for saved in _plans(folder) if digest(saved.plan) == wanted.plan]
    if found:
        return next((saved for saved in found if saved.checksum == wanted.checksum), found[0])
    raise UnreadablePlan(f"there is no plan {wanted.plan} in {folder}", hint="Is it the artefact of the reviewed run?")


def _only_plan(place: Path | None) -> SavedPlan:
    """Return the plan that was named, where nobody can say which one was reviewed."""
    if place is None:
        raise UsageError("outside a CI job nobody can say which plan was reviewed", hint="Name it: --plan FILE.")
    if place.is_file():
        saved = read_plan(place)
        require_current(saved, name=str(place))
        return saved
    plans = list(_plans(place))
    if len(plans) != 1:
        raise UsageError(f"{place} holds {len(plans)} plans", hint="Name one of them: --plan FILE.")
    require_current(plans[0], name=f"the plan in {place}")
    return plans[0]


def _plans(folder: Path) -> Iterator[SavedPlan]:
    for path in sorted(folder.rglob("*.json")):
        try:
            yield read_plan(path)
        except UnreadablePlan:
            continue


def _posted(comments: Sequence[Comment], plan_id: str) -> Iterator[Signed]:
    """Yield the approvals of a plan that stand in comments, whoever posted them: the signature says whose they are."""
    seen = set()
    for comment in comments:
        for text in _documents(comment.body):
            try:
                signed = read(text, name=f"comment {comment.id}")
            except ApprovalMissing:
                continue
            if signed.statement.digest == plan_id and signed not in seen:
                seen.add(signed)
                yield signed


def _documents(body: str) -> Iterator[str]:
    """Yield what may be an approval: the whole of a comment, and what stands between its fences."""
    inside: list[str] = []
    yield body
    for line in body.splitlines():
        if line.lstrip().startswith(_FENCES):
            yield "\n".join(inside)
            inside = []
        else:
            inside.append(line)
