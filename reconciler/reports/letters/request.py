"""The letter to the account manager: which removals beyond the quota are asked for, why, and what they mean.

Names and reasons come from files and from the operator; each stands in its line as the letters it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.model.exception import ExceptionRequest, Wanted
from reconciler.reports.characters import visible
from reconciler.reports.letters.words import WORDS, Language, Words


class Letter(NamedTuple):
    """What is written: its subject, one line, and its text."""

    subject: str
    text: str


def letter(request: ExceptionRequest, language: Language) -> Letter:
    """Return the letter that asks for what `request` has; there is at least one removal in it."""
    words, facts = WORDS[language], _facts(request, WORDS[language])
    paragraphs = (
        [words.greeting],
        [_either(words.wish, facts)],
        list(_figures(request, words, facts)),
        [_either(words.listed, facts), *_removals(request, words)],
        [_either(words.effect, facts), _either(words.otherwise, facts)],
        [_either(words.fitting, {"count": str(request.fitting)})] if request.fitting else [],
        [words.answer],
        [words.regards, facts["organisation"]],
    )
    text = "\n\n".join("\n".join(lines) for lines in paragraphs if lines)
    return Letter(_either(words.subject, facts), text + "\n")


def _facts(request: ExceptionRequest, words: Words) -> dict[str, str]:
    plan = request.plan
    return {
        "organisation": visible(plan.organisation),
        "contract": visible(plan.contract),
        "count": str(len(request.removals)),
        "currency": plan.currency,
        "saving": words.amount(request.saving),
        "start": words.day(plan.quota.period.start),
        "end": words.day(plan.quota.period.end),
        "resets": words.day(plan.quota.period.resets),
    }


def _either(pair: tuple[str, str], facts: dict[str, str]) -> str:
    return pair[facts["count"] != "1"].format_map(facts)


def _figures(request: ExceptionRequest, words: Words, facts: dict[str, str]) -> Iterator[str]:
    quota = request.plan.quota
    yield words.period.format_map(facts)
    yield words.quota.format(allowed=quota.allowed, share=words.share(quota.ratio), base=quota.base)
    if quota.exceptions:
        yield words.granted.format(count=quota.exceptions)
    yield words.used.format(count=quota.used)
    yield words.left.format(count=quota.available)
    yield words.wanted.format(count=request.fitting + len(request.removals))
    yield words.asked.format(count=len(request.removals))


def _removals(request: ExceptionRequest, words: Words) -> Iterator[str]:
    for number, wanted in enumerate(request.removals, 1):
        yield f"{number}. {_service(wanted, words, request.plan.currency)}"
        reason = visible(wanted.reason) if wanted.reason else words.no_reason
        yield f"   {words.reason.format(reason=reason)}"


def _service(wanted: Wanted, words: Words, currency: str) -> str:
    action = wanted.action
    number = action.before.number if action.before else None
    return words.service.format(
        number=visible(number) if number else words.without_number,
        bundle=visible(wanted.bundle),
        currency=currency,
        fee=words.amount(str(action.cost.monthly_delta).removeprefix("-")),
        address=visible(action.id),
        id=visible(action.live_id or "?"),
    )
