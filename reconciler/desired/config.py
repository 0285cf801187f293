"""`fleet.yaml` as a document turned into the configuration the rest of the product uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import BaseModel, ValidationError

from reconciler.desired import wording
from reconciler.desired.documents import FleetFile, SandboxPart, TmfPart
from reconciler.desired.exports import FilePart, export_problems
from reconciler.desired.yaml import Text, nearest
from reconciler.errors import Problem
from reconciler.model.config import (
    ApprovalConfig,
    ApprovalRule,
    ContractTerms,
    FleetConfig,
    IgnoreRule,
    JournalConfig,
    Limits,
    Overridable,
    Override,
    ProtectRule,
    ProviderConfig,
    QuotaConfig,
    QuotaException,
)

#: The providers whose settings are known; another one's are its own to check.
PROVIDERS: dict[str, type[BaseModel]] = {"tmf": TmfPart, "sandbox": SandboxPart, "file": FilePart}
#: Those whose operator says itself how the contract stands.
_REPORTING = frozenset({"tmf", "sandbox"})
_SECRETS = ("secret", "password", "token", "api_key", "apikey")


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
        ignore=tuple(
            IgnoreRule(rule.user, read.place(("ignore", index))) for index, rule in enumerate(document.ignore)
        ),
        protect=tuple(
            ProtectRule(rule.service, read.place(("protect", index)), rule.until, rule.reason)
            for index, rule in enumerate(document.protect)
        ),
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
            message = f"unknown role '{rule.role}'{nearest(rule.role, known)}"
            hint = f"Roles of approvals.roles: {', '.join(known) or 'none'}."
            problems.append(Problem(message, read.place(("approvals", "rules", index, "role")), hint))
    if (part.required or part.rules) and part.allowed_signers is None:
        message = "approvals are required, and allowed_signers names no file of signers"
        problems.append(Problem(message, read.place(("approvals",), key=True), "Name one within the fleet's folder."))
    if part.allowed_signers and _leaves(part.allowed_signers):
        message = "allowed_signers: expected a file within the fleet's folder"
        problems.append(Problem(message, read.place(("approvals", "allowed_signers"))))
    return ApprovalConfig(
        required=part.required,
        allowed_signers=part.allowed_signers,
        roles={role: tuple(names) for role, names in part.roles.items()},
        rules=tuple(ApprovalRule(rule.when, rule.role, rule.more_than) for rule in part.rules),
    )


def signer_problems(config: ApprovalConfig, signers: str | None, read: Text) -> Iterator[Problem]:
    """Yield what the approval rules need of the file of signers (None: it is not there) and do not find."""
    if not (config.required or config.rules) or config.allowed_signers is None:
        return
    place = read.place(("approvals", "allowed_signers"))
    if signers is None:
        yield Problem(f"there is no file {config.allowed_signers}", place, "One line a signer: NAME ssh-ed25519 AAAA…")
        return
    known = {name for line in signers.splitlines() if not line.lstrip().startswith("#") for name in _names(line)}
    if len(known) < config.required:
        yield Problem(f"{config.required} approvals are required, and there are {len(known)} signers", place)
    for role, names in config.roles.items():
        for index, name in enumerate(names):
            if name not in known:
                message = f"'{name}' is no signer of {config.allowed_signers}{nearest(name, sorted(known))}"
                yield Problem(message, read.place(("approvals", "roles", role, index)))


def _names(line: str) -> list[str]:
    """Return the signers of one line of an allowed_signers file."""
    return line.split()[0].split(",") if line.split() else []


def _leaves(path: str) -> bool:
    return ".." in PurePosixPath(path).parts or PurePosixPath(path).is_absolute()


def _journal(document: FleetFile, read: Text, problems: list[Problem]) -> JournalConfig:
    part = document.journal
    if _leaves(part.path):
        problems.append(Problem("path: expected a file within the fleet's folder", read.place(("journal", "path"))))
    if part.lease < 1:
        message = f"lease: expected 1 second or more, found {part.lease}"
        problems.append(Problem(message, read.place(("journal", "lease"))))
    return JournalConfig(
        part.path, part.url_env, float(part.lease), float(part.patience), require_shared=part.require_shared
    )


def _provider(document: FleetFile, read: Text, problems: list[Problem]) -> ProviderConfig:
    extra = document.provider.model_extra or {}
    secrets = list(_secret_problems(extra, read, ("provider",)))
    problems.extend(secrets)
    model = PROVIDERS.get(document.provider.type)
    if model is None or secrets:
        return ProviderConfig(document.provider.type, dict(extra))
    try:
        part = model.model_validate({"type": document.provider.type, **extra})
    except ValidationError as error:
        problems.extend(wording.problems(error, model, read, at=("provider",)))
        return ProviderConfig(document.provider.type)
    problems.extend(_url_problems(part, read))
    if isinstance(part, FilePart):
        problems.extend(export_problems(part, read))
    return ProviderConfig(document.provider.type, part.model_dump(exclude={"type"}, exclude_none=True))


def _secret_problems(values: dict[str, object], read: Text, path: tuple[str, ...]) -> Iterator[Problem]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _secret_problems(value, read, (*path, name))
        elif any(word in name.lower() for word in _SECRETS) and not name.endswith(("_env", "_url")):
            if path[-1] == "headers" and str(value).startswith("$"):
                continue
            hint = "Name an environment variable: auth.client_secret_env, or a header's value that starts with $."
            yield Problem(f"'{name}' looks like a secret, which never stands in YAML", read.place((*path, name)), hint)


def _url_problems(part: BaseModel, read: Text) -> Iterator[Problem]:
    url = getattr(part, "url", None)
    if url is not None and not str(url).startswith(("http://", "https://")):
        yield Problem(
            f"url: expected one like https://api.operator.example, found '{url}'", read.place(("provider", "url"))
        )
    path = getattr(part, "path", None)
    if path is not None and ".." in PurePosixPath(path).parts:
        yield Problem("path: expected a file within the fleet's folder", read.place(("provider", "path")))
