"""The Common Alerting Protocol: what other organisations warn us of."""
