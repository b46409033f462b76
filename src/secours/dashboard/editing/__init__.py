"""Forms that change the plan: a draft in the session, saved by the engine alone."""
