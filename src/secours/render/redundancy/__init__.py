"""Parts of the page of the plan: what-if, strength, picture of needs."""
