"""What the pages say that reckon with the plan: redundancy, past outages."""
