"""The script that Streamlit runs for every viewer: pages by address."""

import gc
from collections.abc import Callable

import streamlit as st

from secours.dashboard.pages import VIEWS
from secours.dashboard.view import View, show


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """Exclude all imported objects from garbage collection, once.

    Otherwise they are traversed again and again, and are never garbage.
    """
    gc.collect()
    gc.freeze()


def home() -> None:
    """Go to the page of the present: `/` has no page."""
    st.switch_page(PAGES["now"], query_params=st.query_params.to_dict())


def page_of(view: View) -> Callable[[], None]:
    """Return the page function."""

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
