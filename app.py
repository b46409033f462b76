"""Start with: streamlit run app.py. Works from a clone, installed or not."""

import importlib.util
import sys
from pathlib import Path

import streamlit as st

if importlib.util.find_spec("secours") is None:
    sys.path.insert(0, str(Path(__file__).parent / "src"))

from secours.dashboard.server import MAIN, engine_beside, middleware, routes

app = st.App(MAIN, lifespan=engine_beside, routes=routes(), middleware=middleware())
