"""Random days on random plans, for both readings of the rules to go through."""
