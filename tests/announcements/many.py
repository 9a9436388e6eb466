"""Very many importers with somebody who agreed, written by the database itself."""

from kervan.db import execute

COUNTRIES = ("DE", "FR", "GB", "US", "NG", "AE", "JP", "KZ", "NL", "BR")
_FILL = (
    """INSERT INTO organisation (public_id, kind, name, country)
    SELECT 'o' || lpad(n::text, 11, '0'), 'IMPORTER', 'Importer ' || n, ($2::text[])[1 + n % 10]
    FROM generate_series(1, $1::int) n""",
    """INSERT INTO importer (public_id, organisation, legal_name, country, contact_name, standing, sectors, headings)
    SELECT o.public_id, o.id, o.name, o.country, 'Buyer', 'ACTIVE', '{home-textiles}', '{6302}'
    FROM organisation o WHERE o.kind = 'IMPORTER' AND $1::int > 0 AND cardinality($2::text[]) > 0""",
    """INSERT INTO person (public_id, name, email, email_key, email_confirmed_at, language, state)
    SELECT 'p' || lpad(n::text, 11, '0'), 'Buyer Ünlü ' || n, 'b' || n || '@d' || n % 400 || '.example',
        'b' || n || '@d' || n % 400 || '.example', now(), CASE WHEN n % 4 = 0 THEN 'tr' ELSE 'en' END, 'ACTIVE'
    FROM generate_series(1, $1::int) n WHERE cardinality($2::text[]) > 0""",
    """INSERT INTO membership (person, organisation, role, valid_from)
    SELECT p.id, o.id, 'OWNER', '2020-01-01' FROM person p
    JOIN organisation o ON o.public_id = 'o' || substr(p.public_id, 2)
    WHERE $1::int > 0 AND cardinality($2::text[]) > 0""",
    """INSERT INTO consent (person, purpose, text_version, language, evidence)
    SELECT p.id, 'events', '1', p.language, '{}' FROM person p
    JOIN organisation o ON o.public_id = 'o' || substr(p.public_id, 2)
    WHERE $1::int > 0 AND cardinality($2::text[]) > 0""",
)


async def make_many(count: int) -> None:
    """So many importers with a person each, all of whom agreed; buyer N has the address bN@d….example."""
    for statement in _FILL:
        await execute(statement, count, list(COUNTRIES))
    await execute("ANALYZE")
