"""Announcements of events to those who agreed to hear of them."""
