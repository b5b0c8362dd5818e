"""Where each field stands, and what is wrong with a map or a header."""

import pytest

from config.importing.columns import locate, parse_map
from config.importing.errors import FileUnusable, MapUnusable

MAP = "order=InvoiceNo,sku=StockCode,quantity=Quantity,price=UnitPrice"


def test_a_map_says_which_column_is_what():
    columns = parse_map(f"{MAP}, customer = Customer ID")

    assert columns["order"] == "InvoiceNo"
    assert columns["customer"] == "Customer ID"


def test_a_column_with_a_comma_is_put_in_quotes():
    assert parse_map(f'{MAP},"name=Name, long"')["name"] == "Name, long"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "lacks order, sku, quantity, price"),
        ("order=A,sku=B", "lacks quantity, price"),
        (f"{MAP},colour=Colour", "no field 'colour'"),
        (f"{MAP},sku=Other", "sku is mapped twice"),
        (f"{MAP},name", "'name' is no field=Column"),
        (f"{MAP},name=", "'name=' is no field=Column"),
    ],
)
def test_a_wrong_map_is_explained(text, told):
    with pytest.raises(MapUnusable, match=told):
        parse_map(text)


def test_columns_may_stand_in_any_order_among_others():
    header = ["x", "UnitPrice", " Quantity ", "StockCode", "InvoiceNo"]

    assert locate(parse_map(MAP), header) == {"order": 4, "sku": 3, "quantity": 2, "price": 1}


def test_a_missing_column_is_named_with_those_that_there_are():
    with pytest.raises(FileUnusable, match=r"no column 'UnitPrice'.*It has 'InvoiceNo'") as error:
        locate(parse_map(MAP), ["InvoiceNo", "StockCode", "Quantity"])

    assert error.value.line == 1


def test_a_column_that_stands_there_twice_is_refused():
    with pytest.raises(FileUnusable, match="more than one column 'Quantity'"):
        locate(parse_map(MAP), ["InvoiceNo", "StockCode", "Quantity", "UnitPrice", "Quantity"])


def test_unmapped_columns_may_share_a_name():
    locate(parse_map(MAP), ["InvoiceNo", "StockCode", "Quantity", "UnitPrice", "", ""])
