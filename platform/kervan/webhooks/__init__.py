"""Webhooks: an organisation's own programs hear of what happens to its orders, inquiries and documents."""
