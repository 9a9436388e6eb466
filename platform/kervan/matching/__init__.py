"""Matching: which exporters fit a request, and why."""
