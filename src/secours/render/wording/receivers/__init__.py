"""Who hears the channels of a line, in words."""
