"""How does a refusal of an order become a problem that points into the request?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from events.problems import FieldError, Problem, invalid
from orders.errors import InvalidLine, InvalidOrder, NotForSale, PaymentMethodMissing, TotalOutOfRange
from orders.lines import normalized


@contextmanager
def as_problems(lines: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Refusals of an order that was asked for with these lines, as problems."""
    try:
        yield
    except NotForSale as refusal:
        detail = _sentence(refusal)
        errors = [
            FieldError(refusal.code, "This is not for sale.", f"/lines/{place}/sku")
            for place, line in enumerate(lines)
            if normalized(line["sku"]) in refusal.skus
        ]
        raise Problem(refusal.code, detail, like="not_for_sale", errors=errors[:100]) from refusal
    except InvalidOrder as refusal:
        raise invalid(FieldError(refusal.code, _sentence(refusal), _pointer(refusal))) from refusal


def _pointer(refusal: InvalidOrder) -> str:
    match refusal:
        case InvalidLine():
            return f"/lines/{refusal.line}"
        case TotalOutOfRange():
            return "/lines"
        case PaymentMethodMissing():
            return "/payment_method"
        case _:
            return ""


def _sentence(refusal: Exception) -> str:
    text = str(refusal)
    return f"{text[:1].upper()}{text[1:]}."
