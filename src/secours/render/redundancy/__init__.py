"""The parts of the page of the plan: what if, its strength, what needs what."""
