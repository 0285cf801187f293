"""Edits of a users' file: what a person would have changed, and nothing else."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.desired.edit import (
    AddService,
    AddUser,
    ChangeService,
    Edit,
    RemoveService,
    RemoveServices,
    edited,
    taken,
)
from reconciler.errors import EditRefused, InvalidInput

FILE = dedent(
    """\
    # yaml-language-server: $schema=../../schemas/users.schema.json
    # Sales.
    users:
      an@x.example:
        name: An Peeters            # since 2019
        services:
          # agreed with the works council
          phone:
            bundle: 'mobile-10'     # cheap
            number: "+32470000001"

            options: [roaming, calls]
            # still to be discussed
          tablet: {bundle: data-5, sim: {type: esim}}

      jan@x.example:
        services: {}   # has left
    """
)


def changes(edits: Edit | list[Edit], text: str = FILE) -> list[str]:
    """Return the lines that an edit takes out (-) and puts in (+)."""
    from difflib import ndiff

    after = edited(text, edits if isinstance(edits, list) else [edits], file="users/sales.yaml")
    return [line for line in ndiff(text.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_a_service_stands_behind_those_the_user_has() -> None:
    new = {"bundle": "data-20", "options": ["calls", {"name": "roaming", "until": "2026-12-31"}]}
    assert changes(AddService("AN@x.example", "data", new)) == [
        "+       data:",
        "+         bundle: data-20",
        "+         options:",
        "+           - calls",
        "+           - name: roaming",
        "+             until: 2026-12-31",
    ]


def test_the_first_service_of_a_user_opens_the_brackets_and_leaves_the_comment() -> None:
    assert changes(AddService("jan@x.example", "phone", {"bundle": "mobile-10"})) == [
        "-     services: {}   # has left",
        "+     services:   # has left",
        "+       phone:",
        "+         bundle: mobile-10",
    ]


def test_a_user_stands_in_key_order_with_a_blank_line_where_the_others_have_one() -> None:
    assert changes(AddUser("bob@x.example", {"phone": {"bundle": "m"}}, cost_centre="IT")) == [
        "+   bob@x.example:",
        "+     cost_centre: IT",
        "+     services:",
        "+       phone:",
        "+         bundle: m",
        "+ ",
    ]


def test_a_user_stands_at_the_end_where_the_others_are_in_no_order() -> None:
    text = "users:\n  b@x: {services: {}}\n  a@x: {services: {}}\n"
    assert edited(text, [AddUser("a0@x", {})], file="f") == f"{text}  a0@x:\n    services: {{}}\n"


@pytest.mark.parametrize("text", ["", "# Sales.\n", "# Sales."])
def test_a_user_can_be_the_first_of_a_file(text: str) -> None:
    after = edited(text, [AddUser("a@x", {"phone": {"bundle": "m"}})], file="f")
    comment = "# Sales.\n" if text else ""
    assert after.rstrip("\n") == f"{comment}users:\n  a@x:\n    services:\n      phone:\n        bundle: m"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            {"bundle": "mobile-unlimited"},
            ["-         bundle: 'mobile-10'     # cheap", "+         bundle: 'mobile-unlimited'  # cheap"],
        ),
        (
            {"bundle": {"name": "a", "until": "2026-12-31", "then": "b"}},
            [
                "-         bundle: 'mobile-10'     # cheap",
                "+         bundle: {name: a, until: 2026-12-31, then: b}  # cheap",
            ],
        ),
        ({"number": None}, ['-         number: "+32470000001"']),
        (
            {"options": ["roaming", {"name": "data", "from": "2026-12-01"}]},
            ["-         options: [roaming, calls]", "+         options: [roaming, {name: data, from: 2026-12-01}]"],
        ),
        ({"profile": "p"}, ["+         profile: p"]),
        ({"state": "blocked", "sim": {"iccid": "8932050000000000013"}}, [
            '+         sim: {iccid: "8932050000000000013"}',
            "+         state: blocked",
        ]),
    ],
)  # fmt: skip
def test_one_attribute_changes_on_its_own_line(change: dict[str, object], lines: list[str]) -> None:
    assert changes(ChangeService("an@x.example", "phone", change)) == lines


def test_between_brackets_the_words_concerned_change() -> None:
    before = "-       tablet: {bundle: data-5, sim: {type: esim}}"
    sim = {"type": "physical", "iccid": "8932050000000000013"}
    assert changes(ChangeService("an@x.example", "tablet", {"sim": sim, "state": "active"})) == [
        before,
        '+       tablet: {bundle: data-5, sim: {type: physical, iccid: "8932050000000000013"}, state: active}',
    ]
    assert changes(ChangeService("an@x.example", "tablet", {"sim": None})) == [
        before,
        "+       tablet: {bundle: data-5}",
    ]


def test_a_service_goes_with_the_comments_that_belong_to_it() -> None:
    assert changes(RemoveService("an@x.example", "phone")) == [
        "-       # agreed with the works council",
        "-       phone:",
        "-         bundle: 'mobile-10'     # cheap",
        '-         number: "+32470000001"',
        "- ",
        "-         options: [roaming, calls]",
        "-         # still to be discussed",
    ]


def test_blank_lines_between_services_neither_double_nor_go() -> None:
    services = [f"      {label}:\n        bundle: m\n" for label in ("phone", "car", "data")]
    head = "users:\n  a@x:\n    services:\n"

    def without(label: str) -> str:
        return edited(head + "\n".join(services), [RemoveService("a@x", label)], file="f")

    assert without("phone") == head + "\n" + "\n".join(services[1:])
    assert without("car") == head + "\n".join([services[0], services[2]])
    assert without("data") == head + "\n".join(services[:2])
    text = head + services[0] + "\n" + services[1] + services[2]
    assert edited(text, [RemoveService("a@x", "car")], file="f") == head + services[0] + "\n" + services[2]


def test_of_the_last_service_empty_brackets_stay() -> None:
    text = "users:\n  a@x:\n    services:  # of An\n      phone:\n        bundle: m\n"
    after = "users:\n  a@x:\n    services: {}  # of An\n"
    assert edited(text, [RemoveService("a@x", "phone")], file="f") == after
    assert edited(text, [RemoveServices("a@x")], file="f") == after


def test_a_service_moves_with_its_comments_and_its_layout() -> None:
    moved = taken(FILE, "an@x.example", "phone", file="f")
    target = "users:\n    b@x:\n        services:\n            car:\n                bundle: m\n"
    lines = [
        "# agreed with the works council",
        "phone:",
        "  bundle: 'mobile-10'     # cheap",
        '  number: "+32470000001"',
        "",
        "  options: [roaming, calls]",
        "  # still to be discussed",
    ]
    added = "".join(f"{' ' * 12}{line}\n" if line else "\n" for line in lines)
    assert edited(target, [AddService("b@x", "phone", moved.service, moved.lines)], file="f") == target + added


def test_line_ends_and_the_mark_at_the_start_stay() -> None:
    text = "\ufeff" + FILE.replace("\n", "\r\n")
    edit = AddService("jan@x.example", "phone", {"bundle": "m"})
    expected = "\ufeff" + edited(FILE, [edit], file="f").replace("\n", "\r\n")
    assert edited(text, [edit], file="f") == expected


ALIASES = """\
users:
  a@x:
    services: &all
      phone: &p
        bundle: &b mobile-10
        options: [calls]
  b@x:
    services:
      phone: *p
      tablet:
        bundle: *b
  c@x:
    services: *all
"""


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (ChangeService("a@x", "phone", {"options": ["roaming"]}), "f.yaml:3:15: this is used again at line 13"),
        (RemoveService("a@x", "phone"), "f.yaml:3:15: this is used again at line 13"),
        (ChangeService("b@x", "phone", {"bundle": "m"}), "f.yaml:9:14: this is an alias of what stands elsewhere"),
        (AddService("c@x", "car", {"bundle": "m"}), "f.yaml:13:15: this is an alias"),
    ],
)
def test_what_an_alias_would_change_along_is_refused_with_the_place(edit: Edit, words: str) -> None:
    with pytest.raises(EditRefused) as refused:
        edited(ALIASES, [edit], file="f.yaml")
    assert str(refused.value).startswith(words)
    assert refused.value.hint is not None


def test_what_an_alias_stands_for_cannot_go_before_it() -> None:
    text = "users:\n  a@x:\n    services:\n      phone: &p {bundle: m}\n      car: *p\n"
    with pytest.raises(EditRefused, match="used again at line 5, which would miss it"):
        edited(text, [RemoveService("a@x", "phone")], file="f.yaml")
    assert edited(text, [RemoveServices("a@x")], file="f.yaml") == "users:\n  a@x:\n    services: {}\n"
    with pytest.raises(EditRefused, match="shared by an alias with what would stay behind"):
        taken(text, "a@x", "car", file="f.yaml")


def test_an_alias_of_one_value_can_be_written_out_by_an_edit() -> None:
    after = edited(ALIASES, [ChangeService("b@x", "tablet", {"bundle": "data-5"})], file="f.yaml")
    assert after == ALIASES.replace("bundle: *b", "bundle: data-5")


@pytest.mark.parametrize(
    ("edit", "words", "hint"),
    [
        (RemoveService("ann@x.example", "phone"), "f:1:1: user 'ann@x.example' is not declared", "did you mean 'an@"),
        (RemoveService("an@x.example", "phon"), "f:4:3: .* no service 'phon'; did you mean 'phone'", "phone, tablet"),
        (AddService("an@x.example", "phone", {}), "f:8:7: an@x.example has a service 'phone' already", "another label"),
        (AddUser("AN@X.example", {}), "f:4:3: an@x.example is declared already", "Add services"),
    ],
)
def test_what_makes_no_sense_is_refused_with_place_and_hint(edit: Edit, words: str, hint: str) -> None:
    with pytest.raises(EditRefused, match=words) as refused:
        edited(FILE, [edit], file="f")
    assert hint in str(refused.value.hint)


def test_a_service_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(EditRefused, match="service 'phone': number: '0470' is no telephone number"):
        edited(FILE, [AddService("jan@x.example", "phone", {"bundle": "m", "number": "0470"})], file="f")


def test_what_cannot_be_read_is_not_edited() -> None:
    for text in ("users: [", "a: 1\n---\nb: 2\n", "users:\n  a: {services: {}}\n  a: {services: {}}\n"):
        with pytest.raises(InvalidInput):
            edited(text, [RemoveServices("a")], file="f")


def test_a_layout_that_the_edit_would_break_is_refused() -> None:
    text = "users:\n  a@x:\n    services:\n      ? phone\n      : bundle: m\n      car: {bundle: m}\n"
    with pytest.raises(EditRefused):
        edited(text, [RemoveService("a@x", "phone")], file="f")


def test_comments_have_no_place_between_brackets() -> None:
    moved = taken(FILE, "an@x.example", "phone", file="f")
    text = "users:\n  a@x: {services: {car: {bundle: m}}}\n"
    with pytest.raises(EditRefused, match="comments cannot move along"):
        edited(text, [AddService("a@x", "phone", moved.service, moved.lines)], file="f")


FLOW = """\
users:
  a@x:
    services: { # everything of An
      # agreed with the works council
      phone: {bundle: m}, # cheap
      # about the car
      car: {bundle: n} # new
      # to be discussed
    }
    # about An
"""


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (
            RemoveService("a@x", "phone"),
            ["-       # agreed with the works council", "-       phone: {bundle: m}, # cheap"],
        ),
        (
            RemoveService("a@x", "car"),
            [
                "-       phone: {bundle: m}, # cheap",
                "-       # about the car",
                "-       car: {bundle: n} # new",
                "+       phone: {bundle: m} # cheap",
            ],
        ),
        (
            AddService("a@x", "tablet", {"bundle": "d"}),
            [
                "-       car: {bundle: n} # new",
                "+       car: {bundle: n}, # new",
                "+       tablet: {bundle: d}",
            ],
        ),
        (
            RemoveServices("a@x"),
            [
                "-       # agreed with the works council",
                "-       phone: {bundle: m}, # cheap",
                "-       # about the car",
                "-       car: {bundle: n} # new",
            ],
        ),
    ],
)
def test_between_brackets_comments_stay_with_what_they_are_about(edit: Edit, lines: list[str]) -> None:
    assert sorted(changes(edit, FLOW)) == sorted(lines)


def test_the_comments_of_options_between_brackets_stay_with_theirs() -> None:
    head = "users:\n  a@x:\n    services:\n      phone:\n        bundle: m\n        options: "
    text = head + "[ # as agreed\n          roaming, # a\n          calls, # b\n          fixed-ip, # c\n        ]\n"
    after = edited(text, [ChangeService("a@x", "phone", {"options": ["roaming", "fixed-ip"]})], file="f")
    assert after == text.replace("          calls, # b\n", "")
    with pytest.raises(EditRefused, match="f:9:21: this edit would lose the comment here"):
        edited(text, [ChangeService("a@x", "phone", {"options": ["fixed-ip", "roaming"]})], file="f")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{phone: {bundle: m},}", "{}"),
        ("{ phone: {bundle: m}, }", "{}"),
        ("{\n      phone: {bundle: m},\n    }", "{}"),
        ("{\n      phone: {bundle: m}\n      , }", "{}"),
        ("{ # note\n      phone: {bundle: m},\n    }", "{ # note\n    }"),
        ("{car: {bundle: n}, phone: {bundle: m},}", "{car: {bundle: n},}"),
        ("{car: {bundle: n}, phone: {bundle: m}}", "{car: {bundle: n}}"),
        ("{phone: {bundle: m}\n     , car: {bundle: n}\n     }", "{\n      car: {bundle: n}\n     }"),
        ("{car: {bundle: n}\n     , phone: {bundle: m} # c\n     }", "{car: {bundle: n}\n     }"),
        ("{car: {bundle: n}, phone: {bundle: m} # both\n    }", "{car: {bundle: n} # both\n    }"),
        (
            "{\n      car: {bundle: n}, phone: {bundle: m},\n      data: {bundle: d}}",
            "{\n      car: {bundle: n},\n      data: {bundle: d}}",
        ),
    ],
)
def test_an_entry_goes_with_its_comma_and_its_line(before: str, after: str) -> None:
    text = "users:\n  a@x:\n    services: {}\n"
    result = edited(text.format(before), [RemoveService("a@x", "phone")], file="f")
    assert result == text.format(after)


def test_a_service_with_comments_between_brackets_moves_nowhere_without_them() -> None:
    for label, place in (("phone", "f:5:7"), ("car", "f:7:7")):
        with pytest.raises(EditRefused, match=f"{place}: comments between brackets cannot move along"):
            taken(FLOW, "a@x", label, file="f")
    moved = taken("users:\n  a@x: {services: {phone: {reason: 'no # comment', bundle: m}}}\n", "a@x", "phone", file="f")
    assert moved.service == {"reason": "no # comment", "bundle": "m"}


def test_the_name_of_something_keeps_its_comment_when_its_dates_go() -> None:
    head = "users:\n  a@x:\n    services:\n      phone:\n        bundle: m\n        options:\n"
    text = f"{head}          - name: roaming  # a fair\n            until: 2026-12-31  # its end\n          - calls\n"
    after = edited(text, [ChangeService("a@x", "phone", {"options": ["roaming", "calls"]})], file="f")
    assert after == f"{head}          - roaming  # a fair\n          - calls\n"


def test_a_comment_inside_of_a_value_that_is_replaced_is_not_lost() -> None:
    text = "users:\n  a@x:\n    services:\n      phone:\n        bundle:\n          # agreed\n          name: m\n"
    with pytest.raises(EditRefused, match="f:6:11: this edit would lose the comment here") as refused:
        edited(text, [ChangeService("a@x", "phone", {"bundle": "n"})], file="f")
    assert str(refused.value.hint).startswith("Move the comment to a line of its own")
    with pytest.raises(EditRefused, match="f:5:19: this edit would lose"):
        edited(text.replace("bundle:\n          # agreed\n          name: m", "reason: | # why\n          x"),
               [ChangeService("a@x", "phone", {"reason": "y"})], file="f")  # fmt: skip


def test_a_comment_in_empty_brackets_stays_in_them() -> None:
    text = "users:\n  a@x:\n    services: {\n      # nobody knows yet\n    }\n"
    assert edited(text, [AddService("a@x", "phone", {"bundle": "m"})], file="f") == (
        "users:\n  a@x:\n    services: {\n      phone: {bundle: m}\n      # nobody knows yet\n    }\n"
    )


def test_a_text_that_keeps_its_blank_lines_keeps_them_before_what_is_new() -> None:
    text = "users:\n  a@x:\n    services:\n      phone:\n        reason: |+\n          x\n\n"
    after = edited(text, [AddService("a@x", "car", {"bundle": "m"})], file="f")
    assert after == text + "      car:\n        bundle: m\n"


def test_a_text_that_ends_the_file_is_named_with_what_to_do() -> None:
    text = "users:\n  a@x:\n    services:\n      phone:\n        reason: |\n          x"
    with pytest.raises(EditRefused, match="f:5:17: nothing can follow this text as it is") as refused:
        edited(text, [AddService("a@x", "car", {"bundle": "m"})], file="f")
    assert "End the last line of the file" in str(refused.value.hint)
    for hinted in (f"{text}\n", text.replace("|", "|-")):
        assert "car" in edited(hinted, [AddService("a@x", "car", {"bundle": "m"})], file="f")


def test_a_service_of_which_nothing_is_said_has_no_bundle() -> None:
    for text in (FILE, "users:\n  jan@x.example: {services: {}}\n"):
        with pytest.raises(EditRefused, match="the service 'phone' has no bundle"):
            edited(text, [AddService("jan@x.example", "phone", {})], file="f")


def test_a_service_that_moved_can_be_changed_at_once() -> None:
    moved = taken(FILE, "an@x.example", "phone", file="f")
    edits: list[Edit] = [
        AddService("b@x", "phone", moved.service, moved.lines),
        ChangeService("b@x", "phone", {"bundle": "n"}),
    ]
    after = edited("users:\n  b@x:\n    services: {}\n", edits, file="f")
    assert "      # agreed with the works council\n      phone:\n" in after
    assert "        bundle: 'n'             # cheap\n" in after


def test_anchors_that_nothing_refers_to_do_not_move_along() -> None:
    text = "users:\n  a@x:\n    services:\n      phone: &a\n        bundle: &b m\n"
    moved = taken(text, "a@x", "phone", file="f")
    assert moved.lines == ("phone: ", "  bundle: m")


def test_a_comment_about_no_service_does_not_seem_to_be_about_a_new_one() -> None:
    head = "users:\n  a@x:\n    services:\n      # all of them\n\n"
    edits: list[Edit] = [RemoveService("a@x", "phone"), AddService("a@x", "car", {"bundle": "d"})]
    after = edited(f"{head}      phone:\n        bundle: m\n", edits, file="f")
    assert after == f"{head}      car:\n        bundle: d\n"
