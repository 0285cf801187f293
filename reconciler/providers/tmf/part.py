"""Read a part of live by filters and count the rest: the services of some users, and who has some numbers and SIMs.

Servers ignore filters silently, compare otherwise than one would think and count wrongly, and an answer that is empty
by mistake would read as a user without services. So a part is taken only from a server that proves itself: what was
seen without a filter is found again by each kind of filter, no answer has what was not asked for, and the counts of all
states and offers add up to the whole. Where that fails, `Undependable` is raised, and everything is to be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from reconciler.model.catalogue import Catalogue
from reconciler.model.contract import Period
from reconciler.model.snapshot import Extent, LiveUser, Presence, Totals, was_there
from reconciler.providers.tmf.asking import OF_USER, PRODUCT, USER, VALUE, Asking, Sample, Undependable
from reconciler.providers.tmf.fields import telephone_number
from reconciler.providers.tmf.wire import ProductRow

_Word = TypeVar("_Word")
_Answer = TypeVar("_Answer")
#: How many questions take as long as a page of everything does, how many are asked in any case, and how many a user
#: with one service takes: for the services of the user, for its options, and for who else has its number and its SIM.
_QUESTIONS_A_PAGE, _FEW, _QUESTIONS_A_USER = 3, 50, 4
#: How many offers are named in one address, whose length is limited.
_MOST_NAMED = 100
_COMING, _PRESENT, _GOING = "created,pendingActive", "active,suspended", "pendingTerminate"
_GONE = "terminated,cancelled,aborted"
_MAIL, _ID = "contactMedium.characteristic.emailAddress", "id"
_SERVICE, _OFFER = "productRelationship.product.id", "productOffering.id"


@dataclass(slots=True)
class Part:
    """What was read of live: products and users by the operator's ids of them, and the totals of everything."""

    products: dict[str, ProductRow] = field(default_factory=dict)
    users: dict[str, LiveUser] = field(default_factory=dict)
    totals: Totals | None = None


async def read_part(ask: Asking, extent: Extent, catalogue: Catalogue, period: Period) -> Part:
    """Return the part of live that `extent` names, and what relies on it.

    Raises Undependable where only reading everything tells, or takes no longer.
    """
    sample = await ask.sample()
    if sample.total is None or not sample.rows or sample.total <= len(sample.rows):
        raise Undependable("the server does not count, or this was everything")
    most = _FEW + _QUESTIONS_A_PAGE * sample.total // len(sample.rows)
    reading = _Reading(ask, _prefix(sample), most)
    await reading.prove(sample)
    reading.part.totals = totals = await _count(ask, sample.total, catalogue, period)
    await _prove_users(ask, totals, catalogue)
    await reading.find_users(extent)
    await reading.find_products(extent)
    await reading.find_holders()
    reading.require_whole(extent, catalogue)
    return reading.part


async def find_named(ask: Asking, users: Iterable[str], products: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return which of some users and of some products there are, by the operator's ids of them."""
    people = [ask.users({_ID: ",".join(some)}, lambda user, ids=some: user.id in ids) for some in _in_parts(users)]  # type: ignore[misc]
    held = [ask.products({_ID: ",".join(some)}, lambda row, ids=some: row.id in ids) for some in _in_parts(products)]  # type: ignore[misc]
    found, rows = await _all(people), await _all(held)
    return {user.id for each in found for user in each}, {row.id for each in rows for row in each}


def _in_parts(words: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(words)
    return (ordered[start : start + _MOST_NAMED] for start in range(0, len(ordered), _MOST_NAMED))


@dataclass(slots=True)
class _Reading:
    """One part being read with at most so many questions; `prefix` is what stands before a number's country code."""

    ask: Asking
    prefix: str
    most: int
    part: Part = field(default_factory=Part)
    asked: set[tuple[str, str]] = field(default_factory=set)

    async def prove(self, sample: Sample) -> None:
        """Raise Undependable unless what was seen without a filter is found again by each kind of filter."""
        held = next((row for row in sample.rows if row.relies_on is None and row.user and row.number), None)
        if held is None:
            raise Undependable("no service with a user and a number was seen")
        questions = [self._of_user(str(held.user)), self._with_value(str(held.number))]
        expected = [held.id, held.id]
        option = next((row for row in sample.rows if row.relies_on is not None), None)
        if option is not None and option.user is None:
            questions.append(self._of_service(str(option.relies_on)))
            expected.append(option.id)
        for wanted, found in zip(expected, await _all(questions), strict=True):
            if wanted not in {row.id for row in found}:
                raise Undependable("a filter does not find what is there")

    async def find_users(self, extent: Extent) -> None:
        """Find users by their keys, or by looking at all of them for a glob and where one is not found that way."""

        def one(key: str) -> Awaitable[list[LiveUser]]:
            return self.ask.users({_MAIL if "@" in key else _ID: key}, lambda user: user.key == key)

        asked = [] if extent.globs else self._fresh(_MAIL, extent.users)
        found = [user for each in await _each(one, asked) for user in each]
        if extent.globs or set(asked) - {user.key for user in found}:
            found = await self.ask.users({}, lambda _: True)
        self.part.users.update((user.id, user) for user in found)

    async def find_products(self, extent: Extent) -> None:
        """Find the services of the users, who holds the values, who holds what those have, and so on."""
        theirs = [user.id for user in self.part.users.values() if extent.has(user.key)]
        if len(theirs) * _QUESTIONS_A_USER > self.most:
            raise Undependable("there is too much to ask")
        await self._keep(self._of_user, theirs)
        values = {*extent.numbers, *extent.iccids}
        while True:
            await self._find_relations()
            values.update(value for row in self._there() for value in _values(row))
            fresh = self._fresh(VALUE, values)
            if not fresh:
                return
            await self._keep(self._with_value, fresh)

    async def find_holders(self) -> None:
        """Find the users of the services that were found by what they have."""
        ids = {row.user for row in self._there() if row.user} - self.part.users.keys()
        for user in await _each(self.ask.user, sorted(ids)):
            if user is not None:
                self.part.users[user.id] = user

    def require_whole(self, extent: Extent, catalogue: Catalogue) -> None:
        """Raise Undependable where something was told in part, or a number that is asked about is nowhere.

        Whom or what that concerns is not among what was read.
        """
        rows = self.part.products.values()
        add_ons = catalogue.options.keys() - catalogue.bundles.keys()
        if any(row.flaws or row.relies_on == "" or (row.relies_on is None and row.offering in add_ons) for row in rows):
            raise Undependable("a product is told in part")
        if any("@" not in user.key for user in self.part.users.values()):
            raise Undependable("a user has no address")
        if extent.numbers - {row.number for row in self._there()}:
            raise Undependable("a number is nowhere, or a service does not tell it")

    async def _find_relations(self) -> None:
        """Find the options of the services found, and the services of the options found."""
        while True:
            services = self._fresh(_SERVICE, (row.id for row in self._there() if row.relies_on is None))
            await self._keep(self._of_service, services)
            parents = {row.relies_on for row in self._there() if row.relies_on} - self.part.products.keys()
            missing = self._fresh(_ID, parents)
            for row in await _each(self.ask.product, missing):
                self.part.products.update({row.id: row} if row is not None else {})
            if not services and not missing:
                return

    async def _keep(self, ask: Callable[[str], Awaitable[list[ProductRow]]], words: Iterable[str]) -> None:
        for rows in await _each(ask, words):
            self.part.products.update((row.id, row) for row in rows)

    def _of_user(self, identity: str) -> Awaitable[list[ProductRow]]:
        return self.ask.products({OF_USER: identity}, lambda row: row.user == identity)

    def _with_value(self, value: str) -> Awaitable[list[ProductRow]]:
        written = self.prefix + value[1:] if value.startswith("+") else value

        def fits(row: ProductRow) -> bool:
            return value in _values(row) or written in (row.sim.eid, row.label, row.cost_centre)

        return self.ask.products({VALUE: written}, fits)

    def _of_service(self, identity: str) -> Awaitable[list[ProductRow]]:
        return self.ask.products({_SERVICE: identity}, lambda row: row.relies_on == identity)

    def _there(self) -> list[ProductRow]:
        return [row for row in self.part.products.values() if row.presence is not Presence.GONE]

    def _fresh(self, kind: str, words: Iterable[str]) -> list[str]:
        """Return the words of a kind that nobody has asked about yet."""
        fresh = sorted({word for word in words if (kind, word) not in self.asked})
        self.asked.update((kind, word) for word in fresh)
        if len(self.asked) > self.most:
            raise Undependable("there is too much to ask")
        return fresh


async def _count(ask: Asking, total: int, catalogue: Catalogue, period: Period) -> Totals:
    """Count the services by where they are in their life; all parts together have to be `total`."""
    if max(len(catalogue.bundles), len(catalogue.options)) > _MOST_NAMED:
        raise Undependable("there are too many offers to name")
    bundles, options = (",".join(sorted(words)) for words in (catalogue.bundles, catalogue.options))
    here, begun = {"status": f"{_PRESENT},{_GOING}", _OFFER: bundles}, ask.moment(period.start)
    filters = [{"status": state, _OFFER: bundles} for state in (_COMING, _PRESENT, _GOING, _GONE)]
    filters += [here | {f"startDate.{side}": begun} for side in ("lt", "gte")]
    filters += [{_OFFER: options}] if options else []
    users, *counts = await _all([ask.count(USER, {}), *(ask.count(PRODUCT, each) for each in filters)])
    parts = [each or 0 for each in counts]
    coming, present, going, gone, before, since = parts[:6]
    whole = sum(parts) == total + before + since
    if None in counts or not whole or before + since != present + going:
        raise Undependable("the counts of the parts are not that of the whole")
    rows = await ask.products(filters[3], lambda row: row.presence is Presence.GONE, fields=_OF_GONE) if gone else []
    if len(rows) != gone:
        raise Undependable("what is counted is not what is listed")
    return Totals(
        users=users or 0,
        coming=coming,
        present=present,
        going=going,
        ended=sum(1 for row in rows if row.terminated is not None and row.terminated in period),
        at_start=before + sum(1 for row in rows if was_there(row.started, row.terminated, period.start)),
    )


async def _prove_users(ask: Asking, totals: Totals, catalogue: Catalogue) -> None:
    """Raise Undependable unless each service names a user: one that names none is found by no user.

    A role that nobody has is asked about as well, since a filter that is ignored counts everything.
    """
    here = {"status": f"{_COMING},{_PRESENT},{_GOING}", _OFFER: ",".join(sorted(catalogue.bundles))}
    having, none = await _all(ask.count(PRODUCT, here | {_ROLE: role}) for role in ("user", "nobody at all"))
    if having != totals.services or none != 0:
        raise Undependable("not every service names its user")


_ROLE = "relatedParty.role"
_OF_GONE = "id,status,productOffering,startDate,terminationDate"


def _prefix(sample: Sample) -> str:
    """Return what stands before the country code where this server writes a number."""
    number = telephone_number(sample.written)
    prefix = sample.written.removesuffix(number[1:]) if number and sample.written else None
    if prefix not in ("+", "00", ""):
        raise Undependable("nobody knows how this server writes numbers")
    return prefix


def _values(row: ProductRow) -> Iterator[str]:
    yield from (value for value in (row.number, row.sim.iccid) if value)


async def _each(ask: Callable[[_Word], Awaitable[_Answer]], words: Iterable[_Word]) -> list[_Answer]:
    return await _all([ask(word) for word in words])


async def _all(questions: Iterable[Awaitable[_Answer]]) -> list[_Answer]:
    """Return all answers in order; where one fails, nobody goes on asking the others."""
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
