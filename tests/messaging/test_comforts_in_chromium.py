"""Pictures, the list with its filters and the search, in a narrow window and to a screen reader."""

from urllib.parse import urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.infra.clock import utcnow
from app.messaging import services
from tests.messaging.conftest import numbered
from tests.messaging.test_in_chromium import (  # noqa: F401 - fixtures.
    _chromium_is_here,
    address,
    browser_type_launch_args,
    screens,
)
from tests.messaging.test_pictures import photo
from tests.messaging.test_typed_in_chromium import NARROW, WIDER

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("journeys")]


def test_each_page_fits_a_narrow_window_and_reads_well(app, talk, donor, family, screens):  # noqa: F811
    with app.app_context():
        services.send_picture(
            family.identity, talk.public_id, client_id=numbered(1), data=photo((900, 600), colour="teal"),
            description="Six bags in the freezer", now=utcnow(),
        )  # fmt: skip
        services.mute(donor.identity, talk.public_id, on=True)
    page = screens(donor, size=NARROW)
    for unfolding in page.locator("#picture > summary, #comfort > summary").all():
        unfolding.click()
    assert page.locator("#m1 img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 900
    for path in (None, "/messages", "/messages?show=waiting", "/messages?show=archived", "/messages/search?q=bags"):
        if path:
            page.goto(urljoin(page.url, path))
        assert page.evaluate(WIDER) is False, path
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
