"""Paperbot: Daily Papers to the right person, once, with the reason."""
