"""The page on which a firm abroad registers."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler

from kervan.accounts import throttle
from kervan.accounts.answers import TRAP, in_the_same_time, languages, new_password, refused
from kervan.errors import Conflict, Invalid, KervanError, TooMany
from kervan.importers import fields, service
from kervan.privacy import texts
from kervan.privacy.consents import PURPOSES
from kervan.trade import emails
from kervan.web import forms, i18n
from kervan.web.forms import Form
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

_TEMPLATE = "importers/register.html"


@get("/register/importer", sync_to_thread=False)
def register_importer(request: Request[Any, Any, Any]) -> Page:
    """The empty form; nothing is ticked."""
    language = language_of(request)
    form = Form(language, {"language": language})
    return page(request, _TEMPLATE, form=form, **_context(request, form))


@post("/register/importer", status_code=200)
async def save_importer(request: Request[Any, Any, Any]) -> Page:
    """Registers the firm; the answer is the same whether or not the address has an account already."""
    form = await forms.read(request)
    if form.value("find"):
        return await _looked_up(request, form)
    company = fields.read(form)
    email = form.parsed("email", emails.address)
    language = form.choice("language", i18n.BY_CODE)
    password = new_password(form, form.value("contact_name"), form.value("legal_name"), form.value("email"))
    agreed = form.several("agree", PURPOSES)
    version = form.value("consent_version")
    if agreed and version not in texts.consent_versions():
        form.refuse("agree", texts.CHANGED)
    headings, candidates = await fields.headings(request, form)
    error: KervanError | None = None
    if form.ok and company is not None and email is not None:
        try:
            await throttle.spend("registration", request, email.key)
            if not form.raw(TRAP):
                async with in_the_same_time():
                    await service.register(
                        msgspec.structs.replace(company, headings=headings),
                        email=email,
                        password=password,
                        language=language,
                        agreed=agreed,
                        consent_version=version if agreed else None,
                    )
            return back(request, "/register/sent")
        except (Invalid, Conflict, TooMany) as problem:
            error = problem
    return refused(request, _TEMPLATE, form, error, **_context(request, form, headings, candidates))


async def _looked_up(request: Request[Any, Any, Any], form: Form) -> Page:
    """The same form with headings to tick: somebody searches without scripts, nothing else is judged yet."""
    headings, candidates = await fields.headings(request, form)
    kept = Form(form.language, None, form.typed)
    if not headings and not candidates:
        kept.refuse("heading_words", fields.NOTHING_FITS)
    return page(request, _TEMPLATE, form=kept, **_context(request, kept, headings, candidates))


def _context(
    request: Request[Any, Any, Any],
    form: Form,
    headings: tuple[str, ...] | None = None,
    candidates: tuple[str, ...] = (),
) -> dict[str, Any]:
    language = language_of(request)
    consents = texts.consents()
    return {
        "purposes": PURPOSES,
        "consents": consents.languages[language],
        "consent_version": consents.version,
        "languages_offered": languages(),
        **fields.context(form, language, candidates, headings),
    }


ROUTES: list[ControllerRouterHandler] = [register_importer, save_importer]
