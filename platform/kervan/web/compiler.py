"""Templates compiled for speed: what is constant in a language is worked out once, plain functions are called directly.

Jinja asks at every call whether the function wants the context, and wraps each escaped piece in Markup. A page of
twenty results has a thousand of both, half of its time. The output is the same to the letter (tests compare), but
for the indentation of the templates, a tenth of a page: a line break and what indents the next line is a line break.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

try:
    from markupsafe._speedups import _escape_inner as _escape_text
except ImportError:  # where markupsafe has no C part
    from markupsafe import escape as _escape_text


_INDENTATION = re.compile(r"\n\s+")


def quick_escape(value: Any) -> str:
    """The value escaped for HTML, as a plain str: it is joined at once and escaped no more."""
    kind = type(value)
    if kind is str:
        escaped: str = _escape_text(value)
        return escaped
    if kind is Markup:
        return str.__str__(value)
    return str(value) if kind is int else escape(value)


def quick_call(context: Context, function: Any, *args: Any, **kwargs: Any) -> Any:
    """What the function returns; a macro, the usual case, is asked without a detour."""
    if type(function) is Macro:
        return function(context.eval_ctx, *args, **kwargs)
    return context.call(function, *args, **kwargs)


class _Generator(CodeGenerator):
    """Writes direct calls and quick_escape into the Python code of a template."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline(f"from {__name__} import quick_call, quick_escape")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("quick_escape(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        target, environment = node.node, self.environment
        simple = not forward_caller and node.dyn_args is None and node.dyn_kwargs is None
        if not simple or not isinstance(environment, QuickEnvironment) or not isinstance(target, nodes.Name):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        if target.name in environment.plain:
            self.visit(target, frame)
            self.write("(")
        else:
            self.write("quick_call(context, ")
            self.visit(target, frame)
            self.write(", ")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")


class QuickEnvironment(Environment):
    """Calls its `plain` functions without the context; a call of a `fixed` one with constants becomes its result."""

    code_generator_class = _Generator
    plain: Mapping[str, Callable[..., Any]] = {}
    fixed: Mapping[str, Callable[..., Any]] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template as it is loaded, in one dict: each page copies them, and Jinja's chain is slow."""
        return {**self.globals, **(d or {})}

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        _Fold(self.fixed).visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Fold(NodeTransformer):
    def __init__(self, fixed: Mapping[str, Callable[..., Any]]) -> None:
        self.fixed = fixed

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        target = node.node
        if not isinstance(target, nodes.Name) or target.name not in self.fixed:
            return node
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        if not all(isinstance(argument, nodes.Const) for argument in node.args):
            return node
        found = self.fixed[target.name](
            *(argument.value for argument in node.args if isinstance(argument, nodes.Const))
        )
        return nodes.Const(found, lineno=node.lineno)

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.TemplateData:
        return nodes.TemplateData(_INDENTATION.sub("\n", node.data), lineno=node.lineno)
