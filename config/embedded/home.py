"""Where do the embedded servers keep their things, and as whom do they run?"""

import hashlib
import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.errors import ServerUnavailable

# sockaddr_un holds 104 bytes on macOS, 108 on Linux.
LONGEST_SOCKET_PATH = 103
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, kw_only=True)
class Home:
    """The folders of one data directory's servers.

    PostgreSQL refuses to run as root. For root it therefore runs as an ordinary user, below `/var/lib`: that
    user could not pass through a data directory that only root may enter.
    """

    data_dir: Path
    root: Path
    sockets: Path
    user: str | None

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def group(self) -> int | None:
        return pwd.getpwnam(self.user).pw_gid if self.user else None

    def prepare(self) -> None:
        """Makes the folders; the sockets' is closed to everybody else, for nobody asks for a password there."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log_dir.mkdir(exist_ok=True)
        self.root.mkdir(parents=True, exist_ok=True)
        if self.user:
            # Whatever root's umask is: the ordinary user has to pass through.
            self.root.chmod(0o755)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.hand_over(self.sockets)
        status = self.sockets.lstat()
        if status.st_uid != self._owner() or status.st_mode & 0o077:
            raise ServerUnavailable(
                f"{self.sockets} belongs to somebody else or is open to others, so no socket is put there. "
                f"Remove it, or choose another DATA_DIR."
            )

    def hand_over(self, path: Path) -> None:
        """Gives the path to the user that PostgreSQL runs as; nothing to do where that is ourselves."""
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(path, account.pw_uid, account.pw_gid)

    def _owner(self) -> int:
        return pwd.getpwnam(self.user).pw_uid if self.user else os.getuid()


def home_of(data_dir: Path) -> Home:
    """The same data directory always has the same home, whoever asks."""
    data_dir = data_dir.resolve()
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    is_root = os.getuid() == 0
    root = Path(f"/var/lib/saga-orchestration-{digest}") if is_root else data_dir
    sockets = root / "run"
    if len(os.fsencode(sockets)) + LONGEST_SOCKET_NAME > LONGEST_SOCKET_PATH:
        sockets = Path(tempfile.gettempdir()) / f"saga-{os.getuid()}-{digest}"
    return Home(data_dir=data_dir, root=root, sockets=sockets, user=_ordinary_user() if is_root else None)


def _ordinary_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise ServerUnavailable(
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as. "
        "Create one (useradd --system postgres), start as an ordinary user, or set DATABASE_URL."
    )
