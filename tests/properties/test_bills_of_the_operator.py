"""What the operator bills after plans and drift is never called a mistake, read over the wire as usual."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.bill_check import BundleChange
from reconciler.model.contract import add_months
from reconciler.model.snapshot import Snapshot
from reconciler.planning.bill_check import check_bill
from reconciler.planning.fee_history import fee_history
from reconciler.ports import KnowsChanges
from reconciler.providers.bills.reading import read_bill
from tests.harness import Trial, run, with_quota
from tests.properties.fleets import fleet_seeds, wanted


def told(trial: Trial) -> tuple[Snapshot, list[BundleChange]]:
    """Return live, and the bundle changes that the operator's orders tell."""

    async def work() -> tuple[Snapshot, list[BundleChange]]:
        async with trial.provider().reading() as reader:
            taken = await reader.snapshot()
            since = add_months(trial.sandbox.today.replace(day=1), -2)
            assert isinstance(reader, KnowsChanges), "the sandbox keeps its orders"
            return taken, list(await reader.bundle_changes(since))

    return run(work())


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(0, 75), st.integers(0, 1000), st.booleans())
def test_no_bill_that_was_issued_is_called_wrong(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, days: int, chance: int, late: bool
) -> None:
    seed = data.draw(fleet_seeds())
    fleet = data.draw(wanted(seed))
    trial = Trial.of(seed, with_quota(base=10))
    trial.sandbox.advance(timedelta(days=days))
    trial.apply(fleet)
    trial.sandbox.drift(chance)
    month = add_months(trial.sandbox.today.replace(day=1), 1)
    trial.sandbox.advance(timedelta(days=(month - trial.sandbox.today).days + 1))
    if late:
        trial.sandbox.drift(chance + 1)
        trial.sandbox.advance(timedelta(days=3))
    try:
        text = trial.sandbox.invoice(f"{month:%Y-%m}")
    except LookupError:
        return
    path = tmp_path_factory.getbasetemp() / "issued.xml"
    path.write_text(text, encoding="utf-8")
    taken, changes = told(trial)
    invoice = read_bill(path, {}, month=None, currency="EUR")
    found = check_bill([invoice], fee_history(taken, changes), taken, fleet, (), month=month)
    assert [finding for finding in found.findings if finding.claim] == []
