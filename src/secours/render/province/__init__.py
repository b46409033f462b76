"""Screens of a province: every site in its place, and common causes."""
