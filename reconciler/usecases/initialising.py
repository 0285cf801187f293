"""The first files of a new fleet: its settings, and the workflows that plan and apply it. What is there stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.desired.load import SETTINGS, USERS, has_settings, load_settings, read_config
from reconciler.desired.write import scalar
from reconciler.errors import UsageError, quoted
from reconciler.files import files_below, read_inside
from reconciler.git.reading import refuse_repositories_of_branches
from reconciler.usecases.ci_systems import CI
from reconciler.usecases.founding import schema_base, schema_texts
from reconciler.usecases.repository import Source, main_branch, top
from reconciler.usecases.writing import Rewritten, write

_SCAFFOLD = "scaffold"
_PLAIN = re.compile(r"[\w./-]+")
_GITLAB = ".gitlab-ci.yml"
_COMMANDS = ("plan", "apply", "drift")
#: What stands in the workflows and is another word in another repository.
_EXAMPLE, _FOLDER, _BRANCH, _ACTION = "brouwerij-demo", "fleet-config", "- main", "$/.github/actions/fleet"
#: No account and no host can have this name, so that nobody else's code is ever run.
NOBODY = Source("https://OWNER_OF_FLEET.invalid/OWNER_OF_FLEET/fleet", "0" * 40)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said of a new fleet: `url` is a TM Forum server, None the sandbox; `source` is where fleet comes from."""

    organisation: str
    url: str | None = None
    ci: CI = CI.NONE
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """The files to write, by their names from `base`; those that are there and stay, and whether secrets are needed.

    `to_include` is the file of jobs that a pipeline of GitLab that was there does not know yet.
    """

    base: Path
    files: tuple[Rewritten, ...]
    kept: tuple[str, ...]
    to_include: str | None
    needs_secrets: bool
    has_users: bool


def address_of(text: str) -> str:
    """Return the address of a server as it stands in `fleet.yaml`; UsageError where it is none."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and not (parts.query or parts.fragment)
    except ValueError:
        good = False
    if not good or not text.isprintable() or " " in text:
        raise UsageError(f"{quoted(text)} is no address of a server", hint="Like https://api.operator.example")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the address has a password in it", hint="Secrets stand in the environment, never in a file.")
    return text.rstrip("/")


def settled(folder: Path) -> str | None:
    """Return the organisation that a `fleet.yaml` in `folder` names already; raises what `begin` does."""
    refuse_repositories_of_branches(folder)
    return load_settings(folder).config.organisation if has_settings(folder) else None


def begin(folder: Path, wish: Wish, *, here: Path) -> Beginning:
    """Return what is missing of a fleet in `folder`, begun from `here`; nothing is written.

    Raises UsageError for a folder that the workflows cannot name, InvalidInput where the settings make no sense, and
    UnsafeRepository where a branch decides which folder or repository it is.
    """
    refuse_repositories_of_branches(folder)
    base = _base(folder.resolve(), here.resolve())
    name = folder.resolve().relative_to(base).as_posix()
    texts = {(Path(name) / file).as_posix(): text for file, text in _fleet(folder, wish).items()}
    texts |= _workflows(base, name, wish)
    missing = {path: text for path, text in texts.items() if not _is_there(base / path)}
    return Beginning(
        base=base,
        files=tuple(Rewritten(path, None, text.encode()) for path, text in sorted(missing.items())),
        kept=tuple(sorted(texts.keys() - missing.keys())),
        to_include=_unknown_jobs(base, texts),
        needs_secrets=wish.url is not None and _has_auth(wish.url),
        has_users=any(path.suffix in (".yaml", ".yml") for path in files_below(folder, USERS)),
    )


def write_beginning(beginning: Beginning) -> None:
    """Write the files, all of them or none."""
    write(beginning.base, beginning.files)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _base(folder: Path, here: Path) -> Path:
    """Return where the workflows go: the top of the repository, else `here`, else beside the fleet's folder."""
    places = (top(folder), here)
    return next((base for base in places if base is not None and folder.is_relative_to(base)), folder.parent)


def _fleet(folder: Path, wish: Wish) -> dict[str, str]:
    """Return the files of the fleet's own folder."""
    texts = dict(_texts("fleet"))
    texts[".gitignore"] = texts.pop("gitignore")
    words = {
        "ORGANISATION": scalar(wish.organisation),
        "PROVIDER": "\n".join(_provider(wish.url)),
        "schemas/": f"{schema_base(folder)}/",
    }
    texts = {name: _filled(text, words) for name, text in texts.items()}
    if not has_settings(folder):
        read_config(texts[SETTINGS])
        texts |= schema_texts(folder)
    return texts


def _provider(url: str | None) -> Iterator[str]:
    if url is None:
        yield "  type: sandbox                        # an operator in this process, to try things with"
        yield "  # type: tmf                          # your operator, where it speaks TM Forum Open APIs:"
        yield "  # url: https://api.operator.example"
        return
    yield "  type: tmf                            # a server that speaks TM Forum Open APIs"
    yield f"  url: {scalar(url)}"
    mark = "" if _has_auth(url) else "# "
    yield f"  {mark}auth:                                # OAuth2: the names of variables, never the secrets themselves"
    yield f"  {mark}  client_id_env: FLEET_CLIENT_ID"
    yield f"  {mark}  client_secret_env: FLEET_CLIENT_SECRET"
    yield f"  {'#  ' if mark else '  #'} token_url: https://…          # by default /oauth2/token of the server"


def _has_auth(url: str) -> bool:
    """Tell whether a server will want credentials: one on this machine, without TLS, will not."""
    return url.startswith("https://")


def _workflows(base: Path, folder: str, wish: Wish) -> dict[str, str]:
    """Return the files of the CI."""
    if wish.ci is CI.NONE:
        return {}
    if not _PLAIN.fullmatch(folder):
        raise UsageError(
            f"workflows cannot name the folder '{folder}'",
            hint="Letters, digits, '.', '_' and '-', please; see -C DIR.",
        )
    source = wish.source or NOBODY
    words = {_EXAMPLE: _slug(wish.organisation), _BRANCH: f"- {main_branch(base)}", **_folder_words(folder)}
    words[_ACTION] = f"{source.slug}/.github/actions/fleet@{source.commit}"
    words |= {f"{NOBODY.url}.git": f"{source.url.removesuffix('.git')}.git", NOBODY.commit: source.commit}
    place = ".github/workflows/" if wish.ci is CI.GITHUB else ".gitlab/"
    texts = {_filled(f"{place}{name}", words): _filled(text, words) for name, text in _texts(wish.ci)}
    return {_GITLAB if path == ".gitlab/gitlab-ci.yml" else path: text for path, text in texts.items()}


def _folder_words(folder: str) -> dict[str, str]:
    """Return what names the fleet's folder; two fleets of one repository have files and jobs of their own."""
    words = {f"{_FOLDER}/": "" if folder == "." else f"{folder}/", _FOLDER: folder}
    if folder in (_FOLDER, "."):
        return words
    words |= {f"fleet-{name}.yml": f"fleet-{name}-{_slug(folder)}.yml" for name in _COMMANDS}
    words |= {f"name: fleet {name}\n": f"name: fleet {name} of {folder}\n" for name in _COMMANDS}
    words |= {f"\nfleet {name}:": f"\nfleet {name} of {folder}:" for name in _COMMANDS}
    return words | {".gitlab/fleet.yml": f".gitlab/fleet-{_slug(folder)}.yml"}


def _unknown_jobs(base: Path, texts: Mapping[str, str]) -> str | None:
    """Return the file of GitLab's jobs among `texts` that a pipeline which is there does not name."""
    jobs = next((path for path in texts if path.startswith(".gitlab/")), None)
    known = read_inside(base, _GITLAB).decode(errors="replace") if (base / _GITLAB).exists() else jobs or ""
    return jobs if jobs and jobs not in known else None


def _slug(organisation: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", organisation.lower()).strip("-") or "fleet"


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Return `text` with each of the words in place of the one that stands for it."""
    known = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    return known.sub(lambda found: words[found.group()], text)


def _texts(part: str) -> Iterator[tuple[str, str]]:
    """Yield the files of a part of the scaffold, by their names within it."""
    yield from _within(files("reconciler.usecases") / _SCAFFOLD / part, "")


def _within(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _within(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
