"""The pages of the journal: its entries, its incidents, and the shift."""
