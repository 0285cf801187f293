"""Ask for an exception to the quota: plan what fits, and put the rest into an e-mail to the account manager."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from email.headerregistry import Address

from reconciler.model.exception import ExceptionRequest
from reconciler.planning.exception import exception_request
from reconciler.ports import World
from reconciler.reports.letters.mail import mail, mailbox
from reconciler.reports.letters.request import Letter, letter
from reconciler.reports.letters.words import Language
from reconciler.usecases.planning import PlanRequest, make_plan


@dataclass(frozen=True, slots=True)
class Wish:
    """How the account manager is asked; `reason` stands for every removal that has none in the files."""

    language: Language = Language.ENGLISH
    reason: str | None = None
    to: Address | None = None
    sender: Address | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The request with its letter, to whom it goes, and the e-mail it becomes."""

    request: ExceptionRequest
    letter: Letter
    to: Address | None
    mail: bytes


async def request_exception(world: World, request: PlanRequest, wish: Wish) -> Draft | None:
    """Return the e-mail that asks for the removals beyond the quota; None where all of them fit.

    Raises what making a plan does.
    """
    fitted = dataclasses.replace(request.choices, fit_quota=True)
    made = await make_plan(world, dataclasses.replace(request, choices=fitted, drift=False))
    bundles = {word: bundle.name for word, bundle in made.snapshot.catalogue.bundles.items()}
    asked = exception_request(made.plan, made.desired, bundles=bundles, otherwise=wish.reason)
    if not asked.removals:
        return None
    written, to = letter(asked, wish.language), wish.to or mailbox(made.plan.contact)
    day = made.plan.live.read_at
    return Draft(asked, written, to, mail(written, to=to, sender=wish.sender, language=wish.language, written=day))
