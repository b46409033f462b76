"""Pure reasoning: values in, values out. No clock, no file, no network."""
