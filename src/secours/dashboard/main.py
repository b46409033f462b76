"""The script that Streamlit runs for every viewer: which page is at which address."""

import gc

import streamlit as st

from secours.dashboard import pages
from secours.dashboard.source import look


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Take what was imported out of the garbage collector's sight, once.

    Streamlit collects after every run; without this a refresh takes ten times as long.
    """
    gc.collect()
    gc.freeze()


def wall_page() -> None:
    """Show the wall."""
    pages.wall(look)


def status_page() -> None:
    """Show the state of every channel."""
    pages.status(look)


def home() -> None:
    """Go to the state of the channels: the page at `/` has no address of its own."""
    st.switch_page(STATUS, query_params=st.query_params.to_dict())


WALL = st.Page(wall_page, title="Secours", url_path="wall")
STATUS = st.Page(status_page, title="Secours", url_path="status")
HOME = st.Page(home, title="Secours", default=True)

st.set_page_config(page_title="Secours", layout="wide")
settle()
st.navigation([HOME, WALL, STATUS], position="hidden").run()
