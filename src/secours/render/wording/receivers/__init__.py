"""Words for who hears the channels of a line."""
