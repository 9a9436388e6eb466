"""How the API describes itself: shared parameters, the errors of every operation, and exact amounts as strings."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar._openapi.schema_generation import SchemaCreator
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import (
    Components,
    Example,
    License,
    Operation,
    Parameter,
    Schema,
    SecurityRequirement,
    SecurityScheme,
    Tag,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from kervan import __version__
from kervan.web import i18n
from kervan.web.errors import PROBLEM, SENTENCES, FieldProblem, Problem

TAGS = (
    "Products",
    "Exporters",
    "Search",
    "Nomenclature",
    "Inventory",
    "Requests",
    "Events",
    "Orders",
    "Inquiries",
    "Meetings",
    "Documents",
    "Webhooks",
    "Account",
)

BEARER: Sequence[SecurityRequirement] = [{"bearer": []}]
"""For `security=` of an operation that needs an API key."""


class DecimalAsString(OpenAPISchemaPlugin):
    """Amounts travel as strings such as "12.50", so that no reader rounds them."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return value is Decimal

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        return Schema(type=OpenAPIType.STRING, pattern=r"^-?\d+(\.\d+)?$", examples=["12.50"])


def config() -> OpenAPIConfig:
    """The OpenAPI document at /schema/openapi.json and .yaml; viewers that load foreign scripts are not served."""
    return OpenAPIConfig(
        title="Kervan API",
        version=__version__,
        description=(
            "Products and exporters of Türkiye, found as on the pages, with the same parameters. Amounts are "
            "strings, weights grams, times UTC. Errors are problem+json (RFC 9457). Answers carry an entity tag: "
            "send it back as If-None-Match and get 304 while nothing has changed."
        ),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description=(
                        "An API key of your organisation, from its desk: `Authorization: Bearer kervan_...`. It may do "
                        "what it was made for, until it runs out, is revoked, or its maker leaves the organisation."
                    ),
                )
            }
        ),
        tags=[Tag(name=name) for name in TAGS],
        path="/schema",
        render_plugins=[JsonRenderPlugin(), YamlRenderPlugin()],
        use_handler_docstrings=True,
    )


def text(
    name: str, description: str, example: str, *, longest: int = 200, required: bool = False
) -> Parameter:
    """A text parameter of the query."""
    schema = Schema(type=OpenAPIType.STRING, max_length=longest, examples=[example])
    return Parameter(name=name, param_in="query", description=description, schema=schema, required=required)


def choice(name: str, description: str, values: Sequence[str]) -> Parameter:
    """A parameter with a few values, of which one is given."""
    schema = Schema(type=OpenAPIType.STRING, enum=list(values))
    return Parameter(name=name, param_in="query", description=description, schema=schema)


def several(
    name: str, description: str, example: str, values: Sequence[str] | None = None, pattern: str | None = None
) -> Parameter:
    """A parameter that may be repeated, at most 20 times; empty values, as forms send them, count for nothing."""
    item = Schema(
        type=OpenAPIType.STRING,
        enum=["", *values] if values else None,
        max_length=120,
        pattern=pattern,
    )
    schema = Schema(type=OpenAPIType.ARRAY, items=item, examples=[[example]])
    return Parameter(
        name=name, param_in="query", description=description, schema=schema, explode=True, style="form"
    )


def number(name: str, description: str, default: int, low: int, high: int) -> Parameter:
    """A whole number."""
    schema = Schema(type=OpenAPIType.INTEGER, minimum=low, maximum=high, default=default)
    return Parameter(name=name, param_in="query", description=description, schema=schema)


LANG = choice(
    "lang", "Language of names and sentences; by default what Accept-Language asks for.", list(i18n.BY_CODE)
)


def in_path(name: str, description: str, example: str, pattern: str) -> Parameter:
    """A part of the path."""
    schema = Schema(type=OpenAPIType.STRING, pattern=pattern, examples=[example])
    return Parameter(name=name, param_in="path", description=description, schema=schema, required=True)


def header(name: str, description: str, *, required: bool = True) -> Parameter:
    """A header of the operation."""
    schema = Schema(
        type=OpenAPIType.STRING, min_length=1, max_length=64, examples=["6f1c2a1e-5d5b-4a37-9f0e"]
    )
    return Parameter(name=name, param_in="header", description=description, schema=schema, required=required)


def described(*parameters: Parameter) -> type[Operation]:
    """An operation with these parameters and `lang`: handlers read the query themselves, in one parse."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            self.parameters = [*parameters, LANG]

    return Described


_EXPLAINED = {
    400: "The request cannot be understood.",
    401: "No API key, or one that is unknown, revoked or too old.",
    403: "The key was not made for this.",
    404: "There is no such thing, or it is not public.",
    409: "This does not fit the present state of the thing.",
    422: "A parameter is wrong; `errors` has a sentence for each.",
    429: "The limit of your address is used up; wait for Retry-After seconds.",
    503: "The database or the search engine is away; try again after Retry-After seconds.",
}


def responses(content: type[Any], example: object | None = None, *errors: int) -> dict[int, ResponseSpec]:
    """What an operation answers: the content, 304, and errors (422, 429, 503 and those named) as problems."""
    found = {
        200: ResponseSpec(
            content,
            generate_examples=False,
            description="The answer.",
            examples=None if example is None else [Example(summary="An answer", value=example)],
        ),
        304: ResponseSpec(
            None, generate_examples=False, description="Nothing has changed since your entity tag."
        ),
    }
    for status in sorted({400, 422, 429, 503, *errors}):
        found[status] = ResponseSpec(
            Problem,
            generate_examples=False,
            media_type=PROBLEM,
            description=_EXPLAINED[status],
            examples=[Example(summary=SENTENCES[status][0], value=_problem(status))],
        )
    return found


def _problem(status: int) -> Problem:
    title, detail = SENTENCES[status]
    wrong = (
        (FieldProblem("page", "Please give a whole number from 1 to 1,000,000,000."),)
        if status == 422
        else ()
    )
    return Problem(title, status, detail, "/api/v1/products", "5f0c2d9b8a1e4c37", errors=wrong)
