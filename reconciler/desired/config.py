"""`fleet.yaml` as a document turned into the configuration the rest of the product uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import BaseModel, ValidationError

from reconciler.desired import wording
from reconciler.desired.approvers import people_problems
from reconciler.desired.connections import address_problems, journal_problems, secret_problems
from reconciler.desired.documents import FleetFile, SandboxPart, TmfPart
from reconciler.desired.exports import FilePart, export_problems
from reconciler.desired.yaml import Text, nearest
from reconciler.errors import Place, Problem, bounded, quoted
from reconciler.model.config import (
    LONGEST_APPROVAL,
    ApprovalConfig,
    ApprovalRule,
    ContractTerms,
    FleetConfig,
    IgnoreRule,
    JournalConfig,
    Limits,
    Overridable,
    Override,
    Person,
    ProtectRule,
    ProviderConfig,
    QuotaConfig,
    QuotaException,
)

#: The providers whose settings are known; another one's are its own to check.
PROVIDERS: dict[str, type[BaseModel]] = {"tmf": TmfPart, "sandbox": SandboxPart, "file": FilePart}
#: Those whose operator says itself how the contract stands.
_REPORTING = frozenset({"tmf", "sandbox"})


def config_of(document: FleetFile, read: Text, problems: list[Problem]) -> FleetConfig:
    """Return the configuration; what makes no sense in it is added to `problems`."""
    contract, quota = document.contract, document.contract.quota
    optional = {"contact": contract.contact} if contract.contact else {}
    return FleetConfig(
        organisation=document.organisation,
        provider=_provider(document, read, problems),
        contract=contract.id,
        terms=_terms(document, read, problems),
        currency=document.currency,
        timezone=document.timezone,
        quota=QuotaConfig(
            ratio=quota.ratio,
            base=quota.base,
            exceptions=tuple(
                QuotaException(
                    item.reference, item.removals, item.until, read.place(("contract", "quota", "exceptions", index))
                )
                for index, item in enumerate(quota.exceptions)
            ),
            used=quota.used,
        ),
        ownership=document.ownership,
        ignore=tuple(_ignored(document, read, problems)),
        protect=tuple(_protected(document, read, problems)),
        limits=Limits(**document.limits.model_dump()),
        overrides=tuple(_overrides(document, read, problems)),
        approvals=_approvals(document, read, problems),
        journal=_journal(document, read, problems),
        create_users=document.users.create,
        **optional,
    )


def _terms(document: FleetFile, read: Text, problems: list[Problem]) -> ContractTerms:
    """Return the terms of the contract, which have to stand here where the operator does not report them."""
    part, where = document.contract, read.place(("contract",), key=True)
    given = {name: getattr(part, name) for name in ("first_sim", "start", "end")}
    if document.provider.type in _REPORTING:
        own = [name for name, value in (*given.items(), ("quota.used", part.quota.used)) if value is not None]
        for name in own:
            message = f"contract.{name} is what the operator reports over this connection"
            problems.append(Problem(message, read.place(("contract", *name.split("."))), "Leave it out."))
    elif (part.start is None) is not (part.end is None) or (part.start and part.end and part.end < part.start):
        problems.append(Problem("contract: expected both 'start' and a later 'end' of the current period", where))
    elif document.provider.type == "file" and not (part.first_sim or part.start):
        hint = "Give 'first_sim', the day the first SIM was activated, or 'start' and 'end'."
        problems.append(Problem("contract: exports do not tell the contract's period (R3)", where, hint))
    if document.provider.type == "file" and document.users.create:
        message = "create: users are created in the portal, by hand; an export then has them"
        problems.append(Problem(message, read.place(("users", "create")), "Leave it out."))
    return ContractTerms(**given)


def _ignored(document: FleetFile, read: Text, problems: list[Problem]) -> Iterator[IgnoreRule]:
    for index, rule in enumerate(document.ignore):
        place = read.place(("ignore", index))
        problems += _unless_one(place, user=rule.user, number=rule.number, iccid=rule.iccid, id=rule.id)
        yield IgnoreRule(rule.user, place, rule.number, rule.iccid, rule.id)


def _protected(document: FleetFile, read: Text, problems: list[Problem]) -> Iterator[ProtectRule]:
    for index, rule in enumerate(document.protect):
        place = read.place(("protect", index))
        problems += _unless_one(place, service=rule.service, number=rule.number, iccid=rule.iccid, id=rule.id)
        yield ProtectRule(rule.service, place, rule.until, rule.reason, rule.number, rule.iccid, rule.id)


def _unless_one(place: Place, **named: str | None) -> Iterator[Problem]:
    """Yield what is wrong with a rule that names nothing, or several things of which nobody knows which counts."""
    said = [name for name, value in named.items() if value is not None]
    if len(said) != 1:
        found = " and ".join(said) or "none"
        yield Problem(f"expected one of {', '.join(named)}, found {found}", place, "Write a rule for each.")


def _overrides(document: FleetFile, read: Text, problems: list[Problem]) -> Iterator[Override]:
    for index, part in enumerate(document.overrides):
        place = read.place(("overrides", index))
        if part.service is not None and part.check is not Overridable.PROTECTED:
            message = f"an override of {part.check} is of the whole plan, and names a service"
            problems.append(Problem(message, read.place(("overrides", index, "service")), "Leave 'service' out."))
        yield Override(part.check, part.until, part.reason, place, part.service or "*")


def _approvals(document: FleetFile, read: Text, problems: list[Problem]) -> ApprovalConfig:
    """Return the approval rules; every role and, by `load`, every signer they name has to exist."""
    part = document.approvals
    known = sorted(part.roles)
    for index, rule in enumerate(part.rules):
        if rule.role not in part.roles:
            message = f"unknown role {quoted(rule.role)}{nearest(rule.role, known)}"
            hint = f"Roles of approvals.roles: {', '.join(map(bounded, known)) or 'none'}."
            problems.append(Problem(message, read.place(("approvals", "rules", index, "role")), hint))
    if (part.required or part.rules) and part.allowed_signers is None:
        message = "approvals are required, and allowed_signers names no file of signers"
        problems.append(Problem(message, read.place(("approvals",), key=True), "Name one within the fleet's folder."))
    if part.allowed_signers and _leaves(part.allowed_signers):
        message = "allowed_signers: expected a file within the fleet's folder"
        problems.append(Problem(message, read.place(("approvals", "allowed_signers"))))
    if not 1 <= part.lifetime_hours <= LONGEST_APPROVAL:
        message = f"lifetime_hours: expected 1 to {LONGEST_APPROVAL} hours, found {part.lifetime_hours}"
        problems.append(Problem(message, read.place(("approvals", "lifetime_hours"))))
    problems.extend(people_problems(part.people, read))
    return ApprovalConfig(
        required=part.required,
        allowed_signers=part.allowed_signers,
        roles={role: tuple(names) for role, names in part.roles.items()},
        rules=tuple(ApprovalRule(rule.when, rule.role, rule.more_than) for rule in part.rules),
        people={name: Person(tuple(each.addresses), tuple(each.logins)) for name, each in part.people.items()},
        lifetime_hours=part.lifetime_hours,
    )


def _leaves(path: str) -> bool:
    return ".." in PurePosixPath(path).parts or PurePosixPath(path).is_absolute()


def _journal(document: FleetFile, read: Text, problems: list[Problem]) -> JournalConfig:
    part = document.journal
    problems.extend(journal_problems(part, read))
    if part.lease < 1:
        message = f"lease: expected 1 second or more, found {part.lease}"
        problems.append(Problem(message, read.place(("journal", "lease"))))
    return JournalConfig(
        part.path,
        part.url_env,
        float(part.lease),
        float(part.patience),
        max(1.0, float(part.timeout)),
        require_shared=part.require_shared,
    )


def _provider(document: FleetFile, read: Text, problems: list[Problem]) -> ProviderConfig:
    extra = document.provider.model_extra or {}
    secrets = list(secret_problems(extra, read))
    problems.extend(secrets)
    model = PROVIDERS.get(document.provider.type)
    if model is None:
        return ProviderConfig(document.provider.type, dict(extra))
    try:
        part = model.model_validate({"type": document.provider.type, **extra})
    except ValidationError as error:
        said = {each.place for each in secrets}
        found = wording.problems(error, model, read, at=("provider",))
        problems.extend(each for each in found if each.place not in said)
        return ProviderConfig(document.provider.type)
    problems.extend(address_problems(part, read))
    problems.extend(_skip_problems(part, read))
    if isinstance(part, FilePart):
        problems.extend(export_problems(part, read))
    return ProviderConfig(document.provider.type, part.model_dump(exclude={"type"}, exclude_none=True))


def _skip_problems(part: BaseModel, read: Text) -> Iterator[Problem]:
    for index, rule in enumerate(getattr(part, "skip", ())):
        if not (rule.id or rule.offering or rule.status):
            message = "a rule that says nothing would leave everything out"
            yield Problem(message, read.place(("provider", "skip", index)), "Say 'id', 'offering' or 'status'.")
