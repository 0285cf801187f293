"""The comment on a pull request: what a reviewer reads, under GitHub's limit, whatever others are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from textwrap import wrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot as golden

from reconciler.errors import Place, Problem
from reconciler.model.plan import Finding, Kind, Plan, Severity, Status
from reconciler.ports import Outcome, Result
from reconciler.reports.markdown.items import sections
from reconciler.reports.markdown.marker import Topic, parse
from reconciler.reports.markdown.reports import ROOM, closed, comment, drift_issue, failure_comment, outcome_comment
from reconciler.reports.markdown.sections import fitted
from reconciler.reports.markdown.step_summary import step_summary
from reconciler.reports.publication import Publication
from reconciler.reports.redaction import redacted
from tests.reports.hostile import CORPUS, action, hostile_plan, many, mixed, plan_of
from tests.reports.rendered import OUR_LINK, assert_harmless
from tests.reports.test_text import everything

HERE = Publication("acme/main", "0123456789abcdef0123456789abcdef01234567", OUR_LINK)


def reports(text: str) -> Iterator[str]:
    """Yield every report in which `text` may appear."""
    plan, place = hostile_plan(text), Place(text, 3, 7)
    outcomes = {action.id: Outcome(result, text, text) for action, result in zip(plan.ready, cycle(Result))}
    yield comment(plan, HERE).text
    yield step_summary(plan, HERE)
    yield failure_comment([Problem(text, place, text), text], HERE).text
    yield outcome_comment(plan, outcomes, HERE).text
    yield closed(comment(plan, HERE).text)
    title, issue = drift_issue(plan, replace(HERE, scope=text or "x"))
    assert not set(title) & set("`@#<>[]*")
    yield issue.text


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_name_is_shown_and_does_nothing(text: str) -> None:
    for report in reports(text):
        assert_harmless(report)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Return a plan of any actions and findings, every text in it hostile."""
    texts = st.one_of(
        st.sampled_from(CORPUS), st.text(max_size=60), st.tuples(*[st.sampled_from(CORPUS)] * 2).map("".join)
    )
    made = [
        action(index, draw(st.sampled_from(Kind)), draw(texts), draw(st.sampled_from(Status)))
        for index in range(draw(st.integers(0, 12)))
    ]
    findings = [
        Finding(
            draw(texts), draw(st.sampled_from(Severity)), draw(texts), draw(texts), each.user, each.label, each.place
        )
        for each in made[:: draw(st.integers(1, 3))]
    ]
    return plan_of(tuple(made), draw(texts), tuple(findings))


@given(plans(), st.integers(0, 20_000))
@settings(max_examples=60, deadline=None)
def test_any_plan_is_harmless_in_whole_and_in_part(plan: Plan, room: int) -> None:
    body = comment(redacted(plan), HERE)
    assert len(body.text.encode()) <= ROOM
    assert_harmless(body.text)
    part = step_summary(plan, HERE, room=room)
    assert len(part.encode()) <= room
    assert_harmless(part)


@given(plans(), st.integers(3000, 20_000))
@settings(max_examples=60, deadline=None)
def test_whole_items_are_left_out_and_every_one_of_them_is_counted(plan: Plan, room: int) -> None:
    found = sections(plan)
    text, missing = fitted("head\n", found, "foot\n", room=room, rest="elsewhere")
    left_out = sum(int(count) for count in re.findall(r"(?m)^… (\d+) of \d+ ", text))
    shown = [item for section in found for item in section.items if f"\n{item}\n" in text]
    assert len(shown) + left_out >= sum(len(section.items) for section in found)
    vital = [item for section in found if section.vital for item in section.items]
    if not missing:
        assert all(f"\n{item}\n" in text for item in vital)
    if any(not section.vital and item in shown for section in found for item in section.items):
        assert all(item in shown for item in vital)


@pytest.mark.parametrize("count", [0, 1, 200, 5000, 10_000])
@pytest.mark.parametrize("kind", list(Kind))
def test_it_stays_under_the_limit_at_any_size(count: int, kind: Kind) -> None:
    body = comment(many(count, kind), HERE)
    assert len(body.text.encode()) <= ROOM
    assert body.truncated == (kind is Kind.REMOVE and count >= 5000)
    marker = parse(body.text)
    assert marker is not None
    assert (marker.topic, marker.scope, marker.truncated) == (Topic.PLAN, "acme/main", body.truncated)
    assert_harmless(body.text)


def test_what_is_left_out_is_left_out_from_the_end_and_said() -> None:
    text = comment(mixed(400), HERE).text
    assert text.count("\n- `!`") == 100
    assert text.count("\n- `-`") == 100
    assert text.count("\n- `+`") == 0
    assert "… 100 of 100 additions not shown" in text


def test_a_closed_pull_request_is_marked_once() -> None:
    text = closed(comment(mixed(4), HERE).text)
    marker = parse(text)
    assert marker is not None
    assert marker.closed
    assert "**Out of date:**" in text
    assert closed(text) == text
    assert closed("Looks fine to me") == "Looks fine to me"


@pytest.mark.parametrize("room", [0, 10, 200, 5000, 50_000, 1_000_000])
def test_a_step_summary_keeps_to_what_room_there_is(room: int) -> None:
    text = step_summary(mixed(10_000 if room > 50_000 else 1000), HERE, room=room)
    assert len(text.encode()) <= room
    assert_harmless(text)


def test_a_step_summary_has_room_for_thousands() -> None:
    text = step_summary(mixed(4000), HERE)
    assert text.count("\n- `+`") == 1000
    assert "not shown" not in text


def folded(text: str) -> str:
    """Return `text` with long lines folded, for a golden a person can read."""
    return "\n".join(
        "\n".join(wrap(line, 112, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False))
        for line in text.splitlines()
    )


def test_what_a_reviewer_reads() -> None:
    assert folded(comment(redacted(everything()), HERE).text) == golden("""\
<!-- fleet-plan
    {"v":1,"scope":"acme/main","commit":"0123456789abcdef0123456789abcdef01234567","plan":null,"truncated":false,"closed":false,"run":"https://ci.example/run/1","checksum":null}
    -->
### 📱 Plan: 1 to add, 2 to change (1 transfer), **1 to remove**. 1 blocked.

⛔ **Blocked.** What is listed as blocked below is refused and will not be carried out. If this is merged, 4
    actions will be ordered at the operator for `brouwerij-demo`, contract `MC-2026-001`. Until then nothing is.

| Removal quota | Next bill (2026-12) | Steady month | Approvals |
| --- | --- | --- | --- |
| takes 1 of 4 left | EUR **-3.70** | EUR 47.50 → 44.50 (**-3.00**) | none needed |

`Quota [▒▒▒▒▒▒▒▒░░░░░░░░░░░░░░░░░░░░░░] 0 used, 1 planned, 3 left`

Removals: 1 of 4 left this contract period (100% of 4 = 4; 0 used; resets 2027-06-01).

The bill is an estimate, since the operator decides on which day an order takes effect. A steady month is a
    whole one, without credits and parts of a month.

#### Blocked: 1 action will not be carried out

- `!` `els.maes@brouwerij.example/car`: remove `mobile-10`, SIM, number (none) · **-10.00/month, -12.33 next
    bill** · `protected`: `els.maes@brouwerij.example/car` is protected by `els.maes@brouwerij.example/car`:
    board decision 12 — Declare the service again, or change the rule at `users/test.yaml:3:7`.

#### Removals: 1 of the 4 left this contract period

The number of a removed service goes back to the operator and cannot be had again. To keep it, transfer the
    service to another user instead.

- `-` `els.maes@brouwerij.example/phone`: remove `mobile-10`, SIM, number `•••003` · **-10.00/month, -12.33 next
    bill** · because: not declared for this user (`users/test.yaml:3:7`)

<details><summary>Cost by cost centre: 1</summary>

| Cost centre | Next bill (2026-12), EUR |
|---|---:|
| `(none)` | -3.70 |

</details>

<details open><summary>Changes: 2 (1 transfer to another user)</summary>

- `>` `jan.claes@brouwerij.example/phone`: user `els.maes@brouwerij.example` → `jan.claes@brouwerij.example`
- `~` `an.peeters@brouwerij.example/phone`: bundle `mobile-10` → `mobile-25`; option calls removed ·
    **-3.00/month, -3.70 next bill**

</details>

<details open><summary>Additions: 1</summary>

- `+` `jan.claes@brouwerij.example/tablet`: add `mobile-10`, SIM, number (known after activation) ·
    **+10.00/month, +12.33 next bill**

</details>

---
`acme/main` · commit `0123456789ab` · live read 2026-11-23 08:00 UTC · [run](https://ci.example/run/1) · this
    comment is updated on each push\
""")


def test_what_is_read_after_an_apply() -> None:
    plan = everything()
    results = (
        Outcome(Result.DONE, None, "ord-1"),
        Outcome(Result.FAILED, "the SIM is in use", "ord-2"),
        Outcome(Result.WAITING, "activation by the user", "ord-3"),
        Outcome(Result.NOT_STARTED, "the run was stopped"),
    )
    outcomes = dict(zip((each.id for each in plan.ready), results, strict=True))
    assert folded(outcome_comment(plan, outcomes, HERE).text) == golden("""\
<!-- fleet-apply
    {"v":1,"scope":"acme/main","commit":"0123456789abcdef0123456789abcdef01234567","plan":null,"truncated":false,"closed":false,"run":"https://ci.example/run/1","checksum":null}
    -->
### ❌ Apply incomplete: 1 of 4 done, 1 failed, 1 waiting, 1 not started. 1 blocked action left out.

#### To look at: 2

- **failed** `els.maes@brouwerij.example/phone` (order `ord-2`): the SIM is in use
- **not started** `jan.claes@brouwerij.example/tablet`: the run was stopped

#### On their way: 1

- **waiting** `jan.claes@brouwerij.example/phone` (order `ord-3`): activation by the user

<details><summary>Done: 1</summary>

- **done** `an.peeters@brouwerij.example/phone` (order `ord-1`)

</details>

---
`acme/main` · commit `0123456789ab` · [run](https://ci.example/run/1)\
""")


def test_a_complete_apply_is_said_in_one_line() -> None:
    plan = everything()
    outcomes = {each.id: Outcome(Result.DONE, None, "ord-1") for each in plan.ready}
    line = outcome_comment(plan, outcomes, HERE).text.splitlines()[1]
    assert line == "### ✅ Apply complete! 1 added, 2 changed, 1 removed. 1 blocked action left out."


@pytest.mark.parametrize(
    ("result", "read_back", "sign"),
    [(Result.DONE, True, "✅"), (Result.WAITING, True, "🟡"), (Result.FAILED, True, "❌"), (Result.DONE, False, "❌")],
)
def test_the_sign_of_an_apply_tells_whether_somebody_has_to_look(result: Result, read_back: bool, sign: str) -> None:
    plan = plan_of((action(1, Kind.ADD),))
    text = outcome_comment(plan, {plan.actions[0].id: Outcome(result)}, HERE, read_back=read_back).text
    assert text.splitlines()[1].startswith(f"### {sign} Apply")


def test_what_is_read_where_no_plan_could_be_made() -> None:
    problem = Problem("unknown key 'bundel'; did you mean 'bundle'?", Place("users/a.yaml", 3, 5), "Known: bundle.")
    assert folded(failure_comment([problem, "the operator did not answer"], HERE).text) == golden("""\
<!-- fleet-plan
    {"v":1,"scope":"acme/main","commit":"0123456789abcdef0123456789abcdef01234567","plan":null,"truncated":false,"closed":false,"run":"https://ci.example/run/1","checksum":null}
    -->
### ❌ Plan failed; an earlier plan in this place is void

#### 2 problems

- ❌ `users/a.yaml:3:5`: unknown key `bundel`; did you mean `bundle`? — Known: bundle.
- ❌ the operator did not answer

---
`acme/main` · commit `0123456789ab` · [run](https://ci.example/run/1)\
""")


def test_what_is_read_of_drift() -> None:
    title, body = drift_issue(everything(), replace(HERE, plan_id="sha256:0123456789abcdef"))
    assert title == golden("Drift in acme/main: Plan: 1 to add, 2 to change (1 transfer), 1 to remove. 1 blocked.")
    assert folded(body.text.partition("| Removal")[0]) == golden("""\
<!-- fleet-drift
    {"v":1,"scope":"acme/main","commit":"0123456789abcdef0123456789abcdef01234567","plan":"sha256:0123456789abcdef","truncated":false,"closed":false,"run":"https://ci.example/run/1","checksum":null}
    -->
### 📱 Plan: 1 to add, 2 to change (1 transfer), **1 to remove**. 1 blocked.

What is live at the operator for `brouwerij-demo`, contract `MC-2026-001`, is not what the files declare. Below
    is what would put live back.

- To put live back as declared, merge a pull request of the fleet, whose plan then has this too, or run `fleet
    apply`.
- To keep what is live, have `fleet import` bring the files up to date, and merge that.

This issue is updated by every check, and closed by the first that finds no difference.
""")
