"""The sections of probes.yaml: what stands in each, and what it may say."""
