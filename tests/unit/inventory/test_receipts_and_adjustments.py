"""Goods that come in and corrections of what is there: once each."""

import pickle
from uuid import uuid4

import pytest

from events import Refusal
from inventory import errors
from inventory.commands import AdjustStock, ReceiveStock, ReserveInventory
from inventory.domain import Level
from inventory.events import SkuQuantity, StockAdjusted, StockReceived
from tests.support.shop import units
from tests.unit.inventory.shelf import Shelf

ID = uuid4()


@pytest.fixture
def shelf():
    return Shelf(MUG=5)


def adjust(*lines, id=ID, reason="count", note=""):
    return AdjustStock(adjustment_id=id, lines=lines, reason=reason, note=note)


def test_a_receipt_opens_what_was_never_in_stock(shelf):
    lines = (*units(TEA=2), SkuQuantity(sku="tea", quantity=1), *units(MUG=1))

    assert shelf.obey(ReceiveStock(receipt_id=ID, lines=lines)) == [
        StockReceived(receipt_id=ID, lines=units(MUG=1, TEA=3))
    ]
    assert shelf.levels == {"MUG": Level(6, 0), "TEA": Level(3, 0)}


def test_a_receipt_comes_in_once(shelf):
    command = ReceiveStock(receipt_id=ID, lines=units(MUG=1))
    shelf.obey(command)

    assert shelf.obey(command, command) == []
    assert shelf.levels["MUG"] == Level(6, 0)


def test_other_goods_under_the_same_receipt_are_refused(shelf):
    shelf.obey(ReceiveStock(receipt_id=ID, lines=units(MUG=1)))

    with pytest.raises(errors.ReceiptDiffers):
        shelf.obey(ReceiveStock(receipt_id=ID, lines=units(MUG=2)))


@pytest.mark.parametrize("lines", [(), units(MUG=0), units(MUG=-1)], ids=str)
def test_a_receipt_brings_something(shelf, lines):
    with pytest.raises(errors.InvalidStockLine):
        shelf.obey(ReceiveStock(receipt_id=ID, lines=lines))


def test_an_adjustment_corrects_up_and_down(shelf):
    command = adjust(*units(MUG=-2, TEA=4), reason="stock-taking", note="found behind the shelf")

    assert shelf.obey(command) == [
        StockAdjusted(
            adjustment_id=ID, lines=units(MUG=-2, TEA=4), reason="stock-taking", note="found behind the shelf"
        )
    ]
    assert shelf.levels == {"MUG": Level(3, 0), "TEA": Level(4, 0)}


def test_an_adjustment_is_made_once(shelf):
    shelf.obey(adjust(*units(MUG=-2)))

    assert shelf.obey(adjust(*units(MUG=-2))) == []
    with pytest.raises(errors.AdjustmentDiffers):
        shelf.obey(adjust(*units(MUG=-2), reason="theft"))
    assert shelf.levels["MUG"] == Level(3, 0)


def test_an_adjustment_leaves_what_orders_were_promised(shelf):
    shelf.obey(ReserveInventory(order_id=uuid4(), reservation_id=uuid4(), lines=units(MUG=4)))
    shelf.obey(adjust(*units(MUG=-1)))

    with pytest.raises(errors.StockWouldGoBelowReserved, match=r"MUG \(4 on hand, 4 reserved\)") as refused:
        shelf.obey(adjust(*units(MUG=-1), id=uuid4()))

    assert refused.value.skus == ("MUG",)


def test_what_was_never_there_cannot_be_taken_away(shelf):
    with pytest.raises(errors.StockWouldGoBelowReserved):
        shelf.obey(adjust(*units(TEA=-1)))


@pytest.mark.parametrize("lines", [(), units(MUG=0), (*units(MUG=1), *units(MUG=-1))], ids=str)
def test_an_adjustment_changes_something(shelf, lines):
    with pytest.raises(errors.InvalidStockLine):
        shelf.obey(adjust(*lines))


@pytest.mark.parametrize(
    ("reason", "note"), [("", ""), (" ", ""), ("x" * 65, ""), ("a\0b", ""), ("count", "a\0b")]
)
def test_an_adjustment_says_why(shelf, reason, note):
    with pytest.raises(errors.ReasonMissing):
        shelf.obey(adjust(*units(MUG=1), reason=reason, note=note))


REFUSALS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)]


@pytest.mark.parametrize("kind", REFUSALS)
def test_refusals_survive_being_sent_to_another_process(kind):
    copy = pickle.loads(pickle.dumps(kind("no")))

    assert (str(copy), copy.__dict__) == ("no", kind("no").__dict__)
