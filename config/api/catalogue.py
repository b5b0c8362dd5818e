"""What can be bought, and is it there? The catalogue of `orders` beside the stock of `inventory`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from events.api import Listing, View, not_found
from inventory.queries import stock
from orders.events import LineKind
from orders.lines import normalized
from orders.models import CatalogueItem
from orders.queries import catalogue, price_text


class PriceDocument(serializers.Serializer[Any]):
    """A price may have more decimals than its currency; what is paid is rounded once, by line."""

    amount = serializers.CharField()
    currency = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a mug",
            value={
                "sku": "MUG-BLUE",
                "name": "Blue mug",
                "kind": "product",
                "unit_price": {"amount": "6.17", "currency": "GBP"},
                "available": 5,
            },
        )
    ]
)
class ItemDocument(serializers.Serializer[Any]):
    """What can be ordered by its SKU."""

    sku = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in LineKind])
    unit_price = PriceDocument()
    available = serializers.IntegerField(
        allow_null=True, help_text="Units that can be ordered now; null for what needs no stock."
    )


class ItemFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter publishes no types
    sku = django_filters.CharFilter(method="of_sku")
    name = django_filters.CharFilter(lookup_expr="icontains")
    kind = django_filters.ChoiceFilter(choices=[(kind.value, kind.value) for kind in LineKind])

    def of_sku(self, items: QuerySet[CatalogueItem], name: str, value: str) -> QuerySet[CatalogueItem]:
        return items.filter(sku=normalized(value))


class ItemsView(Listing):
    """Everything that is for sale."""

    serializer_class = ItemDocument
    filterset_class = ItemFilter
    sorts = ("sku", "-sku", "name", "-name", "unit_price", "-unit_price")

    def get_queryset(self) -> QuerySet[CatalogueItem]:
        return catalogue()

    @extend_schema(operation_id="catalogue_list", summary="List what is for sale")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_documents(page))


class ItemView(View):
    """One item, by its SKU in any case."""

    @extend_schema(operation_id="catalogue_get", summary="Read a catalogue item", responses=ItemDocument)
    def get(self, request: Request, sku: str) -> Response:
        item = catalogue().filter(sku=normalized(sku)).first()
        if item is None:
            raise not_found("catalogue item", sku)
        return Response(_documents([item])[0])


def _documents(items: Collection[CatalogueItem]) -> list[dict[str, Any]]:
    levels = {row.sku: row.available for row in stock().filter(sku__in=[item.sku for item in items])}
    return [
        ItemDocument(
            {
                "sku": item.sku,
                "name": item.name,
                "kind": item.kind,
                "unit_price": {
                    "amount": price_text(item.unit_price, item.currency),
                    "currency": item.currency,
                },
                "available": levels.get(item.sku, 0) if item.kind == LineKind.PRODUCT else None,
            }
        ).data
        for item in items
    ]
