"""Each invariant of the stock finds what offends it."""

from uuid import uuid4

import pytest

from events.execution import execute
from inventory.commands import CommitReservation, ReleaseInventory, ReserveInventory
from inventory.invariants import INVARIANTS
from tests.integration.inventory.conftest import receive
from tests.support.shop import units
from tests.support.truth import offences, offences_after

HARMS = {
    "Nothing is oversold: 0 ≤ reserved ≤ on hand.": """
        ALTER TABLE inventory_stock DROP CONSTRAINT inventory_stock_is_not_oversold;
        UPDATE inventory_stock SET reserved = 6 WHERE sku = 'MUG'""",
    "Stock is the sum of its ledger.": "UPDATE inventory_stock SET on_hand = 6 WHERE sku = 'MUG'",
    "The ledger's balances follow from its movements.": """
        UPDATE inventory_ledgerentry SET on_hand_after = 9 WHERE sku = 'MUG' AND kind = 'reserve'""",
    "What is reserved is what the live reservations hold.": "UPDATE inventory_stock SET reserved = 1 WHERE sku = 'MUG'",
    "What is on hand is what was received and adjusted.": "UPDATE inventory_stock SET on_hand = 6 WHERE sku = 'MUG'",
    "A message moves the stock of a SKU once, and every movement has its message.": """
        UPDATE inventory_ledgerentry SET cause = gen_random_uuid() WHERE sku = 'MUG' AND kind = 'reserve'""",
}


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.name)
def test_an_invariant_names_the_sku_that_offends_it(invariant):
    receive(MUG=5, TEA=1)
    execute(ReserveInventory(order_id=uuid4(), reservation_id=uuid4(), lines=units(MUG=2)))

    offenders = offences_after(HARMS[invariant.name])[invariant.name]

    assert len(offenders) == 1
    assert offenders == ["MUG"] or offenders[0].isdigit()


def test_answers_that_repeat_do_not_count_twice():
    receive(MUG=5)
    held, undone = ({"order_id": uuid4(), "reservation_id": uuid4()} for _ in range(2))
    reserve_both = [ReserveInventory(**ids, lines=units(MUG=1)) for ids in (held, undone)]

    execute(*reserve_both, *reserve_both)
    execute(CommitReservation(**held), CommitReservation(**held))
    execute(ReleaseInventory(**undone), ReleaseInventory(**undone))

    assert offences(INVARIANTS) == {}
