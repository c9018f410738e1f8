"""A report and a decision as they arrive: text from outside, kept as typed; the rules say what is wrong with it."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import Length

from app.moderation.rules import MAX_WORDS, RULE_WORDS, Rule


class ReportForm(FlaskForm):  # type: ignore[misc]
    """Each reason is a button of its own, so that a report takes two taps; the words are optional."""

    reason = StringField(_l("What is wrong?"))
    words = TextAreaField(
        _l("In your own words (optional)"),
        validators=[Length(max=MAX_WORDS, message=_l("Please keep it under 1,000 characters."))],
    )


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """Each action is a button; rule and reason go with every decision somebody may mind."""

    action = StringField()
    rule = SelectField(
        _l("The rule this is about"),
        choices=[
            SelectChoice("", _l("Choose a rule")),
            *(SelectChoice(rule.value, _l(words)) for rule, words in RULE_WORDS.items() if rule is not Rule.NONE),
        ],
        validate_choice=False,
    )
    reason = TextAreaField(_l("Why, in words the person will read"))
