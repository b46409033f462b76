"""The wall as one plain page, for what runs no script."""
