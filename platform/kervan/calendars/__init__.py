"""Calendars: days and clock times in zones, how pages show them, and the .ics that calendar programs read."""
