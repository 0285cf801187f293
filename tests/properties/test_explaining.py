"""Whatever is declared and whatever is live: every service has an explanation, and it says what the plan does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.config import Ownership
from reconciler.model.explanation import Answer
from reconciler.model.overview import Standing
from reconciler.planning.explaining import Case, explain
from reconciler.planning.overview import overview
from reconciler.planning.planner import plan
from tests.harness import Trial, with_quota
from tests.properties.fleets import fleet_seeds, wanted

QUIET = {Standing.SAME: Answer.AS_DECLARED, Standing.UNMANAGED: Answer.UNMANAGED, Standing.UNCLEAR: Answer.UNCLEAR}


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(Ownership), st.integers(0, 5))
def test_every_action_explains_one_service_and_every_other_has_none(
    data: st.DataObject, ownership: Ownership, chance: int
) -> None:
    seed = data.draw(fleet_seeds())
    config = replace(with_quota(base=10), ownership=ownership)
    fleet = replace(data.draw(wanted(seed)), config=config)
    trial = Trial.of(seed, config)
    trial.sandbox.drift(chance)
    live, today = trial.snapshot(), trial.sandbox.today
    made = plan(fleet, live, today, tool_version="test")
    explained = []
    for pair in overview(fleet, live, day=today).pairs:
        each = explain(Case(pair.wanted.user, pair.wanted.label or "?", fleet, made, pair))
        explained += [each.action] if each.action else []
        assert each.reasons
        if each.action is None and pair.standing is not None:
            assert each.answer is QUIET[pair.standing]
    assert sorted(map(repr, explained)) == sorted(map(repr, made.actions))
