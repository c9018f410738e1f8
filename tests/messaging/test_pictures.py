"""Pictures: who may send one, what is left of it, who sees it, and how it ends."""

import os
import re
import struct
import subprocess
import sys
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, update

from app.accounts.models import Block
from app.infra import jobs, storage
from app.infra.database import db
from app.infra.pictures import LARGEST_BYTES, LONGEST_EDGE, encode
from app.infra.transaction import transaction
from app.kernel.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound
from app.messaging import queries, rules, services
from app.messaging.models import Conversation, Picture
from app.messaging.rules import Kind
from app.messaging.services import pictures as sending
from config import ROOT
from tests.at_once import at_once
from tests.conftest import NOW
from tests.messaging.conftest import numbered

GPS = 0x8825
ORIENTATION = 0x0112
MAKE = 0x010F


def photo(size=(40, 30), kind="JPEG", colour="red", mode="RGB", **more):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def with_place(size=(40, 30), turned=1):
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    exif[MAKE] = "SecretPhone"
    exif.get_ifd(GPS).update({1: "N", 2: (38.0, 34.0, 54.0), 3: "W", 4: (121.0, 29.0, 36.0)})
    return photo(size, exif=exif, comment=b"SecretComment")


def huge_png(width, height):
    """A PNG of a few hundred bytes that says it holds ``width`` x ``height`` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def send(who, talk, n=1, data=None, description="", now=NOW):
    return services.send_picture(
        who.identity, talk.public_id, client_id=numbered(n), data=photo() if data is None else data,
        description=description, now=now,
    )  # fmt: skip


def files():
    return sorted(file.name for file in storage._folder().iterdir())


def post(client, talk, n=1, data=None, **more):
    chosen = {} if data == b"" else {"picture": (BytesIO(photo() if data is None else data), "../../x.php")}
    return client.post(f"/messages/{talk.public_id}/pictures", data={"client_id": numbered(n), **chosen, **more})


def announce(client, talk, size):
    """Begin to send so many bytes; they are refused by their number."""
    return client.post(
        f"/messages/{talk.public_id}/pictures", input_stream=BytesIO(), environ_overrides={"CONTENT_LENGTH": str(size)},
        content_type="multipart/form-data; boundary=x",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _no_files(app):
    with app.app_context():
        for name in files():
            storage.sweep(name)


class TestEncoding:
    def test_nothing_of_where_and_how_it_was_taken_is_left(self):
        sent = with_place()
        assert b"SecretPhone" in sent
        made = encode(sent)
        assert b"Secret" not in made.data
        assert b"Exif" not in made.data
        with Image.open(BytesIO(made.data)) as kept:
            assert dict(kept.getexif()) == {}
            assert {"exif", "comment", "icc_profile", "xmp"} & set(kept.info) == set()

    @pytest.mark.parametrize(("turned", "size"), [(1, (40, 30)), (6, (30, 40)), (8, (30, 40)), (3, (40, 30))])
    def test_it_stands_upright(self, turned, size):
        made = encode(with_place(turned=turned))
        assert (made.width, made.height) == size

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_each_known_kind_becomes_a_small_jpeg(self, kind):
        made = encode(photo((3200, 100), kind))
        assert (made.width, made.height) == (LONGEST_EDGE, 50)
        with Image.open(BytesIO(made.data)) as kept:
            assert kept.format == "JPEG"

    def test_what_is_see_through_lies_on_white(self):
        made = encode(photo(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0)))
        with Image.open(BytesIO(made.data)) as kept:
            assert min(kept.getpixel((5, 5))) > 250

    @pytest.mark.parametrize("data", [
        b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", photo(kind="GIF"), photo(kind="BMP"),
        photo()[:300], photo(kind="PNG")[:60], b"%PDF-1.7", b"\xff\xd8\xff\xe0" + b"\0" * 50,
    ])  # fmt: skip
    def test_what_is_no_picture_of_a_known_kind_is_refused(self, data):
        with pytest.raises(Invalid) as refusal:
            encode(data)
        assert list(refusal.value.fields) == ["picture"]

    @pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1", b"hevc"])
    def test_a_photo_as_iphones_keep_it_is_refused_with_what_to_do(self, brand):
        with pytest.raises(Invalid) as refusal:
            encode(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + b"\0" * 300)
        assert "On an iPhone" in refusal.value.fields["picture"][0]

    def test_another_file_of_that_family_is_only_told_what_we_read(self):
        with pytest.raises(Invalid) as refusal:
            encode(b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0" * 300)
        assert "JPEG, PNG or WebP" in refusal.value.fields["picture"][0]

    @pytest.mark.parametrize("size", [(6000, 6000), (10_000, 10_000), (60_000, 60_000)])
    def test_a_small_file_that_unfolds_into_a_huge_picture_is_refused_undecoded(self, size):
        with pytest.raises(Invalid, match="marked") as refusal:
            encode(huge_png(*size))
        assert "too large" in refusal.value.fields["picture"][0]

    def test_more_than_ten_megabytes_are_refused(self):
        with pytest.raises(Invalid):
            encode(photo() + b"\0" * LARGEST_BYTES)


UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import io
import gevent
from PIL import Image
from app.infra import pictures
from app.kernel.errors import Invalid

if not {spared}:
    pictures._beside_the_hub = lambda work: work()
kept = io.BytesIO()
Image.effect_noise((2000, 1600), 60).convert("RGB").save(kept, {kind!r})
ticks = 0
def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.001)
gevent.spawn(tick)
gevent.sleep(0.01)
before = ticks
made = [gevent.spawn(pictures.encode, kept.getvalue()) for _ in range({many})]
gevent.joinall(made, raise_error=True)
during = ticks - before
try:
    pictures.encode(b"GIF89a")
except Invalid as refusal:
    print(during, *(each.value.width for each in made), *refusal.fields)
"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("spared", "many"), [(True, 1), (True, 4), (False, 1)])
def test_under_gevent_the_others_are_served_while_pictures_are_encoded(spared, many, kind):
    script = UNDER_GEVENT.format(spared=spared, many=many, kind=kind)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ticks, *widths, field = done.split()
    # The one tick of a hub that is held comes when the greenlet that held it ends.
    assert (int(ticks) > 5) is spared
    assert (widths, field) == ([str(LONGEST_EDGE)] * many, "picture")


@pytest.mark.both_databases
class TestSending:
    def test_it_is_a_message_whose_words_say_what_it_shows(self, in_app, talk, donor, family):
        sent = send(donor, talk, description="  Six bags\nin the freezer ")
        assert (sent.seq, sent.kind, sent.body) == (1, Kind.PICTURE, "Six bags in the freezer")
        found = queries.picture(family.identity, sent.payload["picture"])
        assert storage.path_of(found.name).read_bytes()[:2] == b"\xff\xd8"
        assert queries.waits_unread(talk.id, family.id)

    def test_sent_twice_it_is_there_once(self, in_app, talk, donor):
        assert send(donor, talk) == send(donor, talk)
        assert len(files()) == 1

    def test_sent_twice_at_once_it_is_there_once(self, app, talk, donor):
        found = at_once(app, *[lambda: send(donor, talk)] * 4)
        assert {each.seq for each in found} == {1}
        with app.app_context():
            assert len(files()) == len(db.session.scalars(select(Picture)).all()) == 1

    @pytest.mark.parametrize("other", [{"data": photo(colour="blue")}, {"description": "Other words"}])
    def test_another_picture_under_the_same_id_is_refused(self, other, in_app, talk, donor):
        send(donor, talk)
        with pytest.raises(Invalid) as refusal:
            send(donor, talk, **other)
        assert list(refusal.value.fields) == ["client_id"]
        assert len(files()) == 1

    def test_an_id_used_for_words_or_elsewhere_is_refused(self, in_app, talk, open_talk, donor, other_family):
        services.send(donor.identity, talk.public_id, client_id=numbered(1), kind="text", body="Hi", now=NOW)
        send(donor, open_talk(donor, other_family), 2)
        for n in (1, 2):
            with pytest.raises(Invalid):
                send(donor, talk, n)
        assert len(files()) == 1

    def test_a_newcomer_sends_none_and_a_member_does(self, in_app, talk, donor, trust):
        trust(donor, 0)
        with pytest.raises(Forbidden):
            send(donor, talk)
        assert files() == []
        trust(donor, 1)
        assert send(donor, talk).seq == 1

    def test_none_overtakes_words_that_wait_for_a_moderator(self, in_app, talk, donor, trust):
        trust(donor, 0)
        services.send(donor.identity, talk.public_id, client_id=numbered(1), kind="text", body="$2 per oz", now=NOW)
        trust(donor, 1)
        with pytest.raises(Forbidden):
            send(donor, talk, 2)

    def test_a_stranger_finds_no_conversation(self, in_app, talk, stranger):
        with pytest.raises(NotFound):
            send(stranger, talk)
        assert files() == []

    def test_where_nobody_can_write_there_are_no_pictures(self, in_app, talk, donor):
        with transaction() as session:
            session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
        with pytest.raises(Conflict):
            send(donor, talk)
        assert files() == []

    @pytest.mark.parametrize("words", ["$2 per oz", "x" * 301])
    def test_its_words_are_read_like_a_message(self, words, in_app, talk, donor):
        with pytest.raises(Invalid) as refusal:
            send(donor, talk, description=words)
        assert list(refusal.value.fields) == ["description"]

    def test_somebody_who_keeps_too_many_deletes_some_first(self, in_app, talk, donor, monkeypatch):
        first = send(donor, talk)
        monkeypatch.setattr(sending.rules, "fits", lambda kept, _more: kept == 0)
        with pytest.raises(LimitReached):
            send(donor, talk, 2)
        services.delete_message(donor.identity, talk.public_id, first.seq, now=NOW)
        assert send(donor, talk, 3).seq == 2

    def test_the_room_ends_exactly_at_its_limit(self):
        assert rules.fits(rules.MOST_KEPT - 1, 1)
        assert not rules.fits(rules.MOST_KEPT, 1)


@pytest.mark.both_databases
class TestItsEnd:
    def test_deleted_it_is_shown_to_nobody_and_its_file_goes(self, in_app, talk, donor, family):
        sent = send(donor, talk)
        public_id = sent.payload["picture"]
        gone = services.delete_message(donor.identity, talk.public_id, 1, now=NOW)
        assert (gone.body, gone.payload) == ("", None)
        for who in (donor, family):
            with pytest.raises(NotFound):
                queries.picture(who.identity, public_id)
        jobs.run_due(now=NOW)
        assert files() == []
        assert send(donor, talk).deleted_at == NOW

    def test_what_belongs_to_nothing_is_swept_up_after_a_day(self, in_app, talk, donor):
        send(donor, talk)
        orphan = storage.put(b"x", "jpg")
        (storage._folder() / "half.part").write_bytes(b"x")
        day_before = (NOW - timedelta(days=2)).timestamp()
        for name in files():
            os.utime(storage._folder() / name, (day_before, day_before))
        young = storage.put(b"y", "jpg")
        os.utime(storage.path_of(young), (NOW.timestamp(),) * 2)
        assert services.sweep_files(now=NOW) == 2
        assert orphan not in files()
        assert young in files()
        assert len(files()) == 2

    @pytest.mark.parametrize("name", ["../secret.jpg", "a.jpg", "", "0" * 32 + ".jpg/..", "0" * 32])
    def test_a_name_that_was_not_made_here_opens_nothing(self, name, in_app):
        with pytest.raises(ValueError, match="not a name"):
            storage.path_of(name)


class TestPages:
    def test_it_is_sent_by_form_and_drawn_with_its_words(self, app, talk, donor, family, sign_in):
        answer = post(sign_in(donor), talk, description="Six <b>bags</b>")
        assert (answer.status_code, answer.location) == (303, f"/messages/{talk.public_id}#m1")
        page = sign_in(family).get(f"/messages/{talk.public_id}").text
        assert 'alt="Six &lt;b&gt;bags&lt;/b&gt;"' in page
        assert 'width="40" height="30"' in page

    def test_the_two_are_served_it_as_a_picture_that_can_run_nothing(self, app, talk, donor, family, sign_in):
        with app.app_context():
            public_id = send(donor, talk).payload["picture"]
        for who in (donor, family):
            answer = sign_in(who).get(f"/messages/pictures/{public_id}")
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"

    def test_nobody_else_is(self, app, talk, donor, stranger, moderator, client, sign_in):
        with app.app_context():
            public_id = send(donor, talk).payload["picture"]
        address = f"/messages/pictures/{public_id}"
        assert [sign_in(who).get(address).status_code for who in (stranger, moderator)] == [404, 404]
        assert client.get(address).status_code == 302
        assert sign_in(donor).get(f"{address}x").status_code == 404

    def test_after_a_block_neither_is(self, app, talk, donor, family, sign_in):
        with app.app_context():
            public_id = send(donor, talk).payload["picture"]
            with transaction() as session:
                session.add(Block(blocker_id=family.id, blocked_id=donor.id, created_at=NOW))
        for who in (donor, family):
            client = sign_in(who)
            assert client.get(f"/messages/pictures/{public_id}").status_code == 404
            assert "It is not shown any more." in client.get(f"/messages/{talk.public_id}").text

    def test_a_file_that_was_lost_is_not_found(self, app, talk, donor, sign_in):
        with app.app_context():
            public_id = send(donor, talk).payload["picture"]
            storage.sweep(files()[0])
        assert sign_in(donor).get(f"/messages/pictures/{public_id}").status_code == 404

    @pytest.mark.parametrize(("data", "reason"), [
        (b"", "We cannot read that picture"), (b"GIF89a", "We cannot read that picture"),
    ])  # fmt: skip
    def test_a_refusal_stands_at_its_field_and_the_words_stay(self, data, reason, app, talk, donor, sign_in):
        answer = post(sign_in(donor), talk, data=data, description="Six bags")
        assert answer.status_code == 422
        assert answer.text.count(reason) == 1
        assert 'value="Six bags"' in answer.text

    def test_the_field_names_what_we_read_so_that_an_iphone_sends_a_jpeg(self, talk, donor, sign_in):
        # Safari converts a HEIC photo on its own when the field takes JPEG and names neither HEIC nor any image.
        field = re.search(r'<input id="picture-file"[^>]*>', sign_in(donor).get(f"/messages/{talk.public_id}").text)[0]
        assert re.search(r'accept="([^"]*)"', field)[1].split(",") == ["image/jpeg", "image/png", "image/webp"]

    def test_a_picture_may_be_larger_than_a_page_and_not_larger_than_eleven_megabytes(self, talk, donor, sign_in):
        hers = sign_in(donor)
        assert post(hers, talk, data=photo() + b"\0" * (300 * 1024)).status_code == 303
        assert announce(hers, talk, 12 * 1024 * 1024).status_code == 413

    def test_a_visitor_may_not_send_that_much(self, talk, client):
        assert announce(client, talk, 300 * 1024).status_code in {302, 413}

    def test_a_newcomer_reads_why_there_is_no_form(self, app, talk, donor, sign_in, trust):
        trust(donor, 0)
        hers = sign_in(donor)
        assert "New members cannot send pictures yet" in hers.get(f"/messages/{talk.public_id}").text
        assert post(hers, talk).status_code == 403
