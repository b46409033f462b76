"""probes.yaml as text: a tree of values with places, and its mistakes."""
