"""What befalls a request to the outer world?"""

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

R = TypeVar("R")


class Trouble(Enum):
    NONE = "none"
    LOST_REQUEST = "lost request"
    LOST_ANSWER = "lost answer"


def carried(request: Callable[[], R], trouble: Trouble, unknown: type[Exception]) -> R:
    """The answer to a request; raises `unknown` where the request or its answer is lost."""
    if trouble is Trouble.LOST_REQUEST:
        raise unknown
    answer = request()
    if trouble is Trouble.LOST_ANSWER:
        raise unknown
    return answer
