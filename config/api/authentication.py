"""Who asks? A session, a JWT, or a guest's token for one order; the log names them by the same word as here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core import signing
from rest_framework import authentication, exceptions
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from events.actors import actor_of
from events.execution import actor

GUEST = "Guest"
_SALT = "config.api.guest"
# As long as an order may take to arrive.
_GUEST_SECONDS = 60 * 24 * 60 * 60


class TokenAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> Any:
        try:
            found = super().authenticate(request)
        except (ValueError, TypeError) as error:
            raise exceptions.AuthenticationFailed("The token names nobody.") from error
        if found is not None:
            actor.set(actor_of(found[0]))
        return found


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session; unsafe methods need the CSRF token. The actor was set by the middleware."""


class Guest(AnonymousUser):
    """Somebody without an account who holds the token for one order, placed or to be placed."""

    is_authenticated = True  # type: ignore[assignment]  # known by a token, not by a name

    def __init__(self, order_id: UUID) -> None:
        super().__init__()
        self.order_id = order_id
        self.pk = f"guest:{order_id}"  # type: ignore[assignment]  # scopes what belongs to a user


class GuestAuthentication(authentication.BaseAuthentication):
    """`Authorization: Guest <token>`: in a header, because addresses stand in logs and histories."""

    def authenticate(self, request: Request) -> tuple[Guest, None] | None:
        word, _, token = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != GUEST.lower():
            return None
        try:
            guest = Guest(UUID(signing.loads(token.strip(), salt=_SALT, max_age=_GUEST_SECONDS)))
        except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
            raise exceptions.AuthenticationFailed("The guest token is not valid or has expired.") from error
        actor.set(str(guest.pk))
        return guest, None

    def authenticate_header(self, request: Request) -> str:
        return GUEST


def guest_token(order_id: UUID) -> str:
    """Proof that its holder may place and see this one order."""
    return signing.dumps(str(order_id), salt=_SALT)
