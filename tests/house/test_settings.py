"""A wrong setting stops the boot and names its variable."""

from pathlib import Path

import pytest

from config import DEVELOPMENT_SECRET, SettingError, Settings

PRODUCTION = {"MILKBRIDGE_PRODUCTION": "1", "SECRET_KEY": "a-real-secret-of-production", "DEV_MAILBOX": "0"}


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "http"), ("PORT", "-1"), ("PORT", "0"), ("PORT", ""), ("PORT", "80.5"),
        ("WEB_PROCESSES", "0"), ("WEB_PROCESSES", "two"), ("WEB_THREADS", "3"), ("WEB_THREADS", "many"),
        ("PROXY_HOPS", "-1"), ("PROXY_HOPS", "one"), ("MAIL_PORT", "0"), ("MAIL_PORT", "smtp"),
        ("MILKBRIDGE_PRODUCTION", "maybe"), ("DEV_MAILBOX", "2"), ("DEMO_COMMUNITY", ""), ("RATE_LIMITS", "on"),
        ("STAFF_SECOND_FACTOR", "perhaps"), ("GEOCODER", "everywhere"),
        ("MILKBRIDGE_KILL_AT", "at_noon"), ("MILKBRIDGE_KILL_AT", "before_commit:0"), ("MILKBRIDGE_KILL_AT", ":3"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_stops_the_boot_and_names_its_variable(variable, value):
    with pytest.raises(SettingError, match=variable):
        read(**{variable: value})


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"MILKBRIDGE_PRODUCTION": "1"}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": DEVELOPMENT_SECRET}, "SECRET_KEY"),
        (PRODUCTION | {"DEV_MAILBOX": "1"}, "DEV_MAILBOX"),
        ({"WEB_PROCESSES": "2"}, "REDIS_URL"),
        (PRODUCTION | {"MILKBRIDGE_KILL_AT": "before_commit"}, "MILKBRIDGE_KILL_AT"),
    ],
)
def test_a_combination_that_must_not_start_names_what_to_change(environment, variable):
    with pytest.raises(SettingError, match=variable):
        read(**environment)


def test_an_empty_environment_starts_in_development():
    settings = read()
    assert (settings.production, settings.port, settings.demo_community, settings.dev_mailbox) == (
        False,
        5000,
        True,
        True,
    )
    assert settings.database().startswith("sqlite:///")


def test_production_is_strict_by_default():
    settings = read(**PRODUCTION)
    flask = settings.flask()
    assert (settings.demo_community, settings.mail_backend) == (False, "smtp")
    assert (flask["SESSION_COOKIE_NAME"], flask["SESSION_COOKIE_SECURE"]) == ("__Host-session", True)


@pytest.mark.parametrize(("raw", "flag"), [("1", True), ("true", True), (" YES ", True), ("0", False), ("No", False)])
def test_a_flag_is_read_as_people_write_it(raw, flag):
    assert read(DEMO_COMMUNITY=raw).demo_community is flag


def test_each_variable_reaches_its_setting():
    settings = read(
        PORT="8080", DATABASE_URL="postgresql://x/y", REDIS_URL="redis://x", WEB_PROCESSES="2", WEB_THREADS="8",
        PROXY_HOPS="1", TRUSTED_HOSTS="a.example, b.example,", MAIL_HOST="mx", MAIL_PORT="2525", INSTANCE_PATH="/srv/i",
    )  # fmt: skip
    assert (settings.port, settings.database(), settings.redis_url) == (8080, "postgresql+psycopg://x/y", "redis://x")
    assert (settings.web_processes, settings.web_threads, settings.proxy_hops) == (2, 8, 1)
    assert (settings.trusted_hosts, settings.mail_host, settings.mail_port) == (("a.example", "b.example"), "mx", 2525)
    assert settings.instance_path == Path("/srv/i")


def test_forms_carry_a_token_unless_it_is_a_test():
    assert Settings().flask()["WTF_CSRF_ENABLED"] is True
    assert Settings(testing=True).flask()["WTF_CSRF_ENABLED"] is False
