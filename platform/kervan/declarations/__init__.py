"""The way out of the country: carriers, hand-over, the customs declaration (ETGB), and the VAT refund after it."""
