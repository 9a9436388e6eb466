"""E-mail addresses: in one form, unique by a key, and what their domain tells about the firm."""

from dataclasses import dataclass
from functools import cache

from email_validator import EmailNotValidError, validate_email

from kervan.trade import domains
from kervan.trade.errors import N_, TradeError

LONGEST = 254
"""Characters of an address: RFC 5321 with erratum 1690."""

# Families of free mail under many endings (hotmail.de, yahoo.co.jp), by the label that is registered.
_FREE_FAMILIES = frozenset({"gmx", "hotmail", "outlook", "rocketmail", "yahoo", "yandex", "ymail"})
_FREE = frozenset(
    {
        "126.com", "163.com", "abv.bg", "aol.com", "bk.ru", "bol.com.br", "centrum.cz", "daum.net",
        "fastmail.com", "foxmail.com", "free.fr", "freenet.de", "gmail.com", "googlemail.com", "hanmail.net",
        "hey.com", "icloud.com", "inbox.lv", "inbox.ru", "interia.pl", "laposte.net", "libero.it", "list.ru",
        "live.be", "live.ca", "live.cn", "live.co.uk", "live.com", "live.com.au", "live.com.mx", "live.de",
        "live.dk", "live.fr", "live.it", "live.nl", "live.no", "live.se", "mac.com", "mail.bg", "mail.com",
        "mail.ru", "me.com", "msn.com", "mynet.com", "naver.com", "o2.pl", "onet.pl", "orange.fr", "pm.me",
        "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "seznam.cz", "sina.com", "sohu.com",
        "t-online.de", "terra.com.br", "ttmail.com", "tuta.com", "tuta.io", "tutanota.com", "ukr.net",
        "uol.com.br", "virgilio.it", "wanadoo.fr", "walla.co.il", "web.de", "wp.pl", "ya.ru", "zoho.com",
        "zohomail.com",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Email:
    """An address: `shown` to write to and to show, `key` for uniqueness, `domain` in small ASCII letters.

    The tag of name+tag@firma.com belongs to both: mail goes there, so it is another address.
    """

    shown: str
    key: str
    domain: str


def address(text: str) -> Email:
    """The e-mail address that was typed. Nothing is asked of the network. TradeError when it is none.

    Before the @ only ASCII is taken, as most mail servers do; İ and ı there are the slip of a Turkish
    keyboard (İnfo@, ınfo@) and read as i. Several addresses, names in brackets, quotes, control characters
    and IP addresses are refused.
    """
    typed = text.strip(" \t\u00a0")
    if len(typed) > LONGEST:
        raise TradeError(N_("An e-mail address has at most {count} characters."), count=LONGEST)
    if not typed:
        raise TradeError(N_("Enter an e-mail address, for example name@company.com."))
    if not typed.isprintable() or typed.count("@") != 1:
        raise _not_an_address()
    name, _, host = typed.partition("@")
    name = domains.without_dotted_i(name).replace("ı", "i")
    if not name.isascii():
        raise TradeError(
            N_("Only plain letters, digits and . _ - + can stand before the @ of an e-mail address.")
        )
    try:
        found = validate_email(
            f"{name}@{domains.without_dotted_i(host)}", check_deliverability=False, strict=True
        )
    except EmailNotValidError as error:
        raise _not_an_address() from error
    domain = found.ascii_domain.casefold()
    key = f"{found.local_part.casefold()}@{domain}"
    if max(len(found.normalized), len(key)) > LONGEST:
        raise TradeError(N_("An e-mail address has at most {count} characters."), count=LONGEST)
    return Email(shown=found.normalized, key=key, domain=domain)


def is_disposable(domain: str) -> bool:
    """Whether mail to the domain, or to one that it lies under, is thrown away after minutes."""
    labels = (domains.ascii_domain(domain) or "").split(".")
    return any(".".join(labels[start:]) in _disposable() for start in range(len(labels) - 1))


def is_free(domain: str) -> bool:
    """Whether anybody can have an address at the domain (gmail.com): it tells nothing about a firm."""
    owner = domains.registrable(domains.ascii_domain(domain) or "")
    return owner is not None and (owner in _FREE or owner.split(".")[0] in _FREE_FAMILIES)


def same_company(email_domain: str, website: str) -> bool:
    """Whether the owner of the mail domain owns the website too: the same registered domain, not a free one.

    The website may be given as a URL or as a bare host name.
    """
    if is_free(email_domain) or is_disposable(email_domain):
        return False
    host = website.partition("://")[2] or website
    host = host.split("/")[0].split("?")[0].split("#")[0].rpartition("@")[2].split(":")[0]
    owners = [domains.registrable(domains.ascii_domain(name.strip()) or "") for name in (email_domain, host)]
    return owners[0] is not None and owners[0] == owners[1]


def _not_an_address() -> TradeError:
    # Never with what was typed: it is personal data and would come back in logs.
    return TradeError(N_("This is not an e-mail address. Write one address, for example name@company.com."))


@cache
def _disposable() -> frozenset[str]:
    from disposable_email_domains import blocklist  # ten thousand names that few processes need

    return frozenset(blocklist)
