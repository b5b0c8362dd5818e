"""What can be asked of orders over HTTP? Rules are elsewhere: here a request becomes a command, and an order a document."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from events.api import Listing, View, etag, not_found, once
from events.models import Message, PersonalValue
from events.strict import Nothing, body_of
from orders import queries
from orders.access import found, reads_messages, require, visible
from orders.asking import changed, placed
from orders.commands import ConfirmOrder, RequestCancellation
from orders.domain import Order, Status
from orders.models import OrderRow
from orders.serializers import (
    Cancelling,
    Contact,
    OrderDocument,
    OrderSummary,
    Placing,
    Said,
    SaidToStaff,
    Standing,
    StandingOf,
)
from orders.showing import document, summary


def _no_standing(ids: Any) -> dict[UUID, Standing]:
    return {}


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    status = django_filters.ChoiceFilter(choices=[(status.value, status.value) for status in Status])
    number = django_filters.CharFilter()
    placed_after = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gt")
    placed_before = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")


class OrdersView(Listing):
    """The customer's own orders; for staff with the right to view orders all of them."""

    serializer_class = OrderSummary
    filterset_class: ClassVar = OrderFilter
    sorts = ("-placed_at", "placed_at", "number", "-number")
    standing: StandingOf = staticmethod(_no_standing)

    def get_queryset(self) -> QuerySet[OrderRow]:
        return visible(self.request)

    @extend_schema(operation_id="orders_list", summary="List orders")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        standing = self.standing([row.id for row in page])
        return self.get_paginated_response([summary(row, standing.get(row.id, Standing())) for row in page])

    @extend_schema(
        operation_id="orders_place",
        summary="Place an order, priced from the catalogue",
        request=Placing,
        responses={201: OrderDocument},
    )
    @once
    def post(self, request: Request) -> Response:
        order = placed(request, body_of(request, Placing))
        shown = document(order, Standing())
        headers = {"ETag": etag(order.version), "Location": shown["links"]["self"]}
        return Response(shown, status=201, headers=headers)


class OrderView(View):
    """One order, for those who may see it; for others there is none."""

    standing: StandingOf = staticmethod(_no_standing)

    @extend_schema(operation_id="orders_get", summary="Read an order", responses=OrderDocument)
    def get(self, request: Request, order_id: UUID) -> Response:
        return self.shown(found(request, order_id))

    def shown(self, order: Order, status: int = 200) -> Response:
        standing = self.standing([order.id]).get(order.id, Standing())
        return Response(document(order, standing), status=status, headers={"ETag": etag(order.version)})


class ConfirmView(OrderView):
    """The customer commits to the order; what follows is asynchronous and shows in the order."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="orders_confirm", summary="Confirm an order", request=Nothing, responses=OrderDocument
    )
    @once
    def post(self, request: Request, order_id: UUID) -> Response:
        body_of(request, Nothing)
        command = ConfirmOrder(order_id=order_id)
        return self.shown(changed(request, order_id, command, "orders.change_orderrow"))


class CancelView(OrderView):
    """A draft is cancelled at once (200); what a confirmed order has set going is taken back first (202)."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="orders_cancel",
        summary="Cancel an order",
        request=Cancelling,
        responses={200: OrderDocument, 202: OrderDocument},
    )
    @once
    def post(self, request: Request, order_id: UUID) -> Response:
        reason = body_of(request, Cancelling)["reason"]
        command = RequestCancellation(order_id=order_id, reason=reason)
        order = changed(request, order_id, command, "orders.request_cancellation")
        if order.status is Status.CANCELLED:
            return self.shown(order)
        response = self.shown(order, status=202)
        response["Location"] = response.data["links"]["self"]
        return response


class ContactView(View):
    """Whom the order goes to. Not part of the order: erasing a person changes no version."""

    @extend_schema(operation_id="orders_contact", summary="Read name and address", responses=Contact)
    def get(self, request: Request, order_id: UUID) -> Response:
        order = found(request, order_id)
        require(request, "events.view_personalvalue", order)
        kept = PersonalValue.objects.filter(id__in=[order.ship_to.contact]).first()
        if kept is None:
            raise not_found("contact of order", order_id)
        return Response(Contact(kept.value).data)


class TimelineView(Listing):
    """What happened to the order, in all contexts; staff see commands and decisions too, and what they say."""

    queryset = Message.objects.none()
    serializer_class = Said
    sorts = ("position",)
    unique = "position"

    def get_queryset(self) -> QuerySet[Message]:
        order_id = self.kwargs["order_id"]
        found(self.request, order_id)
        said = queries.timeline(order_id).prefetch_related(None)
        return said if reads_messages(self.request) else said.filter(kind=Message.Kind.EVENT)

    def get_serializer_class(self) -> type[Said]:
        return SaidToStaff if reads_messages(self.request) else Said

    @extend_schema(
        operation_id="orders_timeline", summary="Read what happened to an order", responses=SaidToStaff
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
