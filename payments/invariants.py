"""What must always be true of payments?"""

from __future__ import annotations

from events.invariants import invariant

# Told again, a fact bears the same key: each key counts once.
_OURS = """
SELECT DISTINCT payload->>'key' AS key,
       CASE name WHEN 'payments.payment_processed' THEN 'authorise' WHEN 'payments.payment_captured' THEN 'capture'
                 WHEN 'payments.payment_voided' THEN 'void' ELSE 'refund' END AS kind,
       payload->>'order_id' AS order_id, payload->>'payment_id' AS payment_id,
       (payload#>>'{amount,amount_minor}')::bigint AS amount_minor, payload#>>'{amount,currency}' AS currency,
       payload->>'provider_reference' AS provider_reference
  FROM events_message
 WHERE name IN ('payments.payment_processed', 'payments.payment_captured', 'payments.payment_voided',
                'payments.payment_refunded')
   AND payload->>'key' IS NOT NULL
"""
_THEIRS = """
SELECT key, kind, order_id::text, payment_id::text, amount_minor, currency, provider_reference FROM payments_sandboxentry
"""
_SUMS = f"""
SELECT payment_id, count(DISTINCT currency) AS currencies,
       COALESCE(sum(amount_minor) FILTER (WHERE kind = 'authorise'), 0) AS authorised,
       COALESCE(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured,
       COALESCE(sum(amount_minor) FILTER (WHERE kind = 'void'), 0) AS voided,
       COALESCE(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded
  FROM ({_OURS}) ours GROUP BY payment_id
"""

invariant(
    "0 ≤ refunded ≤ captured, and captured + voided ≤ authorised",
    when="always",
    query=f"""
SELECT payment_id FROM ({_SUMS}) sums
 WHERE NOT (0 <= refunded AND refunded <= captured AND 0 <= voided AND captured + voided <= authorised)
""",
)
invariant(
    "a payment has one currency",
    when="always",
    query=f"SELECT payment_id FROM ({_SUMS}) sums WHERE currencies > 1",
)
invariant(
    "a payment's row is what its events say",
    when="always",
    query=f"""
SELECT COALESCE(shown.id::text, sums.payment_id)
  FROM ({_SUMS}) sums FULL JOIN payments_payment shown ON shown.id::text = sums.payment_id
 WHERE (COALESCE(shown.authorised_minor, 0), COALESCE(shown.captured_minor, 0), COALESCE(shown.voided_minor, 0),
        COALESCE(shown.refunded_minor, 0))
    <> (COALESCE(sums.authorised, 0), COALESCE(sums.captured, 0), COALESCE(sums.voided, 0), COALESCE(sums.refunded, 0))
""",
)
LEDGERS_AGREE = invariant(
    "the card processor's own ledger equals ours, key by key",
    when="at rest",
    query=f"""
SELECT DISTINCT payment_id
  FROM ((({_OURS}) EXCEPT ALL ({_THEIRS})) UNION ALL (({_THEIRS}) EXCEPT ALL ({_OURS}))) difference
""",
)
