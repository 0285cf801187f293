"""Values that nobody expects, for settings, arguments and environment variables."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

#: As texts, from anywhere.
TEXTS = (
    "", " ", "\t", "\n", "a\nb", "\r", "\x00", "a\x00b", "\x07", "\x1b[31mred\x1b[0m", "\x9b31m", "\u202eabc",
    "\ufeff", "\u00a0", "é", "e\u0301", "📱" * 30, "null", "~", "true", "no", "-", "--", "-x", "--help", "-C", "=",
    "@/etc/passwd", "1e999999", "-1e999999", "1e-999999", "1e400", "9" * 5000, "0." + "0" * 5000 + "1", "-1", "-0",
    "0", "00", "1_000", "nan", "NaN", "sNaN", "inf", "-Infinity", "0x10", "1,5", "1.5.5", "٣", "½", "+32470000001",
    "+" + "3" * 400, "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-11-28T00:00:00Z",
    "20261128", "-2026", "2026-W48-6", "1h", "9" * 30 + "d", "-1d", "1e9d", "1mo", "PT1S", "..", "../..", "/", ".",
    "./", "/dev/null", "/dev/zero", "/dev/full", "/dev/stdin", "/proc/self/environ", "~/x", "a/" * 300, "x" * 300,
    "users", "fleet.yaml", "users/*.yaml", "pipe", "a\\b", "C:\\x", "con", "http://", "http://[::1",
    "http://127.0.0.1:x", "http://127.0.0.1:99999", "http://127.0.0.1:-1", "http://a b/",
    "https://user:hunter2@127.0.0.1:9/", "//127.0.0.1:9", "file:///etc/passwd", "gopher://127.0.0.1:9",
    "http://127.0.0.1:9/\n", "sqlite://", "sqlite:///", "sqlite:////dev/null",
    "postgres://u:hunter2@127.0.0.1:port/db", "postgresql+psycopg://", "postgresql://u:hunter2@[::1",
    "mysql://127.0.0.1:9/x", "://", "sqlite:///?x=%", "postgresql://127.0.0.1:9/%zz", "*", "**", "[", "[]", "[!",
    "[z-a]", "(", "(((", "\\", "?" * 200, "*" * 60 + "b", "{}", "{0}", "{a.b}", "%s%n", "$HOME", "$",
    "$FLEET_CLIENT_SECRET", "!!python/object:os.system", "&a", "*a", "<<", "|", ">", "#", "a: b", "[a", "{a", "'",
    '"', "a/b", "a/b/c", "/b", "a/", "a@", "@", "a@b@c", "*@*/*", "ref^{}", "HEAD", "HEAD~99999",
    "--upload-pack=touch x", ":/x", "<script>", "| a |", "```", "::error::x", "[x](javascript:x)", "' OR 1=1 --",
    "x" * 100_000,
)  # fmt: skip
#: As values of a settings file; texts are among them too.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 0.5, -0.5, 1e308, float("nan"), float("inf"),
    date(1, 1, 1), date(9999, 12, 31), [], {}, [[]], [None], [{}], {"": ""}, {"a": None}, {1: 2},
    {"a": {"b": {"c": []}}}, [[[[[["x"]]]]]], list(range(50)), {"name": None}, {"name": "x", "until": "2026-02-30"},
    "x",
)  # fmt: skip


def any_text(chance: random.Random) -> str:
    """Return one of the texts, or two of them in one."""
    return chance.choice(TEXTS) if chance.random() < 0.8 else chance.choice(TEXTS) + chance.choice(TEXTS)


def any_value(chance: random.Random) -> Any:
    """Return a value of a settings file."""
    return any_text(chance) if chance.random() < 0.6 else chance.choice(VALUES)
