"""What browser tests share: widths, types, and what counts as trouble on a page."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

WIDE = 1280
PHONE = 390

Open = Callable[..., Page]
Enter = Callable[..., BrowserContext]
Paths = dict[str, dict[str, str]]


def listen(page: Page, troubles: list[str]) -> None:
    """Notes console errors, broken content policy, thrown errors and missing files of the page in `troubles`."""

    def on_console(message: ConsoleMessage) -> None:
        # What answers with 404 or 422 on purpose is a document; other files are seen by on_response. axe speaks to each
        # frame, and a preview in a sandbox has no origin to be spoken to.
        known = message.text.startswith("Failed to load resource") or (
            "Failed to execute 'postMessage'" in message.text and "origin ('null')" in message.text
        )
        if message.type in ("error", "warning") and not known:
            troubles.append(f"{page.url}: {message.text}")

    def on_response(response: Response) -> None:
        meant = response.request.resource_type in ("document", "fetch") and response.status < 500
        if response.status >= 400 and not meant:
            troubles.append(f"{page.url}: {response.status} for {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on("response", on_response)
