"""Public ids: what addresses, links and the API call a row."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz023456789"  # 32 signs, none that is easily misread


def new_public_id() -> str:
    """12 random letters and digits (60 bits): cannot be guessed or counted through."""
    # One call to the system for all 12: secrets.choice makes two for each letter.
    return "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(12))
