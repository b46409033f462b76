"""The words every other room uses, those of the design. Imports nothing of ours."""
