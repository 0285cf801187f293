"""Two applies at the same time: of one organisation one runs and one is refused, of two organisations both run."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.crash.company import company, end
from tests.crash.test_kills import once_each
from tests.postgres import Server


def test_a_second_apply_is_told_who_holds_the_lease_where_and_since_when(tmp_path: Path) -> None:
    one = company(tmp_path / "fleet", users=120, lease=30, environment={"FLEET_REQUESTER": "els@brouwerij.example"})
    with one.served():
        first = one.apply()
        one.wait_for_orders(1)
        code, out, err = end(one.apply())
        assert end(first)[0] == 0
        assert (code, out) == (5, "")
        assert "another run holds the lease of brouwerij-demo: els@brouwerij.example at" in err
        assert "since 20" in err
        once_each(one)


def test_applies_of_two_organisations_share_a_journal_and_both_run(tmp_path: Path, postgres: Server) -> None:
    environment = {"FLEET_JOURNAL_URL": postgres.fresh("organisations")}
    url = ", url_env: FLEET_JOURNAL_URL"
    one = company(tmp_path / "one", 30, journal=url, environment=environment)
    other = company(tmp_path / "other", 30, journal=url, environment=environment, organisation="mouterij-demo")
    with one.served(), other.served():
        both = [one.apply(), other.apply()]
        assert [end(each)[0] for each in both] == [0, 0]
        once_each(one)
        once_each(other)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_the_air_clear_names_the_way_on_and_gives_the_lease_back(
    tmp_path: Path, number: int, code: int
) -> None:
    one = company(tmp_path / "fleet", users=90, lease=60)
    with one.served():
        process = one.apply()
        one.wait_for_orders(1)
        process.send_signal(number)
        ended, out, err = end(process)
        assert ended == code, (ended, out, err)
        assert "fleet apply --resume" in err
        ordered = one.orders()
        assert 0 < sum(ordered.values()) < one.users
        time.sleep(0.5)
        assert one.orders() == ordered, "nothing was submitted any more"
        code, out, err = end(one.apply(resume=True))
        assert code == 0, (out, err)
        assert "took over" not in err, "the lease was given back"
        once_each(one)
