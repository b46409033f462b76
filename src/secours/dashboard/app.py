"""The dashboard's server, as `secours up` starts it from an installed package."""

import streamlit as st

from secours.dashboard.server import MAIN, engine_beside, middleware, routes

app = st.App(MAIN, lifespan=engine_beside, routes=routes(), middleware=middleware())
