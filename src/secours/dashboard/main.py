"""The script that Streamlit runs for every viewer: which page is at which address."""

import gc
from collections.abc import Callable

import streamlit as st

from secours.dashboard.pages import VIEWS
from secours.dashboard.view import View, show


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Take what was imported out of the garbage collector's sight, once.

    It is looked through again and again otherwise, and never found to be garbage.
    """
    gc.collect()
    gc.freeze()


def home() -> None:
    """Go to what to use now: the page at `/` has no address of its own."""
    st.switch_page(PAGES["now"], query_params=st.query_params.to_dict())


def page_of(view: View) -> Callable[[], None]:
    """Return what draws a page."""

    def page() -> None:
        show(view)

    return page


PAGES = {
    name: st.Page(page_of(view), title="Secours", url_path=name)
    for name, view in VIEWS.items()
}
HOME = st.Page(home, title="Secours", default=True)

st.set_page_config(page_title="Secours", layout="wide")
settle()
st.navigation([HOME, *PAGES.values()], position="hidden").run()
