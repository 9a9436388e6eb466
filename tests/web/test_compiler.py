"""Quickly compiled templates say exactly what Jinja's own say."""

from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from kervan.web.compiler import QuickEnvironment

PARTS = """
{% macro shout(text, sign="!") %}<b>{{ text }}{{ sign }}</b>{% endmacro %}
{% macro wrap(title) %}<div title="{{ title }}">{{ caller() }}</div>{% endmacro %}
{% macro tree(node) %}<li>{{ node.name }}
{% for child in node.children %}{{ tree(child) }}{% endfor %}</li>{% endmacro %}
"""
SOURCES = {
    "constant": '{{ _("A & B") }} {{ icon("x") }} <a title="{{ _("<q>") }}">{{ _("Hi {name}") }}</a>',
    "variable": '{{ _("Hi {name}", name=text) }} {{ bdi(text) }} {{ bdi(number) }} {{ _(text) }}',
    "macros": '{% from "parts" import shout, wrap %}{{ shout(text) }}{{ shout(text, sign="<?>") }}'
    "{% call wrap(text) %}{{ text }}{{ shout(markup) }}{% endcall %}",
    "recursive": '{% from "parts" import tree %}{{ tree(root) }}',
    "loops": "{% for n in numbers recursive %}{{ n }}{{ loop.index }}{{ shown(loop.first) }}{% endfor %}",
    "escapes": "{{ text }}{{ markup }}{{ number }}{{ none }}{{ 1.5 }}{{ text ~ markup }}{{ text | upper }}",
    "unescaped": "{% autoescape false %}{{ text }}{{ bdi(text) }}{% endautoescape %}{{ text }}",
    "arguments": "{{ shown(*numbers) }}{{ shown(**{'a': text}) }}{{ shown(text, a=number) }}",
    "inherited": '{% extends "base" %}{% block body %}{{ super() }}{{ _("x") }}{{ text }}{% endblock %}',
    "base": "<html>{% block body %}{{ bdi('<base>') }}{% endblock %}{{ self.body() }}</html>",
    "set": "{% set shown_text %}{{ text }}<i>{% endset %}{{ shown_text }}{% set name = _('<n>') %}{{ name }}",
    "test": "{{ 'yes' if number is even else 'no' }}{{ {'a': _('<z>')}.get('a') }}{{ [_('k')] | join(text) }}",
    "parts": PARTS,
}
CONTEXT = {
    "text": "<script>'\"&",
    "markup": Markup("<em>ok</em>"),
    "number": 42,
    "numbers": [1, 2, 3],
    "root": {"name": "<r>", "children": [{"name": "a&b", "children": []}]},
}


def _gettext(msgid: str, **params: object) -> str:
    return msgid.format(**params) if params else msgid


def _functions() -> dict[str, Any]:
    return {
        "_": _gettext,
        "icon": lambda name: Markup(f'<svg class="{name}"></svg>'),
        "bdi": lambda text: Markup("<bdi>%s</bdi>") % text,
    }


def _render(environment: Environment, name: str) -> str:
    environment.globals.update(_functions(), shown=lambda *args, **kwargs: f"{args}{kwargs}")
    return environment.get_template(name).render(CONTEXT)


@pytest.mark.parametrize("name", sorted(set(SOURCES) - {"parts"}))
def test_the_output_is_the_same_to_the_letter(name: str) -> None:
    plain = Environment(loader=DictLoader(SOURCES), autoescape=True, undefined=StrictUndefined)
    quick = QuickEnvironment(loader=DictLoader(SOURCES), autoescape=True, undefined=StrictUndefined)
    quick.plain, quick.fixed = _functions(), {key: _functions()[key] for key in ("_", "icon")}
    assert _render(quick, name) == _render(plain, name)


def test_constant_calls_are_made_once() -> None:
    calls = []

    def counted(msgid: str) -> str:
        calls.append(msgid)
        return msgid

    quick = QuickEnvironment(loader=DictLoader({"a": '{% for n in range(9) %}{{ _("x") }}{% endfor %}'}))
    quick.plain = quick.fixed = {"_": counted}
    assert [quick.get_template("a").render() for _ in range(3)] == ["x" * 9] * 3
    assert calls == ["x"]


def test_a_missing_name_is_still_an_error() -> None:
    quick = QuickEnvironment(loader=DictLoader({"a": "{{ gone(1) }}"}), undefined=StrictUndefined)
    with pytest.raises(UndefinedError):
        quick.get_template("a").render()
