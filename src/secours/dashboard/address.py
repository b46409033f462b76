"""The address of a page, and what it asks for: it outlives us, and can be sent on."""

import streamlit as st
from msgspec import Struct
from starlette.requests import Request


class Address(Struct, frozen=True):
    """The name of a page, and what is asked of it."""

    page: str
    asked: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """Return what is asked under a name, if anything; the last of several."""
        values = self.all(name)
        return values[-1] if values else None

    def all(self, name: str) -> list[str]:
        """Return everything that is asked under a name."""
        return [value for asked, value in self.asked if asked == name and value]


def of_viewer(page: str) -> Address:
    """Return the address that whoever looks has open."""
    query = st.query_params
    asked = [(name, value) for name in query for value in query.get_all(name)]
    return Address(page, tuple(asked))


def of_request(page: str, request: Request) -> Address:
    """Return the address that a browser asks for."""
    return Address(page, tuple(request.query_params.multi_items()))
