"""The pages of the officer, each a function from values to HTML."""
