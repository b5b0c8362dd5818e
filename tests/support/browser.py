"""A real browser on the test's own server: Debian's chromium, or whatever is on PATH."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def browser_page(*, dark: bool = False, width: int = 1280) -> Iterator[Page]:
    """A page in a fresh browser; one that asks another server for anything fails the test."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        try:
            yield page
        finally:
            browser.close()
            if settings.configured:
                # Beside playwright's event loop Django has opened connections of its own.
                connections.close_all()
    strangers = [
        url for url in asked if "//localhost" not in url and "//127.0.0.1" not in url and "data:" not in url
    ]
    assert not strangers, f"the admin must work offline: {strangers}"
