"""Pictures, the list with its filters and the search, in a narrow window and to a screen reader."""

from urllib.parse import urljoin

from app.infra.clock import utcnow
from app.messaging import services
from tests.browser import NARROW, WIDER, reads_well
from tests.messaging.conftest import numbered
from tests.messaging.test_pictures import photo


def test_each_page_fits_a_narrow_window_and_reads_well(app, talk, donor, family, screens):
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
        reads_well(page, path)
