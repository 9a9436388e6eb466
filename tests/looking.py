"""What a look at an open page in Chromium finds wrong: axe, width, targets, focus, labels, buttons that do nothing."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

ALL_RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
# All that words may change.
WORD_RULES: dict[str, Any] = {
    **ALL_RULES,
    "rules": {**ALL_RULES["rules"], "color-contrast": {"enabled": False}},
}
# All that depends on the colours alone: the rest of a page is the same in the dark.
COLOUR_RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
FORM_CONTROLS = (
    "main form :is(button:not([tabindex='-1']), select, textarea, summary, label.check, .form-option, .button,"
    " input:not([type=checkbox], [type=radio], [type=hidden], [tabindex='-1']))"
)
"""What is hit to fill in and send a form; boxes and circles are hit by their labels."""

# Elements that stick out of the window to the side, and by how much.
_SIDEWAYS = """() => {
  const room = document.documentElement.clientWidth;
  return {
    wide: document.documentElement.scrollWidth - room,
    first: [...document.querySelectorAll("body *")]
      .filter(e => { const r = e.getBoundingClientRect(); return r.width && (r.right > room + 1 || r.left < -1); })
      .slice(0, 3).map(e => e.outerHTML.slice(0, 120)),
  };
}"""

# Controls that are shown, with their height; a link that is spread over its tile or row is as high as that.
_TARGETS = """selector => [...document.querySelectorAll(selector)]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .map(e => {
    const whole = getComputedStyle(e, "::after").position === "absolute" ? e.offsetParent : e;
    return {html: e.outerHTML.slice(0, 140), height: whole.getBoundingClientRect().height};
  })"""

_SEEN = """
  const seen = (element, pseudo) => {
    const style = getComputedStyle(element, pseudo);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  };
  const unseen = element => {
    let box = element;
    for (let n = 0; n < 3 && box; n++, box = box.parentElement) {
      if (seen(box) || (n === 0 && (seen(box, "::after") || seen(box, "::before")))) return "";
      if (n && !box.matches(":focus-within")) break;
    }
    return element.outerHTML.slice(0, 140);
  };
"""
_FOCUSED = (
    f"() => {{ {_SEEN} const e = document.activeElement; return e === document.body ? null : unseen(e); }}"
)
_ALL_FOCUSED = f"""() => {{ {_SEEN}
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter(e => e.checkVisibility({{visibilityProperty: true}}) && e.tabIndex >= 0 && !e.disabled)
    .map(e => {{ e.focus(); return document.activeElement === e ? unseen(e) : ""; }})
    .filter(Boolean);
}}"""

_NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden], [tabindex='-1']), select, textarea")]
  .filter(e => e.checkVisibility({visibilityProperty: true}))
  .filter(e => !e.ariaLabel && !e.getAttribute("aria-labelledby") && ![...e.labels ?? []].some(l => l.innerText.trim()))
  .map(e => e.outerHTML.slice(0, 140))"""

# Buttons that neither send a form nor open anything by themselves.
_DEAD = """() => [...document.querySelectorAll("button")]
  .filter(e => e.type === "button" || !e.form)
  .filter(e => !e.hasAttribute("popovertarget") && e.checkVisibility({visibilityProperty: true}))
  .map(e => e.outerHTML.slice(0, 140))"""

_UNSENDABLE = """() => [...document.querySelectorAll("main form")]
  .map(f => [f, [...f.elements].filter(e => e.matches(":enabled:not(fieldset, [type=hidden], [tabindex='-1'])"))])
  .map(([f, fields]) => [f, fields.filter(e => e.checkVisibility({visibilityProperty: true}))])
  .filter(([, fields]) => fields.length && !fields.some(e => e.type === "submit"))
  .map(([f]) => f)
  .map(f => f.outerHTML.slice(0, 140))"""


def violations(page: Page, rules: dict[str, Any] = ALL_RULES) -> list[str]:
    """What axe says, one line for each element."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options)", rules)
    return [
        f"{wrong['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]


def dark_violations(page: Page) -> list[str]:
    """What axe says of the dark colours; the page is light again afterwards."""
    page.emulate_media(color_scheme="dark")
    found = [f"dark {wrong}" for wrong in violations(page, COLOUR_RULES)]
    page.emulate_media(color_scheme="light")
    return found


def sideways(page: Page, *widths: int) -> list[str]:
    """Where the page scrolls to the side, at each width laid out in both directions; it is left to right again."""
    wrong = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for direction in ("rtl", "ltr"):
            page.evaluate("direction => document.documentElement.dir = direction", direction)
            found = page.evaluate(_SIDEWAYS)
            if found["wide"] > 1:  # a pixel is rounding
                wrong.append(f"{width} {direction}: {found['wide']} px, {found['first']}")
    return wrong


def small(page: Page, selector: str, least: int) -> list[str]:
    """Shown elements that are lower than so many pixels."""
    found = page.evaluate(_TARGETS, selector)
    return [
        f"{target['height']:.1f} px: {target['html']}" for target in found if target["height"] < least - 0.5
    ]


def focused(page: Page) -> str | None:
    """The element that has the focus when it does not show it; '' when it does, None when nothing has it."""
    found: str | None = page.evaluate(_FOCUSED)
    return found


def unseen_focus(page: Page) -> list[str]:
    """Everything that takes the focus without showing it, after the first press of Tab."""
    page.keyboard.press("Tab")
    found: list[str] = page.evaluate(_ALL_FOCUSED)
    return found


def nameless(page: Page) -> list[str]:
    """Fields that nothing names."""
    found: list[str] = page.evaluate(_NAMELESS)
    return found


def dead_without_scripts(page: Page) -> list[str]:
    """In a browser without scripts: buttons that do nothing, and forms that cannot be sent."""
    found: list[str] = page.evaluate(_DEAD) + page.evaluate(_UNSENDABLE)
    return found
