"""Who can log in to the demo?"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User

OPERATOR, CUSTOMER = "operator", "customer"


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user of the demo; the password is made once and kept in the data directory."""

    name: str
    password: str


def create(data_dir: Path) -> tuple[Login, Login]:
    """An operator who may do everything, and a customer who may order; existing ones get the kept passwords again."""
    logins = tuple(
        Login(name=name, password=_kept(data_dir / f"demo-password-{name}")) for name in (OPERATOR, CUSTOMER)
    )
    for login in logins:
        may_all = login.name == OPERATOR
        user, _ = User.objects.get_or_create(
            username=login.name, defaults={"email": f"{login.name}@example.org"}
        )
        user.is_staff = user.is_superuser = may_all
        if not user.check_password(login.password):
            user.set_password(login.password)
        user.save()
    return logins[0], logins[1]


def _kept(path: Path) -> str:
    if not path.exists():
        # Readable for its owner only, from the first byte on.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    return path.read_text()
