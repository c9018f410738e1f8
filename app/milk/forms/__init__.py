"""Forms of milk: what was typed becomes a draft, or errors at fields."""

from app.milk.forms.deferrals import DaysForm, NewDaysForm
from app.milk.forms.lots import DayField, LotForm, PutForm, attach, bags_taken, suggested

__all__ = ["DayField", "DaysForm", "LotForm", "NewDaysForm", "PutForm", "attach", "bags_taken", "suggested"]
