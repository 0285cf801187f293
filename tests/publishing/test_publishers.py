"""Both platforms, one suite: what is read of them, what is written, and what is never done with a token."""

from __future__ import annotations

from operator import methodcaller
from pathlib import Path

import pytest
import stamina

from reconciler.errors import PublishingError
from tests.publishing import jobs
from tests.publishing.conftest import Connection, on_github, on_gitlab
from tests.publishing.platform import BOT, TOKEN, Platform


def test_comments_come_from_every_page_and_say_which_are_our_own(platform: Platform, connection: Connection) -> None:
    platform.page = 2
    for text in ("one", "two", "three", "four"):
        platform.comment(12, text)
    connection.call(lambda publisher: publisher.add_comment(12, "ours"))
    found = connection.call(lambda publisher: publisher.comments(12))
    assert [(each.body, each.is_own) for each in found] == [
        ("one", False),
        ("two", False),
        ("three", False),
        ("four", False),
        ("ours", True),
    ]


def test_a_comment_is_replaced_in_place(platform: Platform, connection: Connection) -> None:
    platform.comment(12, "somebody's")
    connection.call(lambda publisher: publisher.add_comment(12, "ours"))
    own = connection.call(lambda publisher: publisher.comments(12))[-1]
    connection.call(lambda publisher: publisher.edit_comment(12, own.id, "ours, anew"))
    assert [each["body"] for each in platform.comments[12]] == ["somebody's", "ours, anew"]


def test_issues_are_opened_edited_and_closed_with_a_word_and_pull_requests_are_none(
    platform: Platform, connection: Connection
) -> None:
    number = connection.call(lambda publisher: publisher.add_issue("Drift", "Much", label="fleet-drift"))
    connection.call(lambda publisher: publisher.edit_issue(number, "Less drift", "Little"))
    found = connection.call(lambda publisher: publisher.issues())
    assert [(each.number, each.title, each.body, each.is_own) for each in found] == [
        (number, "Less drift", "Little", True)
    ]
    connection.call(lambda publisher: publisher.close_issue(number, "All is well."))
    assert platform.open() == []
    assert platform.bodies(number) == ["All is well."]


def test_a_commit_leads_to_the_pull_request_that_was_merged_by_it(platform: Platform, connection: Connection) -> None:
    commit = "c" * 40
    platform.merge(3, commit, merged_at=None, state="closed")
    platform.merge(4, commit, merge_commit_sha="d" * 40)
    platform.merge(5, commit)
    assert connection.call(lambda publisher: publisher.pull_request_of(commit)) == 5
    assert connection.call(lambda publisher: publisher.pull_request_of("e" * 40)) is None


def test_an_artefact_is_fetched_from_wherever_it_lies(platform: Platform, connection: Connection) -> None:
    platform.artefacts[900] = {"plan.json": b"{}", "comment.md": b"text"}
    run = connection.pipeline.run_url or ""
    assert connection.call(lambda publisher: publisher.artefact(run, "plan.json")) == b"{}"
    for other, file in ((run, "none.json"), (run.replace("900", "901"), "plan.json"), ("https://example.com", "x")):
        with pytest.raises(PublishingError):
            connection.call(methodcaller("artefact", other, file))


def test_the_token_goes_to_no_other_server(platform: Platform, tmp_path: Path) -> None:
    platform.artefacts[900] = {"plan.json": b"{}"}
    on_github(platform, tmp_path).call(lambda publisher: publisher.artefact(jobs.RUN, "plan.json"))
    sent = {path: headers for _, path, headers in platform.requests}
    assert sent["/elsewhere/900"] == {}
    assert sent["/repos/acme/fleet/actions/artifacts/900/zip"] == {"authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_redirect_of_the_interface_is_followed(platform: Platform, connection: Connection, status: int) -> None:
    platform.refuse = {"POST /": status, "GET /repos/acme/fleet/issues/": status, "GET /api/v4/projects": status}
    for work in (lambda publisher: publisher.comments(12), lambda publisher: publisher.add_comment(12, "text")):
        with pytest.raises(PublishingError, match=f"answered {status}"):
            connection.call(work)
    assert not [path for _, path, _ in platform.requests if "elsewhere" in path]


def test_a_list_that_goes_on_at_another_server_is_refused(platform: Platform, connection: Connection) -> None:
    platform.page, platform.next_page_at = 1, "http://localhost:1"
    platform.comment(12, "one")
    platform.comment(12, "two")
    with pytest.raises(PublishingError, match="is on another server"):
        connection.call(lambda publisher: publisher.comments(12))


def test_reads_are_tried_again_and_writes_are_not(platform: Platform, connection: Connection) -> None:
    platform.refuse = {"GET /": 502, "POST /": 502}
    for work in (lambda publisher: publisher.pull_request_of("c"), lambda publisher: publisher.add_comment(1, "text")):
        with stamina.set_testing(True, attempts=3, cap=True), pytest.raises(PublishingError, match="answered 502"):
            connection.call(work)
    assert [method for method, _, _ in platform.requests] == ["GET", "GET", "GET", "POST"]


@pytest.mark.parametrize("token", [TOKEN + "\n", TOKEN[:-1], "ein Schlüssel", "with\nline", ""])
def test_a_token_stands_in_no_message_and_in_no_cause_of_one(platform: Platform, tmp_path: Path, token: str) -> None:
    platform.refuse = {"GET ": 418, "POST ": 418}
    for connected in (
        on_github(platform, tmp_path, GITHUB_TOKEN=token),
        on_gitlab(platform, tmp_path, FLEET_GITLAB_TOKEN=token),
    ):
        with pytest.raises(PublishingError) as caught:
            connected.call(lambda publisher: publisher.add_comment(12, "text"))
        error: BaseException | None = caught.value
        while error is not None:
            assert not token.strip() or token.strip() not in f"{error} {error!r} {error.args}"
            error = error.__cause__
        assert not token.strip() or token.strip() not in repr(connected.pipeline)


def test_an_app_of_ones_own_is_known_by_its_login(platform: Platform, tmp_path: Path) -> None:
    platform.comment(12, "by the app", {"login": "our-fleet[bot]", "id": 1, "type": "Bot"})
    platform.comment(12, "by another workflow", BOT)
    found = on_github(platform, tmp_path, FLEET_BOT_LOGIN="our-fleet[bot]").call(
        lambda publisher: publisher.comments(12)
    )
    assert [each.is_own for each in found] == [True, False]


def test_a_note_gives_no_orders_to_gitlab(platform: Platform, tmp_path: Path) -> None:
    on_gitlab(platform, tmp_path).call(lambda publisher: publisher.add_comment(12, "a\n/merge\n  /close now\n5 /hour"))
    assert platform.bodies(12) == ["a\n&#47;merge\n  &#47;close now\n5 /hour"]
