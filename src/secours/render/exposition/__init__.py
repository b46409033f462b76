"""Everything that Prometheus and its like read of us, by the same names everywhere."""
