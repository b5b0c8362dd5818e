"""What was not imported, and why? Every row of it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from config.importing.errors import OptionUnusable
from config.importing.staging import fetched

_PAGE = 5_000
# A good row of a refused order is not imported either: it names the row that is to blame, or the order's own reason.
_REFUSED = """
SELECT l.line, l.number, COALESCE(l.reason, CASE WHEN bad.line IS NULL THEN o.reason ELSE 'order_refused' END),
       COALESCE(l.detail, CASE WHEN bad.line IS NULL THEN o.detail ELSE 'the order is refused because of line ' || bad.line END)
  FROM import_line l LEFT JOIN import_order o USING (number)
  LEFT JOIN LATERAL (SELECT b.line FROM import_line b WHERE b.number = l.number AND b.reason IS NOT NULL
                      ORDER BY b.line LIMIT 1) bad ON l.reason IS NULL
 WHERE l.line > %s AND (l.reason IS NOT NULL OR o.reason IS NOT NULL) ORDER BY l.line LIMIT %s
"""
_DETAILS = {
    "too_many_lines": "the order has more lines than an order may have",
    "customers_differ": "the rows of the order name several customers",
    "countries_differ": "the rows of the order name several countries",
    "total_negative": "the order totals less than nothing",
    "total_out_of_range": "the order totals more than can be told exactly",
}


def prepared(path: Path, option: str) -> Path:
    """The path, if it can be written: found out before anything is done. Raises `OptionUnusable`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise OptionUnusable(f"{option}: {path} cannot be written: {error.strerror}.") from error
    return path


def write_report(path: Path) -> int:
    """Write a JSON object for each refused row: line, order, reason, detail. Returns how many there are."""
    written = after = 0
    with path.open("wb") as file:
        while page := fetched(_REFUSED, after, _PAGE):
            for line, order, reason, detail in page:
                told = detail or _DETAILS.get(reason, "")
                entry = {"line": line, "order": order, "reason": reason, "detail": told}
                file.write(msgspec.json.encode(entry) + b"\n")
            written, after = written + len(page), page[-1][0]
    return written
