"""What can go wrong with the platform?

PlatformError
├── ServerUnavailable     no binary to start, or it did not start in time
├── ServersInUse          somebody works with the data that is to be removed
├── AlreadyRunning        a second supervisor on the same data, or a port that is taken
└── NotReady              a process was started and does not answer
"""


class PlatformError(Exception):
    """Told to the operator as it is: what happened, and what to do next."""


class ServerUnavailable(PlatformError):
    pass


class ServersInUse(PlatformError):
    pass


class AlreadyRunning(PlatformError):
    pass


class NotReady(PlatformError):
    pass
