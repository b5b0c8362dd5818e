"""How does a process end when the one that started it is gone?

`python -m config.leash PID COMMAND…` becomes COMMAND, which is sent SIGTERM once process PID has died, also by
kill -9. Where the system has no such request (it is Linux's own) the command runs without it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """From now on this process gets the signal when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def main(parent: int, command: list[str]) -> None:
    die_with_parent(signal.SIGTERM)
    # Looked at after the request: a parent that died before it would never be noticed.
    if os.getppid() != parent:
        sys.exit(f"The process {parent} that asked for {command[0]} is gone; not starting it.")
    os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
