"""Metrics of Secours for Prometheus and the like, by the same names everywhere."""
