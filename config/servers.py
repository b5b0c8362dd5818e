"""Which PostgreSQL and which Redis do we work with, and who starts them?

Those of DATABASE_URL and REDIS_URL; where one is not set, an embedded real server of the data directory. All who
work with the same data directory share its servers: the first one starts them, the last one stops them.
"""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from config.embedded.home import Home, home_of
from config.embedded.postgres import Postgres
from config.embedded.redis import Redis
from config.environment import BASE_DIR, directory, text
from config.errors import PlatformError, ServersInUse


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where the two servers are."""

    database_url: str
    redis_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to be told to work with them."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


class Server(Protocol):
    """What can be started for a home and stopped again, by whoever holds its lock."""

    @property
    def home(self) -> Home: ...
    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


def data_directory() -> Path:
    """Where everything is kept that outlives a process."""
    return directory("DATA_DIR", BASE_DIR / ".data")


def addresses(data_dir: Path) -> Servers:
    """Where the servers are or would be; starts nothing."""
    home = home_of(data_dir)
    return Servers(
        database_url=text("DATABASE_URL", Postgres(home).url), redis_url=text("REDIS_URL", Redis(home).url)
    )


@contextmanager
def embedded_servers(data_dir: Path) -> Iterator[Servers]:
    """Starts what the environment does not name; when the last one leaves, what was started is stopped."""
    home = home_of(data_dir)
    with ExitStack() as stack:
        if not text("DATABASE_URL", ""):
            stack.enter_context(_in_use(Postgres(home)))
        if not text("REDIS_URL", ""):
            stack.enter_context(_in_use(Redis(home)))
        yield addresses(data_dir)


def remove(data_dir: Path) -> None:
    """Deletes a data directory for good, with what root keeps for it elsewhere; refuses while it is in use."""
    home = home_of(data_dir)
    if home.data_dir.exists():
        for server in (Postgres(home), Redis(home)):
            with _starting_lock(server), _users_lock(server) as users:
                if not _is_last(users):
                    raise ServersInUse(f"{data_dir} is in use. Stop what works with it, then try again.")
                server.stop()
    for path in (home.sockets, home.root, home.data_dir):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _in_use(server: Server) -> Iterator[None]:
    server.home.prepare()
    with _users_lock(server) as users:
        with _starting_lock(server):
            fcntl.flock(users, fcntl.LOCK_SH)
            server.start()
        try:
            yield
        finally:
            # Under the lock of the starting: nobody can begin to use what is being stopped.
            with _starting_lock(server):
                if _is_last(users):
                    server.stop()


def _is_last(users: int) -> bool:
    """A shared lock for each user, also one that was killed, can be made exclusive by the last one only."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _starting_lock(server: Server) -> Iterator[None]:
    with _lock_file(server.home.data_dir / f"{server.name}.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _users_lock(server: Server) -> AbstractContextManager[int]:
    return _lock_file(server.home.data_dir / f"{server.name}.users")


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    if sys.argv[1:] != ["remove"]:
        sys.exit("usage: python -m config.servers remove")
    try:
        remove(data_directory())
    except PlatformError as error:
        sys.exit(str(error))
