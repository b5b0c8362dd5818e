"""What the mailbox stores, and what the post office outside of it keeps."""

from django.db import models


class Letter(models.Model):
    """One row for each deposit, however often the message came; `written` would tell of a second time."""

    id = models.UUIDField(primary_key=True)
    account_id = models.UUIDField()
    is_posted = models.BooleanField()


class Visit(models.Model):
    """Written with SQL of the handler's own: a message handled twice would leave two."""

    message = models.TextField()


class Stamped(models.Model):
    """The post office's own book, outside our transactions: every call it got."""

    key = models.TextField()
    stamp = models.TextField()
