"""The page of a product: what a quantity costs and weighs, what the limits leave, and codes to copy."""

import re

import pytest
from browsing import PHONE, WIDE, Open, Paths
from playwright.sync_api import Page, expect

_SHOWN = ("[data-total]", "[data-gross-shown]", "[data-verdict]", "[data-gauge=weight]", "[data-gauge=value]")


def _shown(page: Page) -> dict[str, str]:
    """What the panel says, as a reader sees it."""
    texts = {part: " ".join(page.locator(part).inner_text().split()) for part in _SHOWN}
    for kind in ("weight", "value"):
        gauge = page.locator(f"[data-gauge={kind}]")
        meter = gauge.get_by_role("meter")
        texts[f"{kind} level"] = gauge.get_attribute("data-level") or ""
        texts[f"{kind} now"] = meter.get_attribute("aria-valuenow") or ""
        texts[f"{kind} width"] = gauge.locator("rect").get_attribute("width") or ""
        texts[f"{kind} text"] = meter.get_attribute("aria-valuetext") or ""
    texts["tier"] = page.locator("tr[aria-current]").inner_text()
    return texts


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_quantity_gives_the_same_figures_while_typing_and_from_the_server(
    open_page: Open, paths: Paths, language: str
) -> None:
    """Within the limits, near them, over the weight and far over both."""
    live, plain = open_page(WIDE), open_page(WIDE, scripts=False)
    path = paths[language]["product"]
    live.goto(path)
    moq = int(live.locator("#quantity").get_attribute("min") or "1")
    step = int(live.locator("[data-quantity]").get_attribute("data-step") or "1")
    seen = set()
    for steps in (0, 1, 20, 60, 200, 2000):
        quantity = moq + steps * step
        live.fill("#quantity", str(quantity))
        assert plain.goto(f"{path}?quantity={quantity}").status == 200
        assert _shown(live) == _shown(plain), quantity
        seen.add(_shown(live)["[data-total]"])
    assert len(seen) == 6


def test_the_panel_says_when_a_limit_is_passed(page: Page, paths: Paths) -> None:
    page.goto(paths["en"]["product"])
    page.fill("#quantity", page.locator("#quantity").get_attribute("min") or "")
    expect(page.locator("[data-verdict]")).to_contain_text("more under micro-export rules")
    moq = int(page.locator("#quantity").get_attribute("min") or "1")
    step = int(page.locator("[data-quantity]").get_attribute("data-step") or "1")
    page.fill("#quantity", str(moq + 10_000 * step))
    expect(page.locator("[data-verdict]")).to_contain_text("over the")
    expect(page.locator("[data-gauge=weight]")).to_have_attribute("data-level", "over")
    colours = page.eval_on_selector_all("[data-gauge] rect", "all => all.map(r => getComputedStyle(r).fill)")
    page.fill("#quantity", str(moq))
    calm = page.eval_on_selector_all("[data-gauge] rect", "all => all.map(r => getComputedStyle(r).fill)")
    assert colours != calm


def test_too_few_are_refused_in_words(page: Page, paths: Paths) -> None:
    page.goto(paths["en"]["product"])
    page.fill("#quantity", "1")
    expect(page.locator("#quantity-problem")).to_contain_text("The smallest order is")
    expect(page.locator("#quantity")).to_have_attribute("aria-invalid", "true")
    page.fill("#quantity", page.locator("#quantity").get_attribute("min") or "")
    expect(page.locator("#quantity-problem")).to_be_empty()
    assert page.locator("#quantity").get_attribute("aria-invalid") is None


def test_the_address_takes_the_quantity(page: Page, paths: Paths) -> None:
    page.goto(paths["en"]["product"])
    quantity = page.locator("#quantity").get_attribute("min") or ""
    page.fill("#quantity", quantity)
    page.press("#quantity", "Enter")
    page.wait_for_url(f"**?quantity={quantity}")


def test_a_code_is_copied(open_page: Open, paths: Paths) -> None:
    page = open_page(WIDE, permissions=["clipboard-read", "clipboard-write"])
    page.goto(paths["en"]["product"])
    copy = page.get_by_role("button", name="Copy the tariff code")
    copy.click()
    expect(copy).to_contain_text("Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert re.fullmatch(r"[0-9]{12}", copied)
    shown = copy.locator("xpath=preceding-sibling::bdi").inner_text()
    assert shown.replace(".", "") == copied
    page.get_by_role("button", name="Copy the link").click()
    assert page.evaluate("() => navigator.clipboard.readText()") == page.url


def test_the_way_to_the_exporter_and_back(page: Page, paths: Paths) -> None:
    page.goto(paths["en"]["product"])
    product = page.locator("h1").inner_text()
    firm = page.locator(".product-sub a")
    name = firm.inner_text()
    firm.click()
    page.wait_for_url("**/en/exporters/*")
    expect(page.locator("h1")).to_have_text(name)
    page.go_back()
    expect(page.locator("h1")).to_have_text(product)


def test_goods_outside_micro_export_say_why(page: Page, paths: Paths) -> None:
    page.goto(paths["en"]["product-no-micro"])
    expect(page.locator(".product-panel .verdict")).to_contain_text(
        re.compile("full customs declaration|tariff code")
    )
    assert page.get_by_role("meter").count() == 0


def test_the_crumbs_lead_up_the_tariff(wide: Page, paths: Paths) -> None:
    wide.goto(paths["en"]["product"])
    crumbs = wide.locator(".crumbs a")
    last = crumbs.last.get_attribute("href") or ""
    assert last.startswith("/en/browse/63")
    crumbs.last.click()
    wide.wait_for_url(f"**{last}")


def test_the_whole_panel_is_seen_without_scrolling_sideways(open_page: Open, paths: Paths) -> None:
    phone = open_page(PHONE)
    phone.goto(paths["tr"]["product"])
    box = phone.locator(".product-panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE
