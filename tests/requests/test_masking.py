"""Contact data in texts of requests is found however it is written, and figures of trade are left alone."""

import time

import pytest

from kervan.requests.masking import MASK, mask


@pytest.mark.parametrize(
    "text",
    [
        "jonas@nordlicht.example",
        "JONAS.PETERSEN+towels@nord-licht.co.uk",
        "jonas＠nordlicht.example",
        "jonas@nord\u200blicht.example",
        "jonas (at) nordlicht.com",
        "jonas [at] nordlicht [dot] com",
        "jonas at nordlicht dot com",
        "https://nordlicht.example/rfq?id=1",
        "www.nordlicht.com",
        "nordlicht-handel.de",
        "t.me/nordlicht",
        "wa.me/491512345678",
        "+49 40 123 456 78",
        "0049 40 12345678",
        "+90 (212) 555 44 33",
        "＋49 151 23456789".replace("＋", "+"),
        "+٤٩ ١٥١ ٢٣٤٥٦٧٨٩",
        "Tel: 040 1234567",
        "Telefon 0212-555 44 33",
        "WhatsApp 0151 23456789",
        "jonas﹫nordlicht․de",
        "jonas@nordlicht。de",
        "jonas@nord\u034flicht\ufe0f.example",
        "jonas <at> nordlicht <dot> com",
        "jonas -at- nordlicht -dot- com",
        "nordlicht (dot) com",
        "nordlicht dot com",
        "nordlicht . com",
        "nordlicht.trade",
        "müller-handel.de",
        "fb.com/nordlicht",
        "@nordlicht_handel",
        "Instagram @nordlicht",
        "Skype: live:jonas.petersen",
        "WeChat ID jonas1990",
        "00 49 40 12345678",
        "+49_40_123_456_78",
        "⁺⁴⁹ ⁴⁰ ¹²³⁴⁵⁶⁷⁸",
        "plus 49 40 12345678",
        "Ph: 040 1234567",
        "Cep: 0532 555 44 33",
        "0532 555 44 33",
        "call me on 05325554433",
        "tel 040*123*45*67",
        "☎ 040 1234567",
        "电话 040 1234567",
    ],
)
def test_contact_data_is_masked(text: str) -> None:
    masked = mask(f"Please write: {text} before Friday")
    assert MASK in masked.text
    assert len(masked.found) >= 1
    assert masked.text.startswith("Please write:")
    assert masked.text.endswith("before Friday")
    digits = [sign for sign in masked.text if sign.isdigit()]
    assert len(digits) <= 2
    assert "nordlicht.com" not in masked.text


@pytest.mark.parametrize(
    "text",
    [
        "HS 6302.60.00.00.11 or 6302 60",
        "400 pieces, 500 g/m², 50 x 100 cm",
        "12.500 kg at EUR 3.80, budget 1.250.000",
        "Delivery from 2026-11-22 to 22.12.2026",
        "ISO 22000:2018, OEKO-TEX Standard 100, EN 14683:2019+AC:2019",
        "GTIN 8690000000005",
        "Look at the drawing.pdf, e.g. page 3, approx. 20 t/month",
        "Boxes of 24 x 1.5 l, 18.9 l bottles",
        "We meet at noon at the fair",
        "Telescopic poles 3 m",
        "ölkanister 5l ve 18l, İzmir'den",
        "Polka-dot-pattern or polka dot in red, 400 pcs @ EUR 3.80, 200 pcs @3.70",
        "HS 6302 60 00 00 11, 2008 19 00 00 90, order of 00 rolls",
        "Çelik boru, ölçü 1½ inç. Net ağırlık 12.500 kg; 40/60/80 cm",
        "500 g/m², Ø 32 mm, 5 × 10⁶ adet, №3, ①",
        "Signal red (RAL 3020), plus 20 % reserve, plus 2 samples",
        "Lots of 0500 100 20 g, 05 2026, 0.532 kg",
    ],
)
def test_figures_of_trade_are_left_alone(text: str) -> None:
    assert mask(text) == type(mask(text))(text, ())


def test_several_are_told_word_for_word() -> None:
    masked = mask("a@firm.example and b@firm.example, see www.firm.example")
    assert masked.found == ("a@firm.example", "b@firm.example", "www.firm.example")
    assert masked.text == f"{MASK} and {MASK}, see {MASK}"


@pytest.mark.alone
def test_a_long_hostile_text_takes_no_time_to_speak_of() -> None:
    for text in (
        "a" * 5000,
        "@" * 5000,
        "a.b@" * 1250,
        "+1 " * 1600,
        "www." * 1250,
        "tel " * 1250,
        "a at b " * 700,
        "a" * 500_000,
        "+49 40 123 " * 50_000,
    ):
        began = time.perf_counter()
        mask(text)
        assert time.perf_counter() - began < 0.5
