"""What can be asked of the stock over HTTP? How much there is; how it came to that is for staff."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from events.api import Listing, View, not_found
from inventory import queries
from inventory.models import Stock
from inventory.quantities import normalized


@extend_schema_serializer(examples=[OpenApiExample("five", value={"sku": "MUG-BLUE", "available": 5})])
class Availability(serializers.Serializer[Any]):
    """How many units can be ordered now."""

    sku = serializers.CharField()
    available = serializers.IntegerField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("to staff", value={"sku": "MUG-BLUE", "available": 5, "on_hand": 8, "reserved": 3})
    ]
)
class Level(Availability):
    """The same with what it is made of."""

    on_hand = serializers.IntegerField(required=False)
    reserved = serializers.IntegerField(required=False)


class StockView(Listing):
    """All SKUs that are or were in stock."""

    sorts = ("sku",)
    unique = "sku"

    def get_queryset(self) -> QuerySet[Stock]:
        return queries.stock()

    def get_serializer_class(self) -> type[Availability]:
        return _shape(self.request)

    @extend_schema(operation_id="inventory_list", summary="List what is available", responses=Level)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SkuView(View):
    """One SKU, whatever its case."""

    @extend_schema(operation_id="inventory_get", summary="Read what is available of a SKU", responses=Level)
    def get(self, request: Request, sku: str) -> Response:
        row = queries.stock().filter(sku=normalized(sku)).first()
        if row is None:
            raise not_found("stock of SKU", sku)
        return Response(_shape(request)(row).data)


def _shape(request: Request) -> type[Availability]:
    """On hand and reserved tell how business goes: they are for those who may see the stock."""
    may_see = request.user.is_staff and request.user.has_perm("inventory.view_stock")
    return Level if may_see else Availability
