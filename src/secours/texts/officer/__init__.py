"""The words of the duty officer's pages, in the four languages."""
