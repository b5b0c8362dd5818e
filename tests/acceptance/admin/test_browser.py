"""An operator at work, in a browser: finds what needs a human, understands it, and brings it to its end."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from events.models import Delivery
from sagas.models import SagaRow
from tests.support.browser import browser_page
from tests.support.office import begun, drained, killed, order_page, ordered, saga_page
from tests.support.stack import eventually, worker_processes


@pytest.fixture
def operator(shop: None) -> User:
    user = User.objects.create_user("olga", password="correct horse", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    return user


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/")
    page.get_by_label("Username").fill("olga")
    page.get_by_label("Password").first.fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="What needs somebody").first).to_be_visible()


@pytest.mark.workers
def test_an_operator_finds_a_stuck_saga_and_brings_it_to_its_end(live_server, operator, redis_client):
    order = begun()
    killed("payments.process_payment")

    with browser_page() as page:
        log_in(page, live_server.url)
        page.get_by_role("link", name="Sagas that need a human").click()
        page.get_by_role("link", name="order", exact=True).click()
        expect(page.get_by_role("img", name="payment dead letter")).to_be_visible()

        page.get_by_role("link", name="8 attempts").click()
        page.get_by_role("button", name="Replay").click()
        expect(page.get_by_text("Requested: replay of 1 dead letter")).to_be_visible()
        expect(page.get_by_text("requested", exact=True)).to_be_visible()

        with worker_processes():
            eventually(lambda: SagaRow.objects.get(key=str(order)).ended_at, within=60.0)
            page.get_by_role("link", name="Look again").click()
            expect(page.get_by_text("ran to its end")).to_be_visible()
            expect(page.get_by_role("heading", name="1 done")).to_be_visible()

        page.goto(live_server.url + saga_page(order))
        expect(page.get_by_role("img", name="Saga order, completed")).to_be_visible()
    assert not Delivery.objects.filter(state=Delivery.State.DEAD).exists()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_screen_and_each_has_one_title(live_server, operator, width, dark):
    order = ordered()
    drained()
    begun()
    (dead, *_) = killed("payments.process_payment")

    with browser_page(dark=dark, width=width) as page:
        log_in(page, live_server.url)
        for path in (
            "/admin/",
            saga_page(order),
            order_page(order),
            f"/admin/events/delivery/{dead}/change/",
        ):
            page.goto(live_server.url + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.locator("h1").count() == 1
            assert page.evaluate(_UNNAMED) == [], path


def test_an_id_is_copied_by_its_button(live_server, operator):
    order = ordered()

    with browser_page() as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        log_in(page, live_server.url)
        page.goto(live_server.url + order_page(order))
        page.get_by_role("button", name=f"Copy {order}").click()

        assert page.evaluate("navigator.clipboard.readText()") == str(order)


# What a screen reader could not name: buttons, links and pictures of our own pages.
_UNNAMED = """
[...document.querySelectorAll(".op-page button, .op-page a, .op-page svg, .op-page input:not([type=hidden])")]
  .filter((it) => !(it.textContent.trim() || it.getAttribute("aria-label") || it.labels?.length))
  .map((it) => it.outerHTML)
"""
