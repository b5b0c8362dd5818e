from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "tests.toys.mailbox"
    label = "mailbox"
