"""Declarations that a test makes are its own."""

from tests.support.declarations import declarations

__all__ = ["declarations"]
