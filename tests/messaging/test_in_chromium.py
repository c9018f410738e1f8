"""The conversation page in a real browser: live on both sides, kept through a lost network, right without a socket."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from app.accounts.models import User
from app.infra.clock import utcnow
from app.infra.database import db
from app.infra.transaction import transaction
from app.messaging import queries, services
from app.messaging.models import Conversation, HeldMessage
from tests.browser import reads_well, until
from tests.conftest import NOW
from tests.messaging.screens import bubbles, cut, ready, write
from tests.site import DESKTOP, PHONE

NOTE_THE_SIGN = """() => {
    const sign = document.getElementById("typing");
    new MutationObserver(() => { window.signCame ||= sign.checkVisibility(); }).observe(sign, { attributes: true });
}"""


def test_a_message_appears_on_the_other_screen_and_is_shown_as_read(screens, donor, family):
    hers, theirs = screens(donor), screens(family, size=DESKTOP)
    theirs.bring_to_front()
    hers.bring_to_front()
    # The sign stands for four seconds, which a busy machine may spend elsewhere: the page itself notes that it came.
    theirs.evaluate(NOTE_THE_SIGN)
    hers.type("#body", "Hello <b>you</b>")
    theirs.wait_for_function("() => window.signCame")
    hers.click("#composer button[type=submit]")
    expect(bubbles(theirs)).to_have_text(["Hello <b>you</b>"])
    expect(theirs.locator("#typing")).to_be_hidden()
    expect(hers.locator("#outbox li")).to_have_count(0)
    expect(hers.locator("#body")).to_be_focused()
    expect(hers.locator("#messages [data-state]")).to_have_text("read")
    assert theirs.get_by_role("log").get_attribute("aria-live") == "polite"
    expect(theirs.locator("[data-day]")).to_have_count(1)


def test_what_is_written_offline_is_sent_once_and_in_order_when_the_network_returns(screens, donor, family):
    hers, theirs = screens(donor), screens(family)
    write(hers, "one")
    expect(bubbles(theirs)).to_have_text(["one"])
    # The family may see the message before the donor's page has its answer: cut there, it would rightly wait to be
    # sent again.
    expect(hers.locator("#outbox li")).to_have_count(0)
    hers.context.set_offline(True)
    cut(hers)
    write(hers, "two")
    write(hers, "three")
    expect(hers.locator("#outbox li")).to_have_count(2)
    expect(hers.locator("#connection")).to_be_visible()
    hers.context.set_offline(False)
    expect(bubbles(theirs)).to_have_text(["one", "two", "three"])
    expect(bubbles(hers)).to_have_text(["one", "two", "three"])
    expect(hers.locator("#outbox li")).to_have_count(0)


def test_a_message_that_the_conversation_shows_waits_no_longer_though_its_answer_was_lost(screens, donor):
    lost = []

    def lose_the_first_answer(line):
        server = line.connect_to_server()

        def back(words):
            if not lost and words.startswith("43") and "lose my answer" in words:
                lost.append(words)
            else:
                line.send(words)

        server.on_message(back)

    hers = screens(donor, before=lambda page: page.route_web_socket("**/socket.io/**", lose_the_first_answer))
    write(hers, "lose my answer")
    expect(bubbles(hers)).to_have_text(["lose my answer"])
    until(hers, lambda: lost)
    hers.context.set_offline(True)
    cut(hers)
    write(hers, "not yet")
    # Both were tried and came back without an answer: only the one that is not stored may say so.
    expect(hers.locator("#outbox li [data-state]")).to_have_text(["waiting for the network"])
    expect(hers.locator("#outbox li")).to_have_count(1)
    hers.context.set_offline(False)
    expect(bubbles(hers)).to_have_text(["lose my answer", "not yet"])


def test_a_reload_while_sending_keeps_what_was_written(screens, address, donor, family, talk, app):
    hers = screens(donor)
    hers.route("**/messages/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    hers.route("**/socket.io/**", lambda route: route.abort())
    hers.evaluate("() => localStorage.clear()")
    hers.context.set_offline(True)
    cut(hers)
    write(hers, "do not lose me")
    expect(hers.locator("#outbox li")).to_have_count(1)
    hers.context.set_offline(False)
    hers.reload()
    expect(bubbles(hers)).to_have_text(["do not lose me"])
    with app.app_context():
        assert [message.body for message in queries.messages_after(talk.id, 0)] == ["do not lose me"]


KEPT_AS_DRAFT = """async (words) => {
    const { openStore } = await import("/static/js/messaging/store.js");
    const store = await openStore(document.getElementById("thread").dataset.person);
    return (await store.all("drafts")).some((row) => row.text === words);
}"""


def test_a_draft_survives_a_reload(screens, donor):
    hers = screens(donor)
    hers.type("#body", "half a thou")
    hers.wait_for_function(KEPT_AS_DRAFT, arg="half a thou")
    hers.reload()
    ready(hers)
    expect(hers.locator("#body")).to_have_value("half a thou")


def test_without_a_socket_the_page_sends_and_catches_up_by_plain_requests(screens, donor, family, monkeypatch, app):
    monkeypatch.setattr(app.extensions["milkbridge_sockets"], "most", 0)
    hers, theirs = screens(donor, live=False), screens(family, live=False)
    write(hers, "by plain request")
    expect(bubbles(hers)).to_have_text(["by plain request"])
    theirs.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(bubbles(theirs)).to_have_text(["by plain request"])


def test_a_page_with_a_hole_asks_for_what_is_missing(screens, app, talk, donor, family, monkeypatch):
    theirs = screens(family)
    with app.app_context():
        for n in range(1, 4):
            # The first two pushes are lost.
            with monkeypatch.context() as lost:
                if n < 3:
                    lost.setattr("app.messaging.subscribers.push", lambda *_args: None)
                client_id = f"00000000-0000-4000-8000-{n:012d}"
                services.send(donor.identity, talk.public_id, client_id=client_id, kind="text", body=f"{n}", now=NOW)
    expect(bubbles(theirs)).to_have_text(["1", "2", "3"])


def test_a_hole_met_while_an_older_answer_is_under_way_is_asked_about_again(
    screens, app, talk, donor, family, monkeypatch
):
    late, pushed = [], []

    def keep_the_first_answer(line):
        server = line.connect_to_server()

        def back(words):
            if '"message.new"' in words:
                pushed.append(words)
            if not late and words.startswith("43") and '"messages"' in words:
                late.append(lambda: line.send(words))
            else:
                line.send(words)

        server.on_message(back)

    theirs = screens(family, before=lambda page: page.route_web_socket("**/socket.io/**", keep_the_first_answer))
    until(theirs, lambda: late)
    with app.app_context():
        for n, client_id in enumerate(
            ("aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"), 1
        ):
            with monkeypatch.context() as lost:
                if n == 1:
                    lost.setattr("app.messaging.subscribers.push", lambda *_args: None)
                services.send(donor.identity, talk.public_id, client_id=client_id, kind="text", body=f"{n}", now=NOW)
    # What goes through the line goes in order: the page has met the hole when it hears the older answer.
    until(theirs, lambda: pushed)
    late[0]()
    expect(bubbles(theirs)).to_have_text(["1", "2"])


def test_a_ready_question_is_one_press(screens, asks, donor, family):
    hers, theirs = screens(donor), screens(family)
    theirs.locator("form[data-question] button").first.click()
    expect(bubbles(hers)).to_have_count(1)
    expect(bubbles(theirs)).to_have_count(1)
    expect(theirs.locator("form[data-question]")).to_have_count(1)


def test_a_text_that_is_too_long_is_kept_with_the_reason(screens, donor):
    hers = screens(donor)
    write(hers, "x" * 8001)
    expect(hers.locator("#body-errors")).to_contain_text("too long")
    assert len(hers.input_value("#body")) == 8001


def test_a_closed_account_is_told_to_sign_in_and_keeps_the_text(screens, app, donor):
    hers = screens(donor)
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(active=False))
    write(hers, "are you there")
    expect(hers.locator("#outbox li")).to_have_count(1)
    expect(hers.locator("#outbox li [data-body]")).to_have_text("are you there")
    expect(hers.locator("#connection")).to_contain_text("sign in again")


def test_signing_out_leaves_nothing_unsent_on_the_device(screens, donor):
    hers = screens(donor)
    hers.type("#body", "half a thou")
    stored = "async () => (await indexedDB.databases()).map((database) => database.name)"
    assert hers.evaluate(stored) == ["milkbridge-messages"]
    hers.evaluate("""async () => {
        const token = document.querySelector('meta[name="csrf-token"]').content;
        await fetch("/logout", {method: "POST", headers: {"X-CSRFToken": token}, redirect: "manual"});
    }""")
    hers.goto(hers.url.split("/messages")[0] + "/healthz")
    hers.wait_for_function("async () => (await indexedDB.databases()).length === 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(size, scheme, screens, asks, donor, family, app, talk):
    with app.app_context():
        for n, who in enumerate((donor, family), start=1):
            client_id = f"00000000-0000-4000-8000-{n:012d}"
            services.send(who.identity, talk.public_id, client_id=client_id, kind="text", body=f"line {n}", now=NOW)
    page = screens(family, size=size, color_scheme=scheme)
    for address in (page.url, page.url.rsplit("/", 1)[0]):
        page.goto(address)
        reads_well(page)


def test_without_scripts_the_conversation_works_by_form(screens, donor, family):
    hers = screens(donor, wait=False, java_script_enabled=False)
    write(hers, "no script here")
    expect(bubbles(hers)).to_have_text(["no script here"])
    theirs = screens(family, wait=False, java_script_enabled=False)
    expect(bubbles(theirs)).to_have_text(["no script here"])
    theirs.get_by_role("button", name="Mark as read").click()
    hers.reload()
    expect(hers.locator("#messages [data-state]")).to_have_text("read")


def sent_by(app, who, talk, n, body):
    """Send as somebody from elsewhere; ``n`` makes the message's id."""
    client_id = f"00000000-0000-4000-8000-{n:012d}"
    with app.app_context():
        return services.send(who.identity, talk.public_id, client_id=client_id, kind="text", body=body, now=utcnow())


def test_words_about_money_are_shown_marked_and_go_when_they_are_meant(screens, donor, family):
    hers, theirs = screens(donor), screens(family)
    write(hers, "$1 an oz just to cover bags")
    write(hers, "or new bags")
    asked = hers.locator("#outbox li")
    expect(asked.get_by_role("alert")).to_contain_text("Milk is given here")
    expect(asked.locator("mark")).to_contain_text("$1 an oz")
    expect(bubbles(theirs)).to_have_text(["or new bags"])
    hers.reload()
    expect(asked.get_by_role("alert")).to_contain_text("Milk is given here")
    asked.get_by_role("button", name="Send it as it is").click()
    expect(bubbles(theirs)).to_have_text(["or new bags", "$1 an oz just to cover bags"])
    expect(asked).to_have_count(0)
    expect(hers.locator("#body")).to_be_focused()


def test_words_that_did_not_go_come_back_into_the_box_to_be_edited(screens, donor, family):
    hers, theirs = screens(donor), screens(family)
    write(hers, "asking $200 for all of it")
    hers.type("#body", "for the baby")
    hers.locator("#outbox").get_by_role("button", name="Edit").click()
    expect(hers.locator("#body")).to_have_value("asking $200 for all of it\nfor the baby")
    expect(hers.locator("#body")).to_be_focused()
    expect(hers.locator("#outbox li")).to_have_count(0)
    write(hers, "it is for the baby")
    expect(bubbles(theirs)).to_have_text(["it is for the baby"])


def test_a_refused_one_among_many_leaves_the_chain_and_the_others_go_in_order(screens, donor, family):
    hers, theirs = screens(donor), screens(family)
    hers.context.set_offline(True)
    cut(hers)
    for words in ("one", "two", "\u200e\u2060", "three", "four"):
        write(hers, words)
    hers.context.set_offline(False)
    expect(bubbles(theirs)).to_have_text(["one", "two", "three", "four"])
    expect(hers.locator("#outbox li")).to_have_count(1)
    expect(hers.locator("#outbox").get_by_role("alert")).to_have_text("Write something first.")


def test_blanks_alone_are_not_sent_and_control_signs_are_taken_out(screens, donor, family):
    hers, theirs = screens(donor), screens(family)
    write(hers, "   ")
    write(hers, "tomorrow\u202e at\u0007 nine")
    for page in (hers, theirs):
        expect(bubbles(page)).to_have_text(["tomorrow at nine"])
    expect(hers.locator("#outbox li")).to_have_count(0)


def test_what_is_written_into_a_conversation_that_ended_stays_with_its_reason(screens, app, talk, donor):
    hers = screens(donor)
    with app.app_context(), transaction() as session:
        session.execute(update(Conversation).where(Conversation.id == talk.id).values(closed_at=NOW))
    write(hers, "are you there")
    expect(hers.locator("#outbox").get_by_role("alert")).to_contain_text("This conversation has ended")
    expect(hers.locator("#outbox [data-body]")).to_have_text("are you there")


def test_what_waits_for_a_moderator_says_so_live_and_goes_when_it_is_released(screens, app, talk, donor, family):
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == donor.id).values(trust=0))
    hers, theirs = screens(donor), screens(family)
    other_page = hers.context.new_page()
    other_page.goto(hers.url)
    ready(other_page)
    write(hers, "I take paypal")
    for page in (hers, other_page):
        expect(page.locator("#held li")).to_contain_text("waits for a moderator")
    expect(hers.locator("#outbox li")).to_have_count(0)
    with app.app_context():
        waiting = db.session.scalars(select(HeldMessage.id)).one()
        services.release_held(waiting, now=utcnow())
    for page in (hers, other_page, theirs):
        expect(bubbles(page)).to_have_text(["I take paypal"])
        expect(page.locator("#held li")).to_have_count(0)


def test_edits_and_deletions_show_on_both_screens_and_after_a_pause(screens, app, talk, donor, family, monkeypatch):
    stored = [sent_by(app, donor, talk, n, f"line {n}") for n in (1, 2, 3)]
    hers, theirs = screens(donor), screens(family)
    expect(bubbles(theirs)).to_have_text(["line 1", "line 2", "line 3"])
    with app.app_context():
        services.edit(donor.identity, talk.public_id, stored[0].seq, body="line one", now=utcnow())
    for page in (hers, theirs):
        expect(bubbles(page)).to_have_text(["line one", "line 2", "line 3"])
        expect(page.locator("#m1 [data-edited]")).to_be_visible()
    with app.app_context(), monkeypatch.context() as lost:
        lost.setattr("app.messaging.subscribers.push", lambda *_args: None)
        services.delete_message(donor.identity, talk.public_id, stored[1].seq, now=utcnow())
    for page in (hers, theirs):
        page.evaluate("() => window.dispatchEvent(new Event('focus'))")
        expect(bubbles(page)).to_have_text(["line one", "This message was deleted.", "line 3"])
    expect(hers.locator("#m2").get_by_role("link", name="Change")).to_have_count(0)
    hers.locator("#m3").get_by_role("link", name="Change").click()
    expect(hers.locator("textarea")).to_have_value("line 3")


def test_a_question_is_answered_by_one_tap_and_the_answer_appears_in_words(screens, asks, donor, family):
    hers, theirs = screens(donor), screens(family)
    theirs.locator("form[data-question] button").first.click()
    ways = hers.locator("#messages form[data-answer]")
    ways.get_by_role("button").last.click()
    for page in (hers, theirs):
        expect(bubbles(page)).to_have_count(2)
        expect(bubbles(page).last).to_contain_text("the donor does not know")
    expect(hers.locator("#body")).to_be_focused()


def test_a_ready_sentence_is_read_in_the_other_ones_language(screens, app, donor, family):
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.id == family.id).values(locale="es"))
    hers, theirs = screens(donor), screens(family)
    hers.locator("#phrases summary").click()
    first = hers.locator("#phrases button").first
    words = first.text_content()
    first.click()
    expect(bubbles(hers)).to_have_text([words])
    expect(bubbles(theirs)).to_have_count(1)
    expect(bubbles(theirs)).not_to_have_text([words])


def test_the_list_of_conversations_follows_without_a_push(screens, app, talk, donor, family, monkeypatch):
    page = screens(family)
    page.goto(page.url.rsplit("/", 1)[0])
    expect(page.locator("#inbox")).to_contain_text("Nobody has written yet")
    sent_by(app, donor, talk, 1, "live hello")
    expect(page.locator("#inbox")).to_contain_text("live hello")
    expect(page.locator("[data-unread]").first).to_contain_text("1")
    with monkeypatch.context() as lost:
        lost.setattr("app.messaging.subscribers.push", lambda *_args: None)
        sent_by(app, donor, talk, 2, "lost hello")
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#inbox")).to_contain_text("lost hello")
    expect(page.locator("[data-unread]").first).to_contain_text("2")


def test_what_is_read_is_no_longer_counted_in_the_bars(screens, app, talk, donor, family):
    sent_by(app, donor, talk, 1, "hello")
    page = screens(family)
    expect(page.locator("[data-unread] .badge")).to_have_count(0)
    expect(page.locator("#m1")).to_be_visible()


def test_on_the_narrowest_phone_nothing_scrolls_sideways_and_a_thumb_hits_everything(screens, app, asks, talk, donor):
    sent_by(app, donor, talk, 1, "w" * 300)
    page = screens(donor, size={"width": 320, "height": 640}, reduced_motion="reduce")
    for fold in page.locator("main summary").all():
        fold.click()
    write(page, "$1 an oz just to cover bags")
    expect(page.locator("#outbox").get_by_role("alert")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main summary, main textarea")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
            .map((one) => one.getBoundingClientRect().height + " " + one.outerHTML.slice(0, 90))"""
    )
    assert small == []


def test_without_scripts_a_question_is_asked_answered_and_marked(screens, asks, donor, family):
    theirs = screens(family, wait=False, java_script_enabled=False)
    theirs.locator("form[data-question] button").first.click()
    expect(bubbles(theirs)).to_have_count(1)
    hers = screens(donor, wait=False, java_script_enabled=False)
    hers.locator("#messages form[data-answer] button").first.click()
    expect(bubbles(hers)).to_have_count(2)
    write(hers, "$1 an oz just to cover bags")
    expect(hers.get_by_role("alert")).to_contain_text("Milk is given here")
    expect(hers.locator("#body")).to_have_value("$1 an oz just to cover bags")
    hers.get_by_role("button", name="Send it as it is").click()
    expect(bubbles(hers)).to_have_count(3)
    theirs.reload()
    theirs.get_by_role("button", name="Mark as read").click()
    hers.reload()
    expect(hers.locator("#messages [data-state]").last).to_have_text("read")


def test_words_the_device_cannot_keep_come_back_into_the_box_with_a_reason(screens, donor):
    hers = screens(donor)
    hers.evaluate("() => { IDBObjectStore.prototype.put = () => { throw new DOMException('full') } }")
    write(hers, "do not lose me")
    expect(hers.locator("#body-errors")).to_contain_text("could not keep")
    expect(hers.locator("#body")).to_have_value("do not lose me")
    expect(hers.locator("#outbox li")).to_have_count(0)


BREAKS_ALWAYS = """async () => {
    const { Convoy } = await import("/static/js/messaging/convoy.js");
    const waiting = ["a", "b", "c"].map((client_id) => ({ client_id }));
    const stored = [], refused = [];
    const convoy = new Convoy({
        queue: async () => [...waiting],
        most: () => 8,
        waiting: async () => {},
        settle: async (item, answer) => {
            waiting.splice(waiting.indexOf(item), 1);
            (answer.ok ? stored : refused).push(item.client_id);
        },
        transmit: async (item, after) => {
            if (item.client_id === "a") return { retry: true, error: { code: "server_error", retry_after_ms: 0 } };
            if (after && !stored.includes(after)) return { retry: true, error: { code: "out_of_order" } };
            return { ok: true };
        },
    });
    let rounds = 0;
    while ((await convoy.run()) !== null && rounds < 50) rounds += 1;
    return { stored, refused, rounds };
}"""


def test_a_message_that_always_breaks_the_server_is_put_aside_and_the_others_go(screens, donor):
    hers = screens(donor)
    found = hers.evaluate(BREAKS_ALWAYS)
    assert (found["stored"], found["refused"]) == (["b", "c"], ["a"])
    assert found["rounds"] < 10
