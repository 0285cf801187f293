"""What `fleet.yaml` may say of servers, secrets and the journal: which URLs, which variables, which files.

The file is proposed by people who are not trusted yet, so it may neither hold a secret nor have one sent that was not
made for an operator, nor choose a journal that came with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pydantic import BaseModel

from reconciler.desired.documents import JournalPart, TmfPart
from reconciler.desired.yaml import Text
from reconciler.errors import Place, Problem, bounded, quoted
from reconciler.model.addresses import canonical_url, is_path, sends_in_clear
from reconciler.model.variables import SENT, VariableUse, may_name, new_name

_SECRETS = ("secret", "password", "token", "api_key", "apikey")
_MADE_FOR_IT = "FLEET_CLIENT_…, FLEET_HEADER_… and FLEET_SECRET_…"
_LIKE = "expected one like https://api.operator.example, without a user, a query or a fragment"


def secret_problems(
    values: Mapping[str, object], read: Text, path: tuple[str, ...] = ("provider",)
) -> Iterator[Problem]:
    """Yield every secret that stands in the settings of a provider, and every variable that they may not name."""
    for name, value in values.items():
        place = read.place((*path, name))
        if isinstance(value, Mapping):
            yield from secret_problems(value, read, (*path, name))
        elif name.endswith("_env"):
            yield from _variable_problems(name, str(value), place, VariableUse.CLIENT)
        elif str(value).startswith("$") and "columns" not in path and "values" not in path:
            yield from _variable_problems(name, str(value)[1:], place, VariableUse.HEADER, sign="$")
        elif any(word in name.lower() for word in _SECRETS) and not name.endswith("_url"):
            hint = "Name an environment variable: auth.client_secret_env, or a header's value that starts with $."
            yield Problem(f"{quoted(name)} looks like a secret, which never stands in YAML", place, hint)


def address_problems(part: BaseModel, read: Text) -> Iterator[Problem]:
    """Yield what is wrong with the URLs and paths of a provider whose settings are known."""
    path = getattr(part, "path", None)
    if path is not None and (".." in PurePosixPath(path).parts or PurePosixPath(path).is_absolute()):
        yield Problem("path: expected a file within the fleet's folder", read.place(("provider", "path")))
    if not isinstance(part, TmfPart):
        return
    urls = {("url",): part.url, ("auth", "token_url"): part.auth.token_url if part.auth else None}
    for where, text in urls.items():
        if text is not None:
            yield from _url_problems(part, where, text, read)
    for api, text in part.base_paths.items():
        if not is_path(text):
            message = f"{api}: expected a path on the server, like /tmf-api/party/v4"
            yield Problem(message, read.place(("provider", "base_paths", api)), "Another server is provider.url's.")


def journal_problems(part: JournalPart, read: Text) -> Iterator[Problem]:
    """Yield what is wrong with where the journal is said to be."""
    place = read.place(("journal", "path"))
    if part.path is not None and part.url_env is not None:
        yield Problem("path: url_env names another place for the journal", place, "Leave one of them out.")
    elif part.path is not None and not _is_elsewhere(part.path):
        message = "path: the journal no longer lies in the fleet's folder, since a branch could bring one"
        hint = f"Leave it out; to keep what is recorded: fleet journal adopt {bounded(part.path)}"
        yield Problem(message, place, hint)
    if part.url_env is not None:
        place = read.place(("journal", "url_env"))
        yield from _variable_problems("url_env", part.url_env, place, VariableUse.JOURNAL, uses=(VariableUse.JOURNAL,))


def _url_problems(part: TmfPart, where: tuple[str, ...], text: str, read: Text) -> Iterator[Problem]:
    place, url = read.place(("provider", *where)), canonical_url(text)
    if url is None:
        yield Problem(f"{where[-1]}: {_LIKE}", place)
    elif sends_in_clear(url) and not part.insecure and (part.auth or _has_variables(part.headers)):
        message = f"{where[-1]}: credentials would be sent unencrypted to another machine"
        yield Problem(message, place, "Use https://; if the way there is protected otherwise, set provider.insecure.")


def _has_variables(headers: Mapping[str, str]) -> bool:
    return any(value.startswith("$") for value in headers.values())


def _variable_problems(
    key: str,
    name: str,
    place: Place | None,
    use: VariableUse,
    *,
    sign: str = "",
    uses: tuple[VariableUse, ...] = SENT,
) -> Iterator[Problem]:
    if may_name(name, uses):
        return
    names = f"{VariableUse.JOURNAL}…" if uses == (VariableUse.JOURNAL,) else _MADE_FOR_IT
    better = new_name(name, use)
    hint = f"Name one of {names}, and have it set where fleet runs."
    if better is not None:
        hint = f"Call it {sign}{better} here and where it is set; only {names} can be named."
    yield Problem(f"{key}: the variable '{sign}{_shortened(name)}' is not one that a file may name", place, hint)


def _shortened(text: str, most: int = 40) -> str:
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= most and line == text else f"{line[:most]}…"


def _is_elsewhere(path: str) -> bool:
    """Tell whether a path does not begin at the fleet's folder; whether it ends there is seen when it is opened."""
    return path.startswith("~/") or PurePosixPath(path).is_absolute()
