"""What a person typed, as values: the forms make them, the use-cases take them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account to be created; ``password`` is already in the form that is hashed."""

    email: str
    password: str = field(repr=False)
    display_name: str


@dataclass(frozen=True, slots=True)
class PreferencesDraft:
    """
    How somebody is shown and wants things shown.

    ``volume_unit`` is ``oz`` or ``ml``, ``distance_unit`` ``mi`` or ``km``, ``timezone`` an IANA name, ``locale`` a
    language of the site.
    """

    display_name: str
    volume_unit: str
    distance_unit: str
    timezone: str
    locale: str
