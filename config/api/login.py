"""How does one log in? With a session for browsers, with tokens for other clients, as a guest with neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import authenticate, get_user, login, logout
from django.contrib.auth.models import User
from django.middleware.csrf import get_token
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import RefreshToken

from config.api.authentication import guest_token
from events.api import View
from events.ids import new_id
from events.strict import Nothing, StrictSerializer, Text, body_of


@extend_schema_serializer(
    examples=[OpenApiExample("credentials", value={"username": "ann", "password": "correct horse"})]
)
class Credentials(StrictSerializer):
    username = Text(max_length=150)
    password = Text(max_length=1000, trim_whitespace=False)


@extend_schema_serializer(examples=[OpenApiExample("refresh", value={"refresh": "eyJhbGciOi…"})])
class Refreshing(StrictSerializer):
    refresh = Text(max_length=4000)


@extend_schema_serializer(
    examples=[
        OpenApiExample("logged in", value={"username": "ann", "is_staff": False, "csrf_token": "rCk2…"})
    ]
)
class SessionDocument(serializers.Serializer[Any]):
    """Who is logged in, and the token that unsafe methods of a session must send as X-CSRFToken."""

    username = serializers.CharField(allow_null=True)
    is_staff = serializers.BooleanField()
    csrf_token = serializers.CharField()


@extend_schema_serializer(
    examples=[OpenApiExample("tokens", value={"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"})]
)
class Tokens(serializers.Serializer[Any]):
    """`access` is sent as `Authorization: Bearer …`; `refresh` gets a new one when it has expired."""

    access = serializers.CharField()
    refresh = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "guest", value={"order_id": "01936f0e-8a1c-7c3e-9f52-6a1d2b3c4d5e", "token": "IjAxOTM2…"}
        )
    ]
)
class GuestDocument(serializers.Serializer[Any]):
    """`token` is sent as `Authorization: Guest …`; with it one order can be placed, this one, and seen."""

    order_id = serializers.UUIDField()
    token = serializers.CharField()


class Open(View):
    """For everybody: an expired token must not stand in the way of a new one."""

    permission_classes = [AllowAny]
    authentication_classes: Sequence[type[BaseAuthentication]] = []


class SessionView(Open):
    """The session of a browser."""

    @extend_schema(
        operation_id="session_get", summary="Who is logged in; a CSRF token", responses=SessionDocument
    )
    def get(self, request: Request) -> Response:
        return _session(request)

    @extend_schema(
        operation_id="session_login", summary="Log in", request=Credentials, responses=SessionDocument
    )
    def post(self, request: Request) -> Response:
        # Else another site could log a visitor in under an account of its own.
        _check_csrf(request)
        login(request._request, _user(request))
        return _session(request)

    @extend_schema(operation_id="session_logout", summary="Log out", request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        _check_csrf(request)
        logout(request._request)
        return Response(status=204)


class TokensView(Open):
    """Tokens for clients that keep no session."""

    @extend_schema(operation_id="tokens_create", summary="Get tokens", request=Credentials, responses=Tokens)
    def post(self, request: Request) -> Response:
        refresh = RefreshToken.for_user(_user(request))
        return Response({"access": str(refresh.access_token), "refresh": str(refresh)})


class RefreshView(Open):
    @extend_schema(
        operation_id="tokens_refresh", summary="Get a new access token", request=Refreshing, responses=Tokens
    )
    def post(self, request: Request) -> Response:
        told = body_of(request, Refreshing)
        serializer = TokenRefreshSerializer(data=told)
        try:
            serializer.is_valid(raise_exception=True)
        except TokenError as error:
            raise AuthenticationFailed("The refresh token is not valid or has expired.") from error
        return Response({"refresh": told["refresh"], **serializer.validated_data})


class GuestsView(Open):
    """An order without an account."""

    @extend_schema(
        operation_id="guests_create",
        summary="Become a guest",
        request=Nothing,
        responses={201: GuestDocument},
    )
    def post(self, request: Request) -> Response:
        body_of(request, Nothing)
        order_id = new_id()
        return Response({"order_id": str(order_id), "token": guest_token(order_id)}, status=201)


def _user(request: Request) -> User:
    told = body_of(request, Credentials)
    user = authenticate(request._request, username=told["username"], password=told["password"])
    if not isinstance(user, User):
        raise AuthenticationFailed("User name or password is wrong.")
    return user


def _session(request: Request) -> Response:
    # DRF has put nobody in the place of the session's user: it authenticates by its own classes, here by none.
    user = get_user(request._request)
    return Response(
        {
            "username": user.get_username() or None,
            "is_staff": getattr(user, "is_staff", False),
            "csrf_token": get_token(request._request),
        }
    )


def _check_csrf(request: Request) -> None:
    check = CSRFCheck(lambda unused: None)  # type: ignore[arg-type]  # as DRF's SessionAuthentication does
    check.process_request(request._request)
    if reason := check.process_view(request._request, lambda: None, (), {}):  # type: ignore[arg-type, return-value]
        raise PermissionDenied(f"CSRF Failed: {reason}")
