"""The composition root: the only module that knows every capability and every face."""

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from app.accounts import api as account_api
from app.accounts import commands as account_commands
from app.accounts import next_steps as account_next
from app.accounts import routes as account_routes
from app.accounts import security
from app.accounts import subscribers as account_subscribers
from app.dev import commands as dev_commands
from app.dev import mailbox
from app.handoffs import api as handoff_api
from app.handoffs import commands as handoff_commands
from app.handoffs import jobs as handoff_jobs
from app.handoffs import next_steps as handoff_next
from app.handoffs import routes as handoff_routes
from app.handoffs import subscribers as handoff_subscribers
from app.infra import event_bus, geocoding, jobs, kill_points, logs, mail, push, storage
from app.infra.areas.commands import areas_cli
from app.infra.database import db, install_hooks
from app.infra.jobs import upkeep
from app.infra.jobs.commands import jobs_cli
from app.matching import api as matching_api
from app.matching import configuration
from app.matching import jobs as matching_jobs
from app.matching import next_steps as matching_next
from app.matching import routes as matching_routes
from app.matching import subscribers as matching_subscribers
from app.matching.commands import match_cli
from app.matching.queries import learn as learn_live_posts
from app.messaging import api as messaging_api
from app.messaging import jobs as messaging_jobs
from app.messaging import next_steps as messaging_next
from app.messaging import routes as messaging_routes
from app.messaging import sockets as _sockets  # noqa: F401 - importing it registers its events.
from app.messaging import subscribers as messaging_subscribers
from app.milk import api as milk_api
from app.milk import jobs as milk_jobs
from app.milk import next_steps as milk_next
from app.milk import routes as milk_routes
from app.milk import subscribers as milk_subscribers
from app.moderation import next_steps as moderation_next
from app.moderation import routes as moderation_routes
from app.moderation import subscribers as moderation_subscribers
from app.notifications import api as notification_api
from app.notifications import commands as notification_commands
from app.notifications import jobs as notification_jobs
from app.notifications import routes as notification_routes
from app.notifications import subscribers as notification_subscribers
from app.posts import api as post_api
from app.posts import jobs as post_jobs
from app.posts import next_steps as post_next
from app.posts import routes as post_routes
from app.posts import subscribers as post_subscribers
from app.web import (
    access,
    api,
    assets,
    beginning,
    errors,
    headers,
    health,
    limits,
    next_steps,
    offline,
    pages,
    places,
    realtime,
    templating,
    unstorable,
)
from app.web.live_session import Site
from app.web.worker import worker_command
from config import ROOT, Settings

PAGES = (
    pages,
    places,
    health,
    offline,
    account_routes,
    notification_routes,
    milk_routes,
    post_routes,
    matching_routes,
    messaging_routes,
    handoff_routes,
    moderation_routes,
)
APIS = (api, account_api, notification_api, milk_api, post_api, matching_api, messaging_api, handoff_api)
SUBSCRIBERS = (
    account_subscribers,
    notification_subscribers,
    milk_subscribers,
    post_subscribers,
    matching_subscribers,
    messaging_subscribers,
    handoff_subscribers,
    moderation_subscribers,
)
NEXT_STEPS = (account_next, handoff_next, matching_next, messaging_next, post_next, milk_next, moderation_next)
JOBS = (notification_jobs, milk_jobs, post_jobs, matching_jobs, messaging_jobs, handoff_jobs)
COMMANDS = (
    areas_cli,
    account_commands.users_cli,
    match_cli,
    handoff_commands.safe_places_cli,
    notification_commands.push_cli,
    dev_commands.demo_cli,
    dev_commands.dev_cli,
    assets.assets_command,
    jobs_cli,
    worker_command,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from ``settings`` (default: the environment's)."""
    settings = settings or Settings.from_environment()
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    app: Flask = Site(
        "app",
        **api.OPTIONS,
        instance_path=str(settings.instance_path.resolve()),
        root_path=str(ROOT / "app"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.from_mapping(settings.flask())
    app.config.from_prefixed_env()
    app.extensions["milkbridge_settings"] = settings
    logs.install(app)
    kill_points.arm(settings.kill_at)
    _install_infra(app)
    storage.install(app)
    push.install(app, key=settings.push_key, contact=settings.push_contact)
    geocoding.install(settings.geocoder)
    configuration.install(settings.matching_file)
    _install_web(app, settings)
    _install_faces(app)
    if settings.dev_mailbox:
        mailbox.install(app)
    limits.guard(app)
    access.refuse_unmarked(app)
    return app


def _install_infra(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    mail.mail.init_app(app)
    with app.app_context():
        install_hooks(db.engine)


def _install_web(app: Flask, settings: Settings) -> None:
    unstorable.install(app)
    api.install(app)
    CSRFProtect(app)
    assets.install(app)
    templating.install(app)
    # Before the headers, so that a socket too sees the address its trusted proxy reports.
    realtime.install(app, settings)
    headers.install(app, settings)
    errors.install(app)
    security.install(app, limits.install(app))


def _install_faces(app: Flask) -> None:
    bus = event_bus.install(app)
    registry = jobs.install(app)
    registry.register(mail.SEND, mail.sent, prepare=mail.send)
    upkeep.register(registry)
    for page in PAGES:
        app.register_blueprint(page.blueprint)
    api.register(app, [face.blueprint for face in APIS])
    for subscriber in SUBSCRIBERS:
        subscriber.subscribe(bus)
    next_steps.install(app, [face.next_steps for face in NEXT_STEPS])
    beginning.install(app, [learn_live_posts])
    for job in JOBS:
        job.register(registry)
    for command in COMMANDS:
        app.cli.add_command(command)
