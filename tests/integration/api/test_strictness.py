from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import OrderRow
from tests.integration.api.conftest import Client, an_order, errors

LINE = {"sku": "MUG", "quantity": 1}


def recipient(**fields: Any) -> dict[str, Any]:
    return {"ship_to": {**an_order()["ship_to"], **fields}}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"coupon": "X"}, "/coupon", "unknown_field"),
    ({"total": {"amount": "0.01", "currency": "GBP"}}, "/total", "unknown_field"),
    ({"a/b~c": 1}, "/a~1b~0c", "unknown_field"),
    ({"lines": [LINE, {**LINE, "unit_price": "0.01"}]}, "/lines/1/unit_price", "unknown_field"),
    ({"lines": None}, "/lines", "null"),
    ({"lines": []}, "/lines", "too_short"),
    ({"lines": {}}, "/lines", "wrong_type"),
    ({"lines": "MUG"}, "/lines", "wrong_type"),
    ({"lines": [[]]}, "/lines/0", "wrong_type"),
    ({"lines": ["MUG"]}, "/lines/0", "wrong_type"),
    ({"lines": [LINE] * 2001}, "/lines", "too_long"),
    ({"lines": [{"sku": "MUG"}]}, "/lines/0/quantity", "required"),
    *(
        ({"lines": [{"sku": "MUG", "quantity": quantity}]}, "/lines/0/quantity", code)
        for quantity, code in [
            ("1", "wrong_type"),
            (True, "wrong_type"),
            (1.0, "wrong_type"),
            (None, "null"),
            ([1], "wrong_type"),
            (0, "out_of_range"),
            (-1, "out_of_range"),
            (2**31, "out_of_range"),
            (10**400, "out_of_range"),
        ]
    ),
    *(
        ({"lines": [{"sku": sku, "quantity": 1}]}, "/lines/0/sku", code)
        for sku, code in [
            (1, "wrong_type"),
            (True, "wrong_type"),
            ("", "blank"),
            ("  ", "blank"),
            ("M" * 65, "too_long"),
            ("MU\0G", "forbidden_character"),
            ("MU\x7fG", "forbidden_character"),
            ("\ud800", "forbidden_character"),
        ]
    ),
    ({"payment_method": 1}, "/payment_method", "wrong_type"),
    ({"payment_method": None}, "/payment_method", "null"),
    ({"ship_to": None}, "/ship_to", "null"),
    ({"ship_to": []}, "/ship_to", "wrong_type"),
    (recipient(country=44), "/ship_to/country", "wrong_type"),
    (recipient(email="ann"), "/ship_to/email", "invalid"),
    (recipient(name="Ann\r\nBcc: all@example.org"), "/ship_to/name", "forbidden_character"),
    (recipient(phone="1"), "/ship_to/phone", "unknown_field"),
]


def test_a_wrong_body_is_refused_where_it_is_wrong(ann: Client):
    for fields, pointer, code in WRONG:
        response = ann.ask("/orders", an_order(**fields))

        assert response.status_code == 400, (fields, response.content)
        assert errors(response) == {(pointer, code)}, fields
    assert not OrderRow.objects.exists()


def test_a_command_without_content_takes_none(ann: Client):
    order = ann.ask("/orders", an_order()).json()

    response = ann.ask(f"/orders/{order['id']}/confirm", {"force": True})

    assert response.status_code == 400
    assert errors(response) == {("/force", "unknown_field")}
    assert ann.ask(f"/orders/{order['id']}/confirm", {}).status_code == 200


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
lines = st.fixed_dictionaries(
    {"sku": st.sampled_from(["MUG", "mug ", "SAUCER", "CUP"]) | values},
    optional={"quantity": st.integers(-1, 2**32) | values, "unit_price": values},
)
bodies = st.fixed_dictionaries(
    {"lines": st.lists(lines, max_size=4) | values},
    optional={
        "payment_method": st.sampled_from(["tok_ok", ""]) | values,
        "ship_to": st.fixed_dictionaries(
            {
                name: st.sampled_from(["GB", "a@example.org"]) | values
                for name in ("country", "name", "email", "address")
            }
        )
        | values,
        "customer_id": values,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=bodies | values)
def test_no_body_whatever_is_answered_by_an_error_of_ours(ann: Client, body: Any):
    response = ann.ask("/orders", body)

    assert response.status_code in {201, 400, 422}, response.content


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(["orders", "catalogue", "inventory"]),
    parameters=st.dictionaries(
        st.sampled_from(
            ["limit", "cursor", "sort", "status", "number", "placed_after", "sku", "name", "kind"]
        ),
        st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")),
        max_size=3,
    ),
)
def test_no_parameter_whatever_is_answered_by_an_error_of_ours(ann: Client, path: str, parameters: Any):
    response = ann.read(f"/{path}", **parameters)

    assert response.status_code in {200, 400}, response.content
