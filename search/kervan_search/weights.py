"""Every number that ranks results, for both engines. Meilisearch uses only their order; tantivy their values."""

# Where a word stands.
TITLE = 3.0
KEYWORDS = 2.4
TEXTS = 2.0
CODE = 30.0

# How it stands there, against the literal word (1.0).
STEM = 0.85
PREFIX = 0.6
SYNONYM = 0.5
TYPO = {1: 0.4, 2: 0.2}
OTHER_FIRST_LETTER = 0.7

# How much of the weaker fields is added to the strongest one.
TIE = 0.1

# Words of the question side by side, in its order, in the title.
PHRASE = 1.0

# The rows themselves: at most this share is added to a score.
QUALITY = 0.06
FRESHNESS = 0.06
FRESH_DAYS = 365.0  # age at which half of the freshness is gone

# Typing errors allowed by length of the word.
ONE_TYPO_FROM = 4
TWO_TYPOS_FROM = 8

# Fewer results than this and other spellings of known words are tried, then some of the words will do: this share.
FEW = 3
SOME_WORDS = 0.67
