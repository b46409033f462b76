"""probes.yaml as text: a tree of values with their places, and mistakes in it."""
