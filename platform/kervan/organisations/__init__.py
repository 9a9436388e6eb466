"""Organisations: firms, posts, associations, the Ministry; their members, invitations and API keys."""
