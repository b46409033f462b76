"""The sections of probes.yaml: their keys and checks."""
