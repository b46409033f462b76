"""Orders for silence, and the report upwards, in words."""
