"""Importers: firms abroad that buy, how far they are known, and what their people keep."""
