"""Notices to people who look at no screen: content, time and targets."""
