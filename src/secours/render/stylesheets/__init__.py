"""The stylesheets of the screens and of paper."""
