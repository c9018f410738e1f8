"""Forms of handoffs, each further concept in a module of its own."""

from app.handoffs.forms.after import StockForm, ThanksForm
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

__all__ = [
    "CancelForm",
    "CodeForm",
    "ConfirmForm",
    "DelegateForm",
    "PlaceForm",
    "PlanForm",
    "StockForm",
    "ThanksForm",
    "attach",
    "suggested",
]
