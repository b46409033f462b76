"""Address of a page with its query: it outlives us, and can be shared."""

import streamlit as st
from msgspec import Struct
from starlette.requests import Request


class Address(Struct, frozen=True):
    """Page name and query parameters."""

    page: str
    asked: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """Return a query parameter, if any; the last of several."""
        values = self.all(name)
        return values[-1] if values else None

    def all(self, name: str) -> list[str]:
        """Return all values of a query parameter."""
        return [value for asked, value in self.asked if asked == name and value]


def of_viewer(page: str) -> Address:
    """Return the address that the viewer has open."""
    query = st.query_params
    asked = [(name, value) for name in query for value in query.get_all(name)]
    return Address(page, tuple(asked))


def of_request(page: str, request: Request) -> Address:
    """Return the address of a request."""
    return Address(page, tuple(request.query_params.multi_items()))
