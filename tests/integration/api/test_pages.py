from datetime import UTC, datetime
from typing import Any

from events.execution import execute
from orders.models import CatalogueItem, OrderRow
from tests.integration.api.conftest import Client
from tests.support import shop as orders


def walk(client: Client, url: str, link: str) -> list[list[str]]:
    """Every page from `url` on, by following `next` or `prev`."""
    pages: list[list[str]] = []
    address: Any = url
    while address:
        page = client.get(address).json()
        pages.append([order["number"] for order in page["data"]])
        last, address = address, page[link]
    walk.last = last  # type: ignore[attr-defined]
    return pages


def test_pages_show_each_row_once_forwards_and_backwards(manager: Client):
    """Five orders of one moment: equals are told apart by their id."""
    same = datetime(2011, 12, 1, 8, 26, tzinfo=UTC)
    later = datetime(2011, 12, 1, 8, 27, tzinfo=UTC)
    for number, at in enumerate([same] * 5 + [later] * 2):
        execute(orders.an_order(number=str(number), placed_at=at))
    never = OrderRow.objects.get(number="6")
    OrderRow.objects.filter(pk=never.pk).update(placed_at=None)

    for sort in ("-placed_at", "placed_at", "number", "-number"):
        forwards = walk(manager, f"/api/v1/orders?limit=2&sort={sort}", "next")
        backwards = walk(manager, walk.last, "prev")  # type: ignore[attr-defined]

        assert [len(page) for page in forwards] == [2, 2, 2, 1]
        assert sorted(number for page in forwards for number in page) == list("0123456")
        assert backwards[::-1] == forwards


def test_a_row_that_is_added_meanwhile_moves_no_other(manager: Client):
    for number in "abc":
        execute(orders.an_order(number=number))
    first = manager.read("/orders", limit=1).json()

    execute(orders.an_order(number="d"))

    second = manager.get(first["next"]).json()
    assert [order["number"] for order in (*first["data"], *second["data"])] == ["c", "b"]
    assert [order["number"] for order in manager.get(second["prev"]).json()["data"]] == ["c"]


def test_an_empty_list_has_no_neighbours(ann: Client):
    assert ann.read("/orders").json() == {"data": [], "next": None, "prev": None}


def test_the_catalogue_tells_what_is_there(ann: Client):
    CatalogueItem.objects.create(sku="POST", name="Parcel", kind="shipping", unit_price="3.5", currency="GBP")
    CatalogueItem.objects.create(sku="OLD", name="Old", unit_price="1", currency="GBP", active=False)

    items = ann.read("/catalogue").json()["data"]

    assert items == [
        {
            "sku": "MUG",
            "name": "A mug",
            "kind": "product",
            "unit_price": {"amount": "10.00", "currency": "GBP"},
            "available": 5,
        },
        {
            "sku": "POST",
            "name": "Parcel",
            "kind": "shipping",
            "unit_price": {"amount": "3.50", "currency": "GBP"},
            "available": None,
        },
        {
            "sku": "SAUCER",
            "name": "A saucer",
            "kind": "product",
            "unit_price": {"amount": "0.3333", "currency": "GBP"},
            "available": 0,
        },
    ]
    assert ann.read("/catalogue/mug").json() == items[0]
    assert ann.read("/catalogue", name="SAUC", kind="product").json()["data"] == [items[2]]
    assert ann.read("/catalogue", sku="mug").json()["data"] == [items[0]]
    assert ann.read("/catalogue/old").status_code == 404


def test_a_sku_may_hold_a_slash(ann: Client):
    CatalogueItem.objects.create(sku="A/B C", name="Odd", unit_price="1", currency="GBP")

    assert ann.get("/api/v1/catalogue/a%2Fb%20c").json()["sku"] == "A/B C"


def test_customers_see_what_is_available_and_staff_see_why(ann: Client, manager: Client):
    assert ann.read("/inventory/mug").json() == {"sku": "MUG", "available": 5}
    assert manager.read("/inventory").json()["data"] == [
        {"sku": "MUG", "available": 5, "on_hand": 5, "reserved": 0}
    ]
    assert ann.read("/inventory/cup").status_code == 404
