"""Kervan: Türkiye's open national B2B export platform."""

__version__ = "0.1.0"
