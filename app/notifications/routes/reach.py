"""How somebody wants to be reached outside the site: by mail, by push, when, and in which browsers."""

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.accounts import services as accounts
from app.accounts.forms import words_shown
from app.accounts.rules.consents import Purpose, text_of
from app.infra import push
from app.infra.clock import utcnow
from app.kernel.errors import Invalid
from app.notifications import queries, services
from app.notifications.forms import DeviceForm, ReachForm
from app.notifications.permissions import CHOOSE_OWN_NOTICES
from app.notifications.routes.blueprint import blueprint
from app.web.access import requires
from app.web.limits import limited
from app.web.login import member


@blueprint.route("/me/notifications", methods=["GET", "POST"])
@requires(CHOOSE_OWN_NOTICES)
@limited("60/hour", methods=("POST",))
def reach() -> ResponseReturnValue:
    """What reaches the reader by mail and by push, at once, once a day or not at all; quiet hours; the browsers."""
    actor = member()
    form = ReachForm.showing(queries.preferences(actor))
    if form.validate_on_submit():
        try:
            services.save_preferences(actor, form.draft(), now=utcnow())
        except Invalid as error:
            form.refuse(error.fields)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("notifications.reach"))
    page = render_template(
        "notifications/reach.html",
        form=form,
        zone=people.person(actor.person_id).timezone,
        email=people.email_of(actor.person_id),
        devices=[(device, push.service_of(device.endpoint)) for device in queries.own_devices(actor)],
        key=push.push().public_key,
        words=text_of(Purpose.NOTIFICATIONS),
    )
    return page, (422 if form.errors else 200)


@blueprint.post("/me/notifications/browsers")
@requires(CHOOSE_OWN_NOTICES)
@limited("30/hour")
def turn_on() -> ResponseReturnValue:
    """Let pushes go to the browser that asks, for the page's own script; pressing the button is the consent."""
    actor, form, now = member(), DeviceForm(), utcnow()
    if not form.validate_on_submit():
        raise Invalid({name: [str(reason) for reason in reasons] for name, reasons in form.errors.items()})
    given = {name: form[name].data or "" for name in ("endpoint", "p256dh", "auth")}
    public_id = services.remember_device(actor, **given, now=now)
    words = words_shown(Purpose.NOTIFICATIONS)
    accounts.give_consent(actor, Purpose.NOTIFICATIONS.value, **words, now=now)
    return jsonify(saved=True, public_id=public_id)


@blueprint.post("/me/notifications/browsers/<public_id>/off")
@requires(CHOOSE_OWN_NOTICES)
def turn_off(public_id: str) -> ResponseReturnValue:
    """Send no more pushes to one of the reader's browsers."""
    services.forget_device(member(), public_id)
    flash(_("Done. No more news goes to that browser."), "success")
    return redirect(url_for("notifications.reach"))
