"""Registrations for events: places, waiting lists, tickets, attendance, surveys."""
