"""Takes the README's picture of a saga's page: python -m tests.support.pictures ADDRESS USER PASSWORD

ADDRESS is that of a running demo; the newest saga that was turned back is taken.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page

from config.environment import BASE_DIR
from tests.support.browser import browser_page

WHERE = BASE_DIR / "docs" / "images" / "saga.png"


def take(page: Page, address: str, user: str, password: str, *, into: Path = WHERE) -> None:
    page.add_init_script("localStorage.setItem('sidebarDesktopOpen', '0')")
    page.goto(f"{address}/admin/")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").first.fill(password)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{address}/admin/sagas/sagarow/?status__exact=compensated")
    page.locator("#result_list a.op-link").first.click()
    page.locator("svg.saga").wait_for()
    into.parent.mkdir(parents=True, exist_ok=True)
    page.locator("#main").screenshot(path=into, animations="disabled")


if __name__ == "__main__":
    with browser_page(width=1180) as shown:
        take(shown, *sys.argv[1:4])
