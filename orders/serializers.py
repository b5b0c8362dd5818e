"""How does an order look from outside: what may be asked, and what is told?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from events.strict import Email, Integer, MoneyDocument, StrictSerializer, Text
from orders.domain import Status
from orders.examples import CONTACT, ORDER, PLACING, SAID, SUMMARY, one
from orders.lines import LONGEST_CODE, LONGEST_NAME, MOST_LINES, MOST_UNITS


class Standing(NamedTuple):
    """How far the rest of the shop is with an order; None where it has not begun."""

    payment: str | None = None
    fulfilment: str | None = None
    saga: str | None = None


StandingOf = Callable[[Collection[UUID]], Mapping[UUID, Standing]]

STATUS = tuple(status.value for status in Status)
PAYMENT = ("none", "pending", "authorised", "paid", "part_refunded", "refunded", "failed")
FULFILMENT = ("unfulfilled", "arranged")
SAGA = ("none", "running", "turning_back", "completed", "compensated")


class WantedLine(StrictSerializer):
    sku = Text(max_length=LONGEST_CODE)
    quantity = Integer(min_value=1, max_value=MOST_UNITS)


class Recipient(StrictSerializer):
    country = Text(max_length=LONGEST_CODE, help_text="ISO 3166 code, such as GB.")
    name = Text(max_length=200)
    email = Email(max_length=254)
    address = Text(max_length=LONGEST_NAME)


@extend_schema_serializer(examples=one("two mugs", PLACING))
class Placing(StrictSerializer):
    """What an order needs; prices and totals come from us."""

    lines: Any = serializers.ListSerializer(child=WantedLine(), allow_empty=False, max_length=MOST_LINES)
    payment_method = Text(
        max_length=200,
        required=False,
        default="",
        help_text="A token; needed where the order costs something.",
    )
    ship_to = Recipient()


@extend_schema_serializer(examples=one("too dear", {"reason": "Found it cheaper"}))
class Cancelling(StrictSerializer):
    reason = Text(max_length=LONGEST_NAME)


class Action(serializers.Serializer[Any]):
    """What is allowed now."""

    name = serializers.CharField()
    method = serializers.CharField()
    href = serializers.CharField()


class Links(serializers.Serializer[Any]):
    self = serializers.CharField()
    timeline = serializers.CharField()
    contact = serializers.CharField()
    actions = Action(many=True)


class Line(serializers.Serializer[Any]):
    line_id = serializers.UUIDField()
    kind = serializers.CharField()
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.CharField(help_text="A decimal of up to four places, in the order's currency.")
    amount = MoneyDocument()


class ShippedTo(serializers.Serializer[Any]):
    country = serializers.CharField()
    contact = serializers.UUIDField(
        allow_null=True, help_text="Name and address stand at links.contact only, so that they can be erased."
    )


@extend_schema_serializer(examples=one("confirmed", SUMMARY))
class OrderSummary(serializers.Serializer[Any]):
    """An order in a list."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    correlation_id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUS)
    payment_status = serializers.ChoiceField(PAYMENT)
    fulfilment_status = serializers.ChoiceField(FULFILMENT)
    saga_status = serializers.ChoiceField(SAGA)
    cancellation_requested = serializers.BooleanField()
    total = MoneyDocument()
    line_count = serializers.IntegerField()
    placed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    href = serializers.CharField()


@extend_schema_serializer(examples=one("confirmed", ORDER))
class OrderDocument(OrderSummary):
    """An order, whole. Its version is also its ETag."""

    href = None  # type: ignore[assignment]  # stands in the links
    message = serializers.CharField(help_text="A sentence for the customer.")
    cancel_reason = serializers.CharField(allow_blank=True)
    customer_id = serializers.UUIDField(allow_null=True)
    ship_to = ShippedTo()
    lines = Line(many=True)
    links = Links()


@extend_schema_serializer(examples=one("contact", CONTACT))
class Contact(serializers.Serializer[Any]):
    """The personal values of an order."""

    name = serializers.CharField()
    email = serializers.CharField()
    address = serializers.CharField()


@extend_schema_serializer(examples=one("a fact", SAID))
class Said(serializers.Serializer[Any]):
    """A message of the order's workflow: a fact, or for staff also a command or a decision."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    kind = serializers.CharField(source="get_kind_display")
    name = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.SerializerMethodField()
    occurred_at = serializers.DateTimeField()
    correlation_id = serializers.UUIDField()
    causation_id = serializers.UUIDField(allow_null=True)

    def get_title(self, message: Any) -> str:
        return str(message.name).rpartition(".")[2].replace("_", " ").capitalize()


@extend_schema_serializer(examples=one("a fact", SAID))
class SaidToStaff(Said):
    """The same with what it says; personal values are no part of any message."""

    actor = serializers.CharField(allow_null=True, required=False)
    payload = serializers.JSONField(required=False)
