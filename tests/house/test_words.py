"""Every visible word of a template goes through gettext, so that it can be read in another language."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, nodes

from tests.house.source import ROOT

TEMPLATES = ROOT / "templates"
SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "aria-placeholder"}
SAME_EVERYWHERE = {
    "Milkbridge",
    "HM4HB",
    "FDA",
    "AAP",
    "ABM",
    "oz",
    "ml",
    "km",
    "mi",
    "ZIP",
    "English",
    "GeoNames",
    "CC",
    "BY",
}
"""Names and signs that no translation changes."""

WORD = re.compile(r"[^\W\d_]{2,}")
CODE = re.compile(r"\S*[=_]\S*|-\S+|[a-z0-9]+(-[a-z0-9.]+)+")
"""A token that is a class name, an id or an attribute, as blocks and macros print them: ``max-w-5xl``, ``?next=``."""
PIECE = re.compile(r"({#.*?#}|{%.*?%}|{{.*?}})", re.DOTALL)
TRANSLATED = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", re.DOTALL)
environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


class Visible(HTMLParser):
    """Collects the words a reader would see or hear: text outside scripts and styles, and spoken attributes."""

    def __init__(self) -> None:
        """Start outside every element."""
        super().__init__()
        self.words: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the spoken attributes."""
        self._silent = tag in {"script", "style", "code"}
        given = dict(attrs)
        spoken = SPOKEN_ATTRIBUTES | (
            {"value"} if given.get("type") in {"submit", "button"} and tag == "input" else set()
        )
        for name, value in attrs:
            if name in spoken or (name == "content" and given.get("name") == "description"):
                self._take(value or "")

    def handle_endtag(self, _tag: str) -> None:
        """Speak again after a script."""
        self._silent = False

    def handle_data(self, data: str) -> None:
        """Take the text."""
        if not self._silent:
            self._take(data)

    def _take(self, text: str) -> None:
        prose = " ".join(token for token in text.split() if not CODE.fullmatch(token))
        self.words += [word for word in WORD.findall(prose) if word not in SAME_EVERYWHERE]


def literals_shown(expression: nodes.Node) -> list[str]:
    """The string literals an expression itself would print; those inside a call, an index or a test are not."""
    if isinstance(expression, nodes.Const):
        return [expression.value] if isinstance(expression.value, str) else []
    if isinstance(expression, nodes.CondExpr):
        return literals_shown(expression.expr1) + (literals_shown(expression.expr2) if expression.expr2 else [])
    if isinstance(expression, nodes.Or | nodes.And | nodes.Add):
        return literals_shown(expression.left) + literals_shown(expression.right)
    return (
        [text for node in expression.nodes for text in literals_shown(node)]
        if isinstance(expression, nodes.Concat)
        else []
    )


def handed_to_macros(tree: nodes.Template) -> list[str]:
    """Literals that read like words and are handed to a macro: ``ui.empty("Nothing here")``."""
    found = []
    for call in tree.find_all(nodes.Call):
        if (
            isinstance(call.node, nodes.Getattr)
            and isinstance(call.node.node, nodes.Name)
            and call.node.node.name == "ui"
        ):
            shown = [text for argument in call.args for text in literals_shown(argument)]
            named = [kw.value for kw in call.kwargs if kw.key in {"help", "label", "title", "words"}]
            shown += [text for argument in named for text in literals_shown(argument)]
            found += [text for text in shown if re.match(r"[A-Z].*[a-z]", text)]
    return found


def untranslated(source: str) -> list[str]:
    """The visible words of a template that stand outside gettext."""
    tree = environment.parse(source)
    page = Visible()
    page.feed("".join(_printed(piece) for piece in PIECE.split(TRANSLATED.sub("", source))))
    page.close()
    return page.words + handed_to_macros(tree)


def _printed(piece: str) -> str:
    if piece.startswith(("{#", "{%")):
        return ""
    if not piece.startswith("{{"):
        return piece
    output = environment.parse(piece).body[0]
    return (
        "".join(text for node in output.nodes for text in literals_shown(node))
        if isinstance(output, nodes.Output)
        else ""
    )


def pages() -> list[str]:
    return [str(path.relative_to(TEMPLATES)) for path in sorted(TEMPLATES.rglob("*.html"))]


@pytest.mark.parametrize("template", pages())
def test_every_visible_word_can_be_translated(template):
    words = untranslated((TEMPLATES / template).read_text(encoding="utf-8"))
    assert words == [], f"{template}: wrap these in _(): {' '.join(words)}"


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello there</p>",
        "<input placeholder='Your name'>",
        "<input type='submit' value='Send'>",
        "<img alt='A bottle'>",
        "<p>{{ 'Offer' if x else _('Request') }}</p>",
        "{% if x %}Offer{% endif %}",
        "<a href='{{ url_for('x') }}'>Go</a>",
        "{{ ui.empty('Nothing here', _('Soon')) }}",
        "{{ ui.field(form.x, help='Say why') }}",
        "<meta name='description' content='Milk for babies'>",
        "<p>{{ 'at ' ~ place }}</p>",
        "{% block title %}My posts{% endblock %}",
    ],
)
def test_a_word_outside_gettext_is_noticed(source):
    assert untranslated(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Hello there') }}</p>",
        "<p class='{{ 'badge-error' if x else 'badge' }}'>{{ name }} · 3</p>",
        "{% block width %}max-w-5xl{% endblock %}",
        "{% trans %}Hello there{% endtrans %}",
        "<script src='x'></script><title>Milkbridge</title>",
        "{# A comment for us #}<p>{{ ngettext('%(num)s case', '%(num)s cases', n) }}</p>",
        "{{ ui.action(url_for('x'), _('Pause'), 'btn-primary') }}",
        "<input type='hidden' name='x' value='words'>",
    ],
)
def test_a_translated_word_and_a_class_name_are_fine(source):
    assert untranslated(source) == []
