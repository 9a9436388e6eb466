"""The exporter inventory: firms, their claims and how far they are verified."""
