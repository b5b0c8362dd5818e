"""How does the admin look, and how is it walked through? Django-unfold's settings; it needs no other server."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse

# Heading, then for each page: title, icon, route, and the permission without which it is not offered.
_PAGES: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Business",
        (
            ("Orders", "receipt_long", "orders_orderrow", "orders.view_orderrow"),
            ("Payments", "payments", "payments_payment", "payments.view_payment"),
            ("Shipments", "local_shipping", "shipping_shipment", "shipping.view_shipment"),
            ("Notifications", "mail", "notifications_notification", "notifications.view_notification"),
            ("Stock", "inventory_2", "inventory_stock", "inventory.view_stock"),
            ("Catalogue", "sell", "orders_catalogueitem", "orders.view_catalogueitem"),
        ),
    ),
    (
        "Workflow",
        (
            ("Sagas", "account_tree", "sagas_sagarow", "sagas.view_sagarow"),
            ("Dead letters", "report", "events_deadletter", "events.view_deadletter"),
            ("Deliveries", "outbox", "events_delivery", "events.view_delivery"),
            ("Messages", "forum", "events_message", "events.view_message"),
            ("Lanes", "swap_calls", "events_lane", "events.view_lane"),
            ("Handlers", "hub", "events_handler", "events.view_handler"),
            ("Jobs", "task", "django_celery_results_taskresult", "django_celery_results.view_taskresult"),
        ),
    ),
    (
        "People",
        (
            ("Users", "person", "auth_user", "auth.view_user"),
            ("Roles", "groups", "auth_group", "auth.view_group"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages that this user may see, under their headings."""
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    groups = [
        {"title": heading, "separator": True, "items": _allowed(request, pages)} for heading, pages in _PAGES
    ]
    return [{"title": "", "items": [home]}, *(group for group in groups if group["items"])]


def _allowed(request: HttpRequest, pages: tuple[tuple[str, str, str, str], ...]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": _address(route)}
        for title, icon, route, permission in pages
        if request.user.is_authenticated and request.user.has_perm(permission) and _address(route)
    ]


def _address(route: str) -> str:
    try:
        return reverse(f"admin:{route}_changelist")
    except NoReverseMatch:
        return ""


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Saga orchestration",
    "SITE_HEADER": "Saga orchestration",
    "SITE_SYMBOL": "account_tree",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("events/admin.css")],
    "SCRIPTS": [lambda request: static("events/admin.js")],
    "DASHBOARD_CALLBACK": "config.home.home",
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": navigation},
}
