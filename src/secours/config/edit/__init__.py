"""Edits of probes.yaml: text in, text out; all that an edit does not mean stays."""
