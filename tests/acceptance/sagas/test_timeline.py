"""The timeline of the article, told by the log of a lone order on a real worker."""

import pytest

from config.demo import measures
from events import personal
from events.execution import execute, unit_of_work
from events.ids import new_id
from events.models import Delivery
from orders.commands import ConfirmOrder, ShipTo
from sagas.models import SagaRow
from tests.support.shop import an_order
from tests.support.stack import Workers, eventually

pytestmark = [pytest.mark.django_db, pytest.mark.workers]


def test_the_moments_of_a_lone_order_are_complete_and_in_their_order(at_work: Workers):
    contact = new_id()
    with unit_of_work():
        personal.keep(contact, {"name": "Ada", "email": "ada@example.org"}, person=None)
    place = an_order(ship_to=ShipTo(country="United Kingdom", contact=contact))
    execute(place)
    began = measures.now()

    execute(ConfirmOrder(order_id=place.order_id))
    eventually(lambda: not Delivery.objects.filter(state=Delivery.State.PENDING).exists())

    moments = measures.timeline(place.order_id, began)
    confirmed, published = moments.pop("order confirmed, in the log"), moments.pop("published")
    paid, reserved = moments.pop("paid (authorised)"), moments.pop("stock reserved")
    assert 0 < confirmed < published < min(paid, reserved)
    assert list(moments) == ["shipping arranged", "money captured", "order approved", "mail sent"]
    assert max(paid, reserved) < next(iter(moments.values()))
    assert list(moments.values()) == sorted(moments.values())
    assert SagaRow.objects.get().status == SagaRow.Status.COMPLETED
