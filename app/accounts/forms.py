"""What people type about themselves, turned into values or into errors at the fields."""

from typing import Any, Final
from zoneinfo import available_timezones

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import RegisterFormV2, TwoFactorRescueForm, TwoFactorSetupForm, verify_password
from flask_security.change_email import ChangeEmailForm
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined] # the stubs lag behind the library.
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.accounts.rules.consents import TEXTS, Purpose, fingerprint, text_of
from app.accounts.rules.drafts import PreferencesDraft
from app.accounts.rules.names import MAX_NAME, name_problem
from app.accounts.rules.passwords import normalised_password
from app.accounts.rules.tokens import LONGEST_NAME, MOST_DAYS, NAME_NEEDED, NAME_TOO_LONG, USUAL_DAYS
from app.geo.areas import AreaId
from app.infra.areas.storage import load_catalogue
from app.infra.gazetteer import PlaceCandidate, find_places, without_fine_numbers
from app.kernel.text import one_line

LANGUAGES: Final = (SelectChoice("en", "English"),)
"""The languages a member may choose; each stands here once its words are translated."""


def _check_name(_form: FlaskForm, field: Field) -> None:
    field.data = one_line(field.data or "")
    problem = name_problem(field.data)
    if problem:
        raise ValidationError(_(problem))


def words_shown(purpose: Purpose) -> dict[str, str]:
    """What a consent record keeps of the words just shown: their version, fingerprint and language."""
    text = text_of(purpose)
    shown = fingerprint(_(words) for words in text.words())
    return {"text_version": text.version, "text_hash": shown, "language": str(get_locale())}


def shown_fingerprint() -> str:
    """The fingerprint of everything the welcome page asks to agree to, in the reader's language."""
    return fingerprint(_(words) for text in TEXTS.values() for words in text.words())


class SignUpForm(RegisterFormV2):  # type: ignore[misc]
    """The first step of sign-up: e-mail, password, the name others see, and being of age."""

    display_name = StringField(
        _l("Name others see"),
        validators=[_check_name],
        description=_l("A first name or any name you like. Leave out your last name, e-mail and phone number."),
        render_kw={"autocomplete": "nickname", "maxlength": str(MAX_NAME)},
    )
    adult = BooleanField(
        _l("I am 18 or older"),
        validators=[InputRequired(_l("You need to be 18 or older to join. Please tick this box if you are."))],
    )


class NewEmailForm(ChangeEmailForm):  # type: ignore[misc]
    """A new e-mail, with the password once more, so that an unlocked phone is not enough to take an account."""

    password = PasswordField(
        _l("Your password"),
        validators=[InputRequired(_l("Please type your password to go on."))],
        render_kw={"autocomplete": "current-password"},
    )

    def validate_password(self, field: Field) -> None:
        """Refuse when it is not the password of the signed-in person."""
        _check_own_password(field)


def _check_own_password(field: Field) -> None:
    from flask_security import current_user

    if not verify_password(normalised_password(field.data or ""), current_user.password):
        raise ValidationError(_("That is not your password."))


class SecondFactorForm(TwoFactorSetupForm):  # type: ignore[misc]
    """Turning the authenticator app on or off; the library's other ways are not offered."""

    setup = RadioField(
        _l("A second step to sign in"),
        choices=[SelectChoice("disable", _l("Turn it off")), SelectChoice("authenticator", _l("Use an app"))],
        validate_choice=False,
    )


class LostPhoneForm(TwoFactorRescueForm):  # type: ignore[misc]
    """What the library offers beside the code; the pages link to the recovery codes instead."""

    help_setup = RadioField(choices=[], validate_choice=False)


class WelcomeForm(FlaskForm):  # type: ignore[misc]
    """The second step: what somebody agrees to, each purpose on its own."""

    terms = BooleanField(
        validators=[InputRequired(_l("Please tick this box if you agree. You cannot join without it."))]
    )
    informed_choice = BooleanField(
        validators=[InputRequired(_l("Please tick this box if you agree. You cannot join without it."))]
    )
    health_collect = BooleanField()
    health_share = BooleanField()
    need_share = BooleanField()
    shown = HiddenField()

    def validate_shown(self, field: Field) -> None:
        """Refuse an agreement to words other than those of now: the page may have stood open through a change."""
        if field.data != shown_fingerprint():
            raise ValidationError(_("These words changed since you opened the page. Please read them again."))

    def box(self, purpose: Purpose) -> Field:
        """The tick box of one purpose."""
        found: Field = self[purpose.value.replace("-", "_")]
        return found

    def agreed(self) -> list[Purpose]:
        """The ticked purposes, in the order shown."""
        return [purpose for purpose in TEXTS if self.box(purpose).data]


class PlaceFields:
    """
    A place picked by its name, without script: to be mixed into any form, with ``accounts/_place_picker.html``.

    ``place`` is what was typed. A single exact place is taken at once; otherwise the form fails and ``candidates`` are
    offered as ``area`` to choose from. After a valid submit ``chosen()`` is the area.
    """

    place = StringField(
        _l("Place"),
        description=_l("A town, a ZIP code, or a town with its country. Never your street."),
        validators=[Length(max=120, message=_l("That is too long for a place. A town or a ZIP code is enough."))],
        render_kw={"autocomplete": "off", "maxlength": "120"},
    )
    area = StringField()
    area_for = HiddenField()
    place_needed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on to WTForms.
        super().__init__(*args, **kwargs)
        self.candidates: tuple[PlaceCandidate, ...] = ()
        self.several = False
        self._found: AreaId | None = None

    def chosen(self) -> AreaId | None:
        """The area of the place, or None when no place was asked for and none was typed."""
        return self._found

    def validate_place(self, field: Field) -> None:
        """Find the area, or say what is unclear and keep what was typed."""
        field.data = without_fine_numbers(field.data or "")
        typed = " ".join(field.data.split())
        self._found = self._area_ticked(typed)
        if self._found is not None or (not typed and not self.place_needed):
            return
        if not typed:
            raise ValidationError(_("Please enter a town or a ZIP code."))
        self._look_up(typed)

    def _area_ticked(self, typed: str) -> AreaId | None:
        ticked = (self.area.data or "").strip()
        asked_for = " ".join((self.area_for.data or "").split())
        if not ticked.isdecimal() or len(ticked) > 9 or asked_for != typed:  # noqa: PLR2004 - an area's id is far shorter.
            return None
        area = AreaId(int(ticked))
        return area if area in load_catalogue() else None

    def _look_up(self, typed: str) -> None:
        answer = find_places(typed)
        if len(answer.exact) == 1:
            self._found = answer.exact[0].area
            return
        self.candidates = answer.exact or answer.suggestions
        self.area_for.data = typed
        if answer.exact:
            self.several = True
            raise ValidationError(_("There are several places with this name. Which one is it?"))
        if answer.suggestions:
            raise ValidationError(_("We do not know this place. Did you mean one of these?"))
        raise ValidationError(_("We could not find this place. Try the next larger town, or a ZIP code."))


class PlaceForm(PlaceFields, FlaskForm):  # type: ignore[misc]
    """The third step: the place somebody lives near. ``size`` is asked only for a small area."""

    size = StringField()
    timezone = HiddenField()

    def wanted(self) -> AreaId | None:
        """The area to be stored, or None while a small area's size is not chosen."""
        found = self.chosen()
        if found is None:
            return None
        catalogue = load_catalogue()
        if not catalogue.area(found).is_small or self.size.data == "own":
            return found
        return catalogue.wider(found) if self.size.data == "wider" else None


class PreferencesForm(FlaskForm):  # type: ignore[misc]
    """How somebody is shown, and wants things shown."""

    display_name = StringField(
        _l("Name others see"),
        validators=[_check_name],
        render_kw={"autocomplete": "nickname", "maxlength": str(MAX_NAME)},
    )
    volume_unit = SelectField(
        _l("Amounts in"), choices=[SelectChoice("oz", _l("ounces")), SelectChoice("ml", _l("millilitres"))]
    )
    distance_unit = SelectField(
        _l("Distances in"), choices=[SelectChoice("mi", _l("miles")), SelectChoice("km", _l("kilometres"))]
    )
    timezone = SelectField(
        _l("Time zone"),
        choices=[SelectChoice(zone) for zone in sorted(available_timezones())],
        validators=[DataRequired()],
    )
    locale = SelectField(_l("Language"), choices=LANGUAGES)

    def draft(self) -> PreferencesDraft:
        """What was typed, for the use-case; only after a valid submit."""
        return PreferencesDraft(
            self.display_name.data or "",
            self.volume_unit.data,
            self.distance_unit.data,
            self.timezone.data,
            self.locale.data,
        )


class TokenForm(FlaskForm):  # type: ignore[misc]
    """A key for one's own program; the password is asked again, because whoever has the key can act as its owner."""

    name = StringField(
        _l("What is it for?"),
        validators=[DataRequired(_l(NAME_NEEDED)), Length(max=LONGEST_NAME, message=_l(NAME_TOO_LONG))],
    )
    days = SelectField(
        _l("How long it works"),
        choices=[SelectChoice(str(days), _l("%(n)s days", n=days)) for days in (7, 30, USUAL_DAYS, MOST_DAYS)],
        default=str(USUAL_DAYS),
    )
    password = PasswordField(_l("Your password"), validators=[DataRequired(_l("Please give your password."))])

    def validate_name(self, field: Field) -> None:
        """Refuse a name of invisible signs alone."""
        field.data = one_line(field.data or "")
        if not field.data:
            raise ValidationError(_(NAME_NEEDED))

    def validate_password(self, field: Field) -> None:
        """Refuse when it is not the password of the signed-in person."""
        _check_own_password(field)
