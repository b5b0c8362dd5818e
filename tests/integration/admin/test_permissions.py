"""Each role sees and does what it is for, by POST too; nobody edits what only commands may change."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from config.roles import ROLES
from events.models import PersonalValue
from orders.models import OrderRow
from sagas.models import SagaRow
from tests.integration.admin.test_pages import LISTS
from tests.support.office import begun, drained, member, order_page, ordered, saga_page

READ_ONLY = [
    model
    for model in admin.site._registry
    if model._meta.label not in {"auth.User", "auth.Group", "orders.CatalogueItem"}
]
SEES = {
    "viewer": {"orderrow", "catalogueitem", "payment", "shipment", "notification", "stock", "sagarow"},
    "finance": {"orderrow", "catalogueitem", "payment", "sagarow", "message"},
}


def test_somebody_without_a_role_sees_nothing(shop):
    nobody = member()

    assert "You may see nothing here yet" in nobody.get("/admin/").content.decode()
    for path in LISTS[1:]:
        assert nobody.get(path).status_code == 403, path


def test_who_is_no_staff_is_sent_to_the_login(shop):
    client = Client()
    client.force_login(User.objects.create_user("customer"))

    for path in LISTS:
        assert client.get(path).status_code == 302, path


@pytest.mark.parametrize("role", sorted(SEES))
def test_a_role_sees_its_own_pages_only(role):
    client = member(role)

    for path in LISTS[1:]:
        wanted = 200 if path.split("/")[3] in SEES[role] else 403
        assert client.get(path).status_code == wanted, (role, path)


def test_an_operator_sees_all_pages(operator):
    for path in LISTS:
        assert operator.get(path).status_code == 200, path


def test_a_page_shows_a_role_only_the_panels_that_it_may_see(shop):
    order = ordered()
    drained()

    finance, operator = (
        member(role).get(order_page(order)).content.decode() for role in ("finance", "operator")
    )

    assert "<h3>Payments</h3>" in finance
    assert "<h3>Shipments</h3>" not in finance
    assert "<h3>Shipments</h3>" in operator


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model._meta.label)
def test_rows_are_changed_by_nobody_not_even_a_superuser(model):
    root = member(is_superuser=True)
    order = begun()
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    row = model._default_manager.first()
    rows = model._default_manager.count()

    assert root.get(f"{base}add/").status_code in {403, 404}
    assert root.post(f"{base}add/", {"id": str(order)}).status_code in {403, 404}
    if row is not None:
        page = f"{base}{quote(row.pk)}/"
        assert root.get(f"{page}delete/").status_code in {403, 404}
        assert root.post(f"{page}delete/", {"post": "yes"}).status_code in {403, 404}
        selected = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        assert root.post(base, selected).status_code in {200, 302, 403, 405}
    assert model._default_manager.count() == rows


def test_posting_to_a_rows_page_changes_nothing(shop):
    root = member(is_superuser=True)
    order = begun()

    root.post(order_page(order), {"status": "approved", "number": "X"})
    root.post(saga_page(order), {"status": "completed"})

    assert OrderRow.objects.get(pk=order).status == "confirmed"
    assert SagaRow.objects.get(key=str(order)).status == "running"


def test_personal_values_have_no_page():
    assert PersonalValue not in admin.site._registry


def test_roles_are_made_by_migrate_and_keep_what_was_added_by_hand(shop):
    from django.contrib.auth.models import Permission

    more = Permission.objects.get(codename="delete_user")
    Group.objects.get(name="viewer").permissions.add(more)

    call_command("migrate", verbosity=0)

    assert {group.name for group in Group.objects.all()} == ROLES.keys()
    assert more in Group.objects.get(name="viewer").permissions.all()


def test_each_permission_of_a_role_exists():
    for role, permissions in ROLES.items():
        granted = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{name}" for app, name in granted} >= permissions, role
    assert {name.split(".")[0] for names in ROLES.values() for name in names} <= {
        app.label for app in apps.get_app_configs()
    }
