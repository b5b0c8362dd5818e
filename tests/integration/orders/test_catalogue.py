"""What can be ordered by SKU, at our price."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from events.execution import execute
from orders import queries
from orders.commands import LineKind
from orders.errors import CurrenciesMixed, NotForSale
from orders.models import CatalogueItem
from orders.queries import Wanted
from tests.support.shop import an_order


@pytest.fixture
def catalogue():
    for sku, kind, price, currency, active in [
        ("MUG", "product", "12.5", "GBP", True),
        ("TEA", "product", "0.0375", "GBP", True),
        ("POST", "shipping", "3", "GBP", True),
        ("OLD", "product", "1", "GBP", False),
        ("HALF-OFF", "discount", "-5", "GBP", True),
        ("SAKE", "product", "1200", "JPY", True),
    ]:
        CatalogueItem.objects.create(
            sku=sku, name=sku.title(), kind=kind, unit_price=Decimal(price), currency=currency, active=active
        )


def test_what_is_wanted_gets_name_kind_and_price_from_the_catalogue(catalogue):
    priced = queries.priced([Wanted("mug ", 2), Wanted("TEA", 100), Wanted("post", 1)])

    assert priced.currency == "GBP"
    assert [(line.sku, line.kind, line.name, line.quantity, line.unit_price) for line in priced.lines] == [
        ("MUG", LineKind.PRODUCT, "Mug", 2, "12.50"),
        ("TEA", LineKind.PRODUCT, "Tea", 100, "0.0375"),
        ("POST", LineKind.SHIPPING, "Post", 1, "3.00"),
    ]


def test_priced_lines_can_be_placed(catalogue):
    priced = queries.priced([Wanted("MUG", 1), Wanted("MUG", 1)])
    place = an_order(*priced.lines, currency=priced.currency)

    execute(place)

    assert queries.orders().get().total_minor == 2500


def test_a_price_has_no_decimals_that_its_currency_has_not(catalogue):
    assert queries.priced([Wanted("SAKE", 1)]).lines[0].unit_price == "1200"


def test_all_that_is_not_for_sale_is_named_at_once(catalogue):
    with pytest.raises(NotForSale, match="GHOST, HALF-OFF, OLD") as refused:
        queries.priced([Wanted("old", 1), Wanted("ghost", 1), Wanted("MUG", 1), Wanted("half-off", 1)])

    assert refused.value.skus == ("GHOST", "HALF-OFF", "OLD")


def test_one_order_has_one_currency(catalogue):
    with pytest.raises(CurrenciesMixed, match="GBP: MUG; JPY: SAKE"):
        queries.priced([Wanted("MUG", 1), Wanted("SAKE", 1)])


def test_a_later_price_leaves_placed_orders_alone(catalogue):
    place = an_order(*queries.priced([Wanted("MUG", 1)]).lines)
    execute(place)

    CatalogueItem.objects.filter(sku="MUG").update(unit_price=99)

    assert queries.orders().get().total_minor == 1250


def test_a_sku_is_kept_in_upper_case_and_once(catalogue):
    item = CatalogueItem(sku=" mug", name="Another mug", unit_price=1, currency="gbp")

    with pytest.raises(ValidationError) as refused:
        item.full_clean()

    assert list(refused.value.message_dict) == ["sku"]
    assert (item.sku, item.currency) == ("MUG", "GBP")


def test_a_form_refuses_a_negative_price_on_goods_and_an_unknown_currency(catalogue):
    item = CatalogueItem(sku="X", name="X", unit_price=-1, currency="GPB")

    with pytest.raises(ValidationError) as refused:
        item.full_clean()

    assert "GPB is no currency code of ISO 4217." in str(refused.value)
    item.currency = "GBP"
    with pytest.raises(ValidationError, match="Only discounts and vouchers"):
        item.full_clean()


@pytest.mark.parametrize("change", [{"sku": "mug2"}, {"unit_price": -1}])
def test_the_database_refuses_what_no_form_has_seen(catalogue, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        CatalogueItem.objects.filter(sku="MUG").update(**change)


def test_each_line_has_an_id_of_its_own(catalogue):
    lines = queries.priced([Wanted("MUG", 1), Wanted("MUG", 2)]).lines

    assert len({line.line_id for line in lines} | {uuid4()}) == 3
