"""Privacy: consents, what the platform knows about a person, and being forgotten."""
