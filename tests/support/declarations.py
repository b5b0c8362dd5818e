"""What a test declares is gone after it: messages, upcasters and handlers of its own."""

import pytest

from events import handling, messages, upcasting
from events.registry import registry


@pytest.fixture
def declarations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the test, declarations are added to those of the toys; afterwards they are forgotten."""
    monkeypatch.setattr(messages, "_types", dict(messages._types))
    monkeypatch.setattr(upcasting, "_upcasters", dict(upcasting._upcasters))
    monkeypatch.setattr(handling, "_calls", dict(handling._calls))
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    monkeypatch.setattr(registry, "_obeys", dict(registry._obeys))
    listens = {name: list(handlers) for name, handlers in registry._listens.items()}
    monkeypatch.setattr(registry, "_listens", listens)
