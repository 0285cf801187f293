"""Who is who: names, addresses, logins and keys of one person, in whatever order they are said."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.config import Person
from reconciler.model.people import People, aliases, authors_in, kind_of
from reconciler.model.signers import Signer, read_signers

KEYS = ("AAAA", "BBBB", "CCCC")


def signer(key: int, *names: str) -> Signer:
    """Return a line of the file of signers."""
    return Signer(1, names, "", f"ssh-ed25519 {KEYS[key]}")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whoever_shares_a_key_a_name_or_an_entry_is_one_person(order: tuple[int, ...]) -> None:
    lines = [signer(0, "a@x.example", "b@x.example"), signer(1, "b@x.example"), signer(2, "c@x.example")]
    declared = {"c": Person(("c@x.example", "C@Y.example"), ("cee",))}
    people = People.of(declared, [lines[index] for index in order])
    assert people.who("a@x.example") == people.who("B@x.example") != people.who("c@x.example")
    assert people.who("c@x.example") == people.who("c@y.example") == people.who("@Cee")
    assert people.who("c@x.example").goes_by("7+CEE@users.noreply.github.com")
    assert len(people.everybody) == 2


def test_what_is_declared_in_full_tells_others_apart() -> None:
    people = People.of({"a": Person(("a@x.example",), ()), "b": Person((), ("bee",))}, [signer(0, "c@x.example")])
    one, other, bare = (people.who(name) for name in ("a@x.example", "bee", "c@x.example"))
    assert people.are_apart("new@x.example", one)
    assert not people.are_apart("new", one)
    assert people.are_apart("new", other)
    assert people.are_apart("9+new@users.noreply.github.com", other)
    assert not people.are_apart("new@x.example", other)
    assert not people.are_apart("new@x.example", bare)
    assert people.are_apart("bee", one), "who is declared is somebody else"
    assert people.are_apart("c@x.example", other), "a signer is"
    assert not any(people.are_apart(nobody, one) for nobody in ("", "unknown", "Wim Thys"))


def test_a_hidden_address_stands_for_its_login() -> None:
    assert aliases("Bee@users.noreply.github.com") >= {"bee"}
    assert aliases("123+bee@users.noreply.github.com") >= {"bee"}
    assert aliases("12-bee@users.noreply.gitlab.com") >= {"bee"}
    assert aliases("bee@noreply.example") == {"bee@noreply.example"}
    assert [kind_of(each) for each in ("a@x.example", "bee", "1+bee@users.noreply.github.com", "@bee")] == [
        "addresses",
        "logins",
        "logins",
        "logins",
    ]


def test_the_authors_of_a_log_are_kept_whatever_stands_there() -> None:
    log = "author a@x.example\ncommitter \nWim <w@x.example>\nWim Thys\n\nauthor bee\ncommitter noreply@github.com"
    assert authors_in(log) == {"a@x.example", "", "w@x.example", "Wim Thys", "bee", "noreply@github.com"}
    assert authors_in("") == frozenset()


LINE = 'els@x.example,fin@x.example namespaces="fleet-plan",valid-before="20301231" ssh-ed25519 AAAA a comment'


def test_a_line_of_signers_is_read_and_written_as_it_is_meant() -> None:
    (read,), faults = read_signers(f"# them\n\n  {LINE}\r\n")
    assert (read.line, read.names, read.key, faults) == (3, ("els@x.example", "fin@x.example"), "ssh-ed25519 AAAA", ())
    assert read.text() == f"{LINE.removesuffix(' a comment')}\n"
    assert read.blob == b"\0\0\0"


@pytest.mark.parametrize(
    "line",
    [
        "els@x.example",
        "els@x.example ssh-ed25519",
        "els@x.example ssh-ed25519 A",
        "els@x.example ssh-ed25519 AAAA\u2028x",
        "els@x.example tty ssh-ed25519 AAAA",
        'els@x.example namespaces="a ssh-ed25519 AAAA',
        "els@x.example namespaces=fleet-plan ssh-ed25519 AAAA",
        "els@x.example rsa AAAA",
        "els@x.example,, ssh-ed25519 AAAA",
        "els@x.example,*@x.example ssh-ed25519 AAAA",
        "!els@x.example ssh-ed25519 AAAA",
        "els@x.example Cert-Authority ssh-ed25519 AAAA",
    ],
)
def test_a_line_that_could_mean_something_else_is_a_fault_with_its_number(line: str) -> None:
    signers, faults = read_signers(f"{LINE}\n{line}\n")
    assert len(signers) == 1
    assert {fault.line for fault in faults} == {2}


@given(st.text(alphabet=st.sampled_from('ab@*?!," \t\r\n#=-\u2028AAAAssh-ed25519namespaces'), max_size=60) | st.text())
def test_whatever_stands_there_is_a_signer_or_a_fault(text: str) -> None:
    signers, faults = read_signers(text)
    lines = [line for line in text.split("\n") if line.strip(" \t\r") and not line.strip(" \t").startswith("#")]
    assert len({each.line for each in signers} | {each.line for each in faults}) == len(
        [line for line in lines if line.strip(" \t")]
    )
    for each in signers:
        assert not set('*?!"') & set("".join(each.names))
