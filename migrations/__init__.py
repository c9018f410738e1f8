"""Numbered migrations; each has one idea and imports nothing of the application."""
