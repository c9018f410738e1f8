"""Forms of handoffs, each further concept in a module of its own."""

from app.handoffs.forms.after import StockForm, ThanksForm
from app.handoffs.forms.lots import (
    BEGAN,
    OTHERS,
    FateForm,
    GivenForm,
    LotForm,
    bags_typed,
    bags_written,
    other_bags,
    words_of,
)
from app.handoffs.forms.planning import (
    CancelForm,
    CodeForm,
    ConfirmForm,
    DelegateForm,
    PlaceForm,
    PlanForm,
    attach,
    suggested,
)
from app.handoffs.forms.promises import ExcuseForm, MissedForm

__all__ = [
    "BEGAN",
    "OTHERS",
    "CancelForm",
    "CodeForm",
    "ConfirmForm",
    "DelegateForm",
    "ExcuseForm",
    "FateForm",
    "GivenForm",
    "LotForm",
    "MissedForm",
    "PlaceForm",
    "PlanForm",
    "StockForm",
    "ThanksForm",
    "attach",
    "bags_typed",
    "bags_written",
    "other_bags",
    "suggested",
    "words_of",
]
