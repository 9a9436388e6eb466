"""Inquiries (RFQ) to exporters, their quotes with revisions, and what became of them."""
