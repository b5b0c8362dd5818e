"""The committed document is what the code says; `make openapi` writes it anew."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it publishes no types

from tests.integration.api.conftest import Client, an_order, placed

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load(COMMITTED.read_text())


def test_the_committed_document_is_the_one_that_is_served():
    generated = StringIO()

    call_command("spectacular", validate=True, fail_on_warn=True, stdout=generated)

    assert generated.getvalue() == COMMITTED.read_text(), "run: make openapi"


def test_it_is_openapi_3_1_and_every_operation_shows_examples(document: Any):
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    assert content.get("examples"), f"{method} {path} {status} has no example"


def test_examples_are_what_their_schemas_say(document: Any):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
            for content in (each for body in bodies for each in body.get("content", {}).values()):
                for name, example in content.get("examples", {}).items():
                    refuse(document, content["schema"], shown(document, example), f"{method} {path} {name}")


def test_answers_are_what_the_document_says(ann: Client, manager: Client, document: Any):
    order = placed(ann)
    path = "/orders/{order_id}"
    answers = {
        ("get", "/orders"): ann.read("/orders"),
        ("post", "/orders"): ann.ask("/orders", an_order()),
        ("get", path): ann.read(f"/orders/{order['id']}"),
        ("get", f"{path}/timeline"): manager.read(f"/orders/{order['id']}/timeline"),
        ("get", f"{path}/contact"): ann.read(f"/orders/{order['id']}/contact"),
        ("post", f"{path}/confirm"): ann.ask(f"/orders/{order['id']}/confirm"),
        ("post", f"{path}/cancel"): ann.ask(f"/orders/{order['id']}/cancel", {"reason": "too dear"}),
        ("get", "/catalogue"): ann.read("/catalogue"),
        ("get", "/catalogue/{sku}"): ann.read("/catalogue/mug"),
        ("get", "/inventory"): manager.read("/inventory"),
        ("get", "/session"): ann.read("/session"),
        ("post", "/guests"): ann.ask("/guests"),
        ("post", "/tokens"): ann.ask("/tokens", {"username": "ann", "password": "correct horse"}),
    }
    for (method, address), answer in answers.items():
        told = document["paths"][f"/api/v1{address}"][method]["responses"][str(answer.status_code)]
        refuse(document, told["content"]["application/json"]["schema"], answer.json(), f"{method} {address}")


def test_problems_are_what_the_document_says(ann: Client, anonymous: Client, document: Any):
    for answer in (anonymous.read("/orders"), ann.ask("/orders", {}), ann.read("/orders", x="1")):
        refuse(document, {"$ref": "#/components/schemas/Problem"}, answer.json(), answer.content)


def test_the_documentation_is_readable_offline(anonymous: Client):
    page = anonymous.get("/api/docs/")

    assert page.status_code == 200
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)""", page.content.decode())
    assert addresses
    assert not [address for address in addresses if "//" in address]
    assert anonymous.get("/api/schema/").status_code == 200


def refuse(document: Any, schema: Any, value: Any, where: object) -> None:
    validator = Draft202012Validator({**schema, "components": document["components"]})
    assert [error.message for error in validator.iter_errors(value)] == [], where


def shown(document: Any, example: Any) -> Any:
    """The value of an example, which may stand among the components."""
    name = example.get("$ref", "").rpartition("/")[2]
    return document["components"]["examples"][name]["value"] if name else example["value"]
