"""Where the people of the demo work: posts, associations, importers. Firms and persons are invented."""

from collections.abc import Mapping

import msgspec

MINISTRY = "T.C. Ticaret Bakanlığı"

# Country of duty -> city. Most are not manned: an administrator invites somebody.
POSTS: Mapping[str, str] = {
    "DE": "Berlin",
    "NL": "Den Haag",
    "FR": "Paris",
    "GB": "London",
    "IT": "Roma",
    "ES": "Madrid",
    "PL": "Warszawa",
    "SE": "Stockholm",
    "RO": "București",
    "GR": "Athína",
    "AE": "Abu Dhabi",
    "SA": "Riyadh",
    "QA": "Doha",
    "EG": "Cairo",
    "MA": "Rabat",
    "US": "Washington",
    "CA": "Ottawa",
    "JP": "Tokyo",
    "KR": "Seoul",
    "KZ": "Astana",
    "ZA": "Pretoria",
}

ATTACHES: Mapping[str, tuple[str, str]] = {
    "CA": ("ottawa", "Nilüfer Sayarlı"),
    "EG": ("cairo", "Cihan Derinöz"),
    "GB": ("london", "Esra Gündoğan"),
    "GR": ("athina", "Barış Koruluk"),
    "JP": ("tokyo", "Sinem Alatepe"),
    "KR": ("seoul", "Levent Özdoruk"),
    "KZ": ("astana", "Nazlı Beydağ"),
    "MA": ("rabat", "Koray Taşpınar"),
    "PL": ("warszawa", "Burcu Ekinözü"),
    "QA": ("doha", "Alper Sönmezay"),
    "RO": ("bucuresti", "Gizem Karayel"),
    "SA": ("riyadh", "Oğuz Demirkıran"),
    "SE": ("stockholm", "Pelin Akıncıoğlu"),
    "US": ("washington", "Ufuk Sarıdağ"),
    "ZA": ("pretoria", "Ceyda Ulubey"),
}
"""Country -> e-mail name and name of who works at its post and has posted requests."""

ASSOCIATIONS: Mapping[str, str] = {
    "AKİB": "Akdeniz İhracatçı Birlikleri",
    "BAİB": "Batı Akdeniz İhracatçılar Birliği",
    "DAİB": "Doğu Anadolu İhracatçılar Birliği",
    "DENİB": "Denizli İhracatçılar Birliği",
    "DKİB": "Doğu Karadeniz İhracatçılar Birliği",
    "EİB": "Ege İhracatçı Birlikleri",
    "GAİB": "Güneydoğu Anadolu İhracatçı Birlikleri",
    "KİB": "Karadeniz İhracatçı Birlikleri",
    "OAİB": "Orta Anadolu İhracatçı Birlikleri",
    "UİB": "Uludağ İhracatçı Birlikleri",
    "İMMİB": "İstanbul Maden ve Metaller İhracatçı Birlikleri",
    "İTKİB": "İstanbul Tekstil ve Konfeksiyon İhracatçı Birlikleri",
    "İİB": "İstanbul İhracatçı Birlikleri",
}

ORGANISERS: Mapping[str, tuple[str, str]] = {
    "AKİB": ("akib", "Ferhat Toroslu"),
    "BAİB": ("baib", "Yasemin Korkutelli"),
    "EİB": ("eib", "Hande Karşıyakalı"),
    "GAİB": ("gaib", "Mehmet Ali Araban"),
    "KİB": ("kib", "Sevgi Pazarsu"),
    "UİB": ("uib", "Engin Mudanyalı"),
    "İMMİB": ("immib", "Tuğçe Beykozlu"),
    "İTKİB": ("itkib", "Serhat Merterli"),
    "İİB": ("iib", "Canan Silivri"),
}
"""Association -> e-mail name and name of who holds its events; those of DENİB and OAİB are among the accounts."""

OWNERS: Mapping[str, tuple[str, str]] = {
    "buldan-sari-dokuma": ("buldan", "Fadime Sarıdokur"),
    "yildirimtepe-perde": ("yildirimtepe", "Koray Yıldırımtepe"),
    "babadag-mekik": ("babadag", "Süleyman Mekikçi"),
    "zincirlitepe-hali": ("zincirlitepe", "Rukiye Zincirli"),
    "yahyali-kirkdugum": ("yahyali", "Bekir Kırkdüğüm"),
    "porsukova-seramik": ("porsukova", "Nurcan Porsuklu"),
    "mavihan-cini": ("mavihan", "İsmet Çinili"),
    "berrakcag-cam": ("berrakcag", "Özlem Berrakçay"),
    "kestaneli-mobilya": ("kestaneli", "Hüseyin Kestaneli"),
    "erciyalti-yatak": ("erciyalti", "Gamze Erciyaltı"),
    "celikkazan-mutfak": ("celikkazan", "Veysel Çelikkazan"),
    "karadovme-bakir": ("karadovme", "Zehra Karadövme"),
    "kiyicelik-bicak": ("kiyicelik", "Turgut Kıyıçelik"),
}
"""Exporter -> e-mail name and name of its owner, of firms that take part in meeting days."""


class Firm(msgspec.Struct, frozen=True):
    """An importer of the demo and its owner."""

    owner: str
    """E-mail name of its owner at the demo's domain."""
    name: str
    language: str
    firm: str
    country: str
    city: str
    role: str
    sectors: tuple[str, ...]
    headings: tuple[str, ...]
    languages: tuple[str, ...]
    standing: str = "ACTIVE"
    """ACTIVE, ASKED (active, waits for its verification), VERIFIED or SUSPENDED."""


IMPORTERS: tuple[Firm, ...] = (
    Firm("importer", "Lena Hartwig", "en", "Hartwig & Lindau Textilhandel GmbH", "DE", "Leipzig", "Head of purchasing",
         ("home-textiles",), ("6302", "5702"), ("de", "en"), "ASKED"),
    Firm("verified", "Marijke Dijkhuis", "en", "Dijkhuis Wonen B.V.", "NL", "Utrecht", "Owner",
         ("home-textiles", "furniture"), ("6302", "9403"), ("nl", "en"), "VERIFIED"),
    Firm("pieter.vonk", "Pieter Vonkeman", "en", "Vonkeman Horeca B.V.", "NL", "Rotterdam", "Buyer",
         ("home-textiles",), ("6302",), ("nl", "en"), "ASKED"),
    Firm("claire.vasseur", "Claire Vasseur", "en", "Vasseur Épicerie Fine SARL", "FR", "Lyon", "Managing director",
         ("olive-oil-fats", "nuts-dried-fruit"), ("1509", "0802"), ("fr", "en"), "VERIFIED"),
    Firm("oliver.thackray", "Oliver Thackray", "en", "Thackray Kitchen Supply Ltd", "GB", "Leeds", "Buyer",
         ("kitchenware",), ("7323",), ("en",), "ASKED"),
    Firm("giulia.bonavera", "Giulia Bonavera", "en", "Bonavera Marmi S.r.l.", "IT", "Verona", "Buyer",
         ("natural-stone",), ("6802",), ("it", "en")),
    Firm("inigo.larrazu", "Íñigo Larrazu", "en", "Larrazu Hostelería S.L.", "ES", "Bilbao", "Purchasing",
         ("home-textiles",), ("6302",), ("es", "en")),
    Firm("agnieszka.wolna", "Agnieszka Wolna", "en", "Wolna Dom Sp. z o.o.", "PL", "Łódź", "Category manager",
         ("carpets", "home-textiles"), ("5702", "5703"), ("pl", "en"), "VERIFIED"),
    Firm("astrid.lovgren", "Astrid Lövgren", "en", "Lövgren Inredning AB", "SE", "Göteborg", "Owner",
         ("furniture",), ("9403",), ("sv", "en")),
    Firm("khalid.almazmi", "Khalid Al Mazmi", "en", "Al Mazmi General Trading LLC", "AE", "Dubai", "General manager",
         ("confectionery-bakery", "nuts-dried-fruit"), ("1704", "0813"), ("ar", "en"), "VERIFIED"),
    Firm("dana.whitcombe", "Dana Whitcombe", "en", "Whitcombe Outfitters Inc.", "US", "Portland", "Sourcing lead",
         ("clothing", "leather-footwear"), ("6109", "6403"), ("en",)),
    Firm("haruka.minase", "Haruka Minase", "en", "Minase Shoji K.K.", "JP", "Osaka", "Import manager",
         ("ceramics-glass",), ("6911",), ("ja", "en"), "ASKED"),
    Firm("aigerim.satpa", "Aigerim Satpa", "en", "Satpa Stroi TOO", "KZ", "Almaty", "Director",
         ("building-materials-metals",), ("7308",), ("kk", "ru"), "SUSPENDED"),
)  # fmt: skip
