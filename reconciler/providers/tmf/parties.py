"""Create users at a TM Forum server: individuals, by their e-mail address.

Nobody can be deleted again (R1), and the standard has no rule against two individuals with one address. So whoever is
to be created is looked for first, and again after an answer that tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.errors import AmbiguousAnswer, OperatorError, OperatorRefused, UnreadableAnswer
from reconciler.model.snapshot import LiveUser
from reconciler.ports import NewUser
from reconciler.providers.tmf import wire
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.paging import read_all
from reconciler.providers.tmf.settings import TmfSettings

_EMAIL = "contactMedium.characteristic.emailAddress"
_CONFLICT = 409
#: Statuses that say a server creates nobody.
_NOT_OFFERED = frozenset({404, 405, 501})
_BY_HAND = "This operator creates no users here. Have the user created there, then apply again."


class Parties:
    """Looks for individuals and creates them, over a writable client."""

    def __init__(self, client: Client, settings: TmfSettings) -> None:
        self._client = client
        self._settings = settings
        self._path = settings.path("party", "individual")

    async def find(self, key: str) -> LiveUser | None:
        """Return the individual whose key is `key`; filters may be ignored, so it is compared here again."""

        def convert(document: dict[str, Any]) -> LiveUser | None:
            user = wire.live_user(document)
            return user if user.key == key else None

        listing = await read_all(
            self._client,
            self._path,
            params={_EMAIL: key},
            convert=convert,
            page_size=self._settings.page_size,
            concurrency=1,
            trust_total=False,
        )
        return listing.rows[0] if listing.rows else None

    async def create(self, new: NewUser, *, organisation: Mapping[str, str], reference: str) -> LiveUser:
        """Return the individual with the key of `new`, created unless there is one.

        Raises AmbiguousAnswer where one may have been created and does not show, OperatorRefused where the operator
        creates nobody, and what the client raises where nothing was accepted.
        """
        known = await self.find(new.key)
        if known is not None:
            return known
        try:
            answer = await self._client.post(self._path, _individual(new, organisation), idempotency_key=reference)
        except AmbiguousAnswer as lost:
            return await self._adopted(new.key, lost)
        except OperatorRefused as refused:
            if refused.status in _NOT_OFFERED:
                raise OperatorRefused(str(refused), status=refused.status, hint=_BY_HAND) from refused
            if refused.status != _CONFLICT:
                raise
            return await self._adopted(new.key, refused)
        if isinstance(answer.body, dict) and "id" in answer.body:
            return wire.live_user(answer.body)
        return await self._adopted(new.key, UnreadableAnswer(f"{self._path} answered without an id"))

    async def _adopted(self, key: str, lost: OperatorError) -> LiveUser:
        """Return the individual that shows after an answer that told nothing."""
        try:
            found = await self.find(key)
        except OperatorError as failed:
            raise AmbiguousAnswer(f"{lost}; nor could the user be looked up: {failed}") from failed
        if found is not None:
            return found
        if isinstance(lost, OperatorRefused):
            raise lost
        raise AmbiguousAnswer(str(lost)) from lost


def _individual(new: NewUser, organisation: Mapping[str, str]) -> dict[str, Any]:
    """Return the document of an individual; all but the first word of a name are the family's."""
    given, _, family = new.name.partition(" ")
    document: dict[str, Any] = {
        "givenName": given,
        "familyName": family.strip(),
        "fullName": new.name,
        "contactMedium": [
            {
                "mediumType": "email",
                "preferred": True,
                "characteristic": {"contactType": "work", "emailAddress": new.key},
            }
        ],
        "relatedParty": [dict(organisation) | {"role": "customer", "@referredType": "Organization"}],
    }
    if new.cost_centre:
        cost_centre = {"name": "costCentre", "valueType": "string", "value": new.cost_centre}
        document["partyCharacteristic"] = [cost_centre]
    return document
