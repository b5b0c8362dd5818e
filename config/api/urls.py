"""Which address of the API leads where? Contexts bring the views; what they show of each other is given to them here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from config.api.catalogue import ItemsView, ItemView
from config.api.login import GuestsView, RefreshView, SessionView, TokensView
from config.api.standing import standing
from events.api import View
from events.problems import PROBLEM_TYPES
from inventory.api import SkuView, StockView
from orders.api import CancelView, ConfirmView, ContactView, OrdersView, OrderView, TimelineView


class NoSuchAddress(View):
    """A problem also where there is nothing, whatever the method."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address.")


def problem_types(request: HttpRequest) -> JsonResponse:
    """What the codes of problems mean: `type` leads here."""
    kinds = {
        code: {"status": kind.status, "title": kind.title, "retryable": kind.retryable}
        for code, kind in PROBLEM_TYPES.items()
    }
    return JsonResponse(kinds)


_order = "api/v1/orders/<uuid:order_id>"

urlpatterns = [
    path("api/v1/session", SessionView.as_view()),
    path("api/v1/tokens", TokensView.as_view()),
    path("api/v1/tokens/refresh", RefreshView.as_view()),
    path("api/v1/guests", GuestsView.as_view()),
    path("api/v1/catalogue", ItemsView.as_view()),
    path("api/v1/catalogue/<path:sku>", ItemView.as_view()),
    path("api/v1/inventory", StockView.as_view()),
    path("api/v1/inventory/<path:sku>", SkuView.as_view()),
    path("api/v1/orders", OrdersView.as_view(standing=standing)),
    path(_order, OrderView.as_view(standing=standing), name="order"),
    path(f"{_order}/confirm", ConfirmView.as_view(standing=standing)),
    path(f"{_order}/cancel", CancelView.as_view(standing=standing)),
    path(f"{_order}/contact", ContactView.as_view()),
    path(f"{_order}/timeline", TimelineView.as_view()),
    path("api/problems", problem_types),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    re_path("^api/v1(/|$)", NoSuchAddress.as_view()),
]
