"""Who may do what? The roles of the admin, as groups that exist after each migrate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

_CONTEXTS = ("orders", "payments", "inventory", "shipping", "notifications", "sagas")
# What has a page; personal values, keys and the sandboxes' books have none.
_PAGES = {
    "orders": ("orderrow", "catalogueitem"),
    "payments": ("payment",),
    "inventory": ("stock",),
    "shipping": ("shipment",),
    "notifications": ("notification",),
    "sagas": ("sagarow",),
    "events": ("message", "delivery", "deadletter", "lane", "handler"),
    "django_celery_results": ("taskresult",),
    "auth": ("user", "group"),
}
_KERNEL = ("events", "django_celery_results")


def _views(*apps: str) -> Iterator[str]:
    return (f"{app}.view_{model}" for app in apps for model in _PAGES[app])


_VIEWER = {*_views(*_CONTEXTS)}
_SUPPORT = {*_VIEWER, "events.view_message", "orders.request_cancellation"}
_OPERATOR = {*_SUPPORT, *_views(*_KERNEL), "events.replay_delivery"}
_CATALOGUE = {f"orders.{act}_catalogueitem" for act in ("add", "change", "delete")}
_PEOPLE = {*_views("auth"), "auth.add_user", "auth.change_user", "auth.add_group", "auth.change_group"}

ROLES: dict[str, set[str]] = {
    "viewer": _VIEWER,
    "support": _SUPPORT,
    "operator": _OPERATOR,
    "finance": {*_views("orders", "payments", "sagas"), "events.view_message"},
    "admin": {*_OPERATOR, *_CATALOGUE, *_PEOPLE},
}


def grant(app_config: AppConfig, using: str = "default", **signal: Any) -> None:
    """Give each role its permissions on this app's models; what somebody added by hand stays.

    Runs after each app's migrations, when Django has just made its permissions.
    """
    from django.contrib.auth.models import Group, Permission

    made = Permission.objects.using(using).filter(content_type__app_label=app_config.label)
    permissions = {f"{app_config.label}.{permission.codename}": permission for permission in made}
    if app_config.label not in _PAGES:
        return
    for role, wanted in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.add(*(permissions[name] for name in wanted & permissions.keys()))
