"""What can go wrong with a mail?

MailError
├── MailRefused    for good: this recipient will never get this mail
└── MailDeferred   for now: worth another try

Neither quotes the server, which likes to repeat the address: errors are stored and logged, addresses are not.
"""

from __future__ import annotations


class MailError(Exception):
    """Root of all errors of this context."""


class MailRefused(MailError):
    """The mail server refused the recipient or the mail for good."""


class MailDeferred(MailError):
    """The mail server could not be reached, or asked to come back later."""
