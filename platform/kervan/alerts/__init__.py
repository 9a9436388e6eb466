"""Alerts: saved wishes to hear of requests, and the ledger of what was told to whom."""
