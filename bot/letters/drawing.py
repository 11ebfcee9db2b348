"""The one way to HTML: Jinja over the templates beside this file, with everything escaped that they do not say."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def drawn(template: str, **told: object) -> str:
    """The template of this name (without ``.j2``) filled in; lines without anything on them are left out."""
    lines = (line.rstrip() for line in _template(template).render(told).splitlines())
    return "".join(f"{line}\n" for line in lines if line)


@cache
def _template(name: str) -> Template:
    return _environment().get_template(f"{name}.j2")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("bot", "letters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
