"""A look at every invariant after each test."""

from collections.abc import Iterator

import pytest

from tests.support.truth import offences


@pytest.fixture(autouse=True)
def always_true(transactional_db: None) -> Iterator[None]:
    yield
    assert offences() == {}
