"""Where does the sandbox processor keep its ledger? Outside of our transactions, as another company would.

Each request is one statement on a connection of `events.outside`; a lost entry is made again under its key.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from events import Money
from events.outside import connections
from payments.events import Request

_COLUMNS = "key, kind, payment_id, amount_minor, currency, provider_reference, payment_method"
_INSERT = (
    "INSERT INTO payments_sandboxentry "
    "(key, kind, order_id, payment_id, amount_minor, currency, provider_reference, payment_method, at)"
)
_FOUND = f"""
SELECT {_COLUMNS}, false FROM payments_sandboxentry
 WHERE payment_id = %(payment_id)s::uuid OR key = %(key)s::text
"""
_AUTHORISE = f"""
WITH new AS ({_INSERT}
  VALUES (%(key)s, 'authorise', %(order_id)s, %(payment_id)s, %(amount_minor)s, %(currency)s, %(reference)s,
          %(payment_method)s, clock_timestamp())
  ON CONFLICT DO NOTHING RETURNING {_COLUMNS})
SELECT {_COLUMNS}, true FROM new UNION ALL {_FOUND}
"""
_FOLLOW = f"""
WITH new AS ({_INSERT}
  SELECT %(key)s, %(kind)s, f.order_id, f.payment_id, COALESCE(%(amount_minor)s::bigint, f.amount_minor), f.currency,
         %(reference)s, f.payment_method, clock_timestamp()
    FROM payments_sandboxentry f
   WHERE f.payment_id = %(payment_id)s::uuid AND f.kind = %(follows)s
     AND f.payment_method <> ALL(%(spared)s::text[])
     AND f.currency = COALESCE(%(currency)s::text, f.currency)
     AND f.amount_minor >= COALESCE(%(amount_minor)s::bigint, f.amount_minor)
  ON CONFLICT DO NOTHING RETURNING {_COLUMNS})
SELECT {_COLUMNS}, true FROM new UNION ALL {_FOUND}
"""
_SILENCE = "INSERT INTO payments_sandboxsilence (key) VALUES (%(key)s) ON CONFLICT DO NOTHING RETURNING key"


class Row(NamedTuple):
    """An entry as it was read; `is_new` where this very request made it."""

    key: str
    kind: str
    payment_id: UUID
    amount_minor: int
    currency: str
    provider_reference: str
    payment_method: str
    is_new: bool


def authorise(*, key: str, order_id: UUID, payment_id: UUID, amount: Money, payment_method: str) -> list[Row]:
    """Enter an authorisation unless the payment has one; returns all entries of the payment or with the key."""
    told = {"order_id": order_id, "payment_method": payment_method}
    return _enter(_AUTHORISE, {**_asked(key, Request.AUTHORISE, payment_id, amount), **told})


def follow(
    *,
    key: str,
    kind: Request,
    follows: Request,
    payment_id: UUID,
    amount: Money | None = None,
    spared: Sequence[str] = (),
) -> list[Row]:
    """Enter what follows another entry, for its whole amount or less; returns as `authorise` does.

    Nothing is entered where the other entry is missing or too small, or its payment method is among `spared`.
    """
    asked = _asked(key, kind, payment_id, amount)
    return _enter(_FOLLOW, {**asked, "kind": kind.value, "follows": follows.value, "spared": list(spared)})


def entries(payment_id: UUID) -> list[Row]:
    return [Row(*row) for row in _ask(_FOUND, {"payment_id": payment_id, "key": None})]


def is_first_time(key: str) -> bool:
    """Whether no request with this key was left unanswered before; from now on one was."""
    return bool(_ask(_SILENCE, {"key": key}))


def _asked(key: str, kind: Request, payment_id: UUID, amount: Money | None) -> dict[str, Any]:
    return {
        "key": key,
        "payment_id": payment_id,
        "amount_minor": amount.amount_minor if amount else None,
        "currency": amount.currency if amount else None,
        "reference": f"{kind}_{secrets.token_hex(8)}",
    }


def _enter(statement: str, parameters: dict[str, Any]) -> list[Row]:
    rows = [Row(*row) for row in _ask(statement, parameters)]
    if any(row.is_new for row in rows):
        return rows
    # Read anew: what the insert gave way to may be younger than the statement's own view of the table.
    return [
        Row(*row) for row in _ask(_FOUND, {"payment_id": parameters["payment_id"], "key": parameters["key"]})
    ]


def _ask(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connections().connection() as line:
        return line.execute(statement, parameters).fetchall()
