"""What may stand in a body, and how is it shown? Exactly what is listed, in exactly its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from events.money import Money


class Text(serializers.CharField):
    """A JSON string and nothing that could be made one."""

    default_error_messages = {"wrong_type": "This must be a string."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("wrong_type")
        return super().to_internal_value(data)


class Email(Text, serializers.EmailField):
    """An address that mail can be sent to."""


class Integer(serializers.IntegerField):
    """A JSON number without a fraction: neither "1" nor true nor 1.0."""

    default_error_messages = {"wrong_type": "This must be an integer."}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("wrong_type")
        return data


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one would be ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(
                {"non_field_errors": [serializers.ErrorDetail("This must be an object.", "wrong_type")]}
            )
        unknown = sorted(data.keys() - self.fields.keys())
        errors = {
            name: [serializers.ErrorDetail("There is no such field.", "unknown_field")] for name in unknown
        }
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if errors and isinstance(error.detail, dict):
                raise serializers.ValidationError({**errors, **error.detail}) from error
            raise
        if errors:
            raise serializers.ValidationError(errors)
        return known


class Nothing(StrictSerializer):
    """The body of a command that needs none: absent, or an empty object."""


class MoneyDocument(serializers.Serializer[Money]):
    """An amount in major units as a decimal string, never a float."""

    amount = serializers.CharField(source="decimal")
    currency = serializers.CharField()


def body_of(request: Request, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The validated body. Raises `ValidationError`, which names every field that is wrong."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
