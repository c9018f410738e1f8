"""
Who may open what: every route and socket event, by name, with who is let in.

A new route or socket event is added here by hand, in the place where it belongs: that is the moment to think about who
may open it. Someone else's object behind an open door still answers 404; each capability's own tests say so.
"""

EVERYONE = {
    "accounts.check_mail",
    "accounts.places",
    "handoffs.feed",
    "health.alive",
    "health.ready",
    "pages.choice",
    "pages.choose_theme",
    "pages.home",
    "pages.how",
    "matching.how_matching_works",
    "notifications.ask_stop",
    "notifications.stop_mails",
    "pages.privacy",
    "places.areas",
}
"""Open to visitors, and so to everybody."""

DEVELOPMENT = {"mailbox.mailbox"}
"""Open to everybody on a contributor's own machine; where DEV_MAILBOX is 0 it does not exist."""

MEMBERS = {
    "accounts.block",
    "accounts.me",
    "accounts.new_token",
    "accounts.place",
    "accounts.revoke_token",
    "accounts.start",
    "accounts.unblock",
    "accounts.welcome",
    "accounts.withdraw",
    "handoffs.agree",
    "handoffs.calendar",
    "handoffs.calendar_entry",
    "handoffs.cancel",
    "handoffs.card",
    "handoffs.confirm",
    "handoffs.counter",
    "handoffs.decline",
    "handoffs.end_calendar",
    "handoffs.mine",
    "handoffs.missed",
    "handoffs.place",
    "handoffs.propose",
    "handoffs.renew_calendar",
    "handoffs.show",
    "matching.accept",
    "matching.decline",
    "matching.interests",
    "matching.gone",
    "matching.invite",
    "matching.matches",
    "matching.mine",
    "matching.overview",
    "matching.pair",
    "matching.pass_on",
    "matching.say_yes",
    "matching.search",
    "matching.still_there",
    "matching.take_back",
    "messaging.archive",
    "messaging.change",
    "messaging.delete",
    "messaging.edit",
    "messaging.export",
    "messaging.heads",
    "messaging.hide_address",
    "messaging.inbox",
    "messaging.mark_read",
    "messaging.mute",
    "messaging.presence",
    "messaging.of_interest",
    "messaging.picture",
    "messaging.remind_kindly",
    "messaging.search",
    "messaging.send_picture",
    "messaging.take_back",
    "messaging.tell_address",
    "messaging.thread",
    "messaging.write",
    "milk.discard",
    "milk.find",
    "milk.mine",
    "milk.new",
    "milk.put",
    "milk.show",
    "milk.thaw",
    "moderation.block",
    "moderation.my_reports",
    "moderation.receipt",
    "moderation.report",
    "moderation.statement",
    "notifications.inbox",
    "notifications.open_one",
    "notifications.reach",
    "notifications.read_all",
    "notifications.turn_off",
    "notifications.turn_on",
    "posts.act",
    "posts.autosave",
    "posts.choose",
    "posts.mine",
    "posts.show",
}
"""A visitor is asked to sign in; every member is let in."""

ASKS_ITSELF = {
    "posts.edit",
    "posts.new_offer",
    "posts.new_request",
}
"""Marked public because the view first keeps what was typed before a session ran out; then it asks to sign in."""

MODERATORS = {
    "moderation.case",
    "moderation.claim",
    "moderation.decide",
    "moderation.give_back",
    "moderation.picture",
    "moderation.queue",
}
"""For a member without the role there is nothing there (404)."""

API_EVERYONE = {"api_document.openapi"}
"""The description of the JSON API: open to programs without a token."""

API_MEMBERS = {
    "api_accounts.change_me",
    "api_accounts.make_token",
    "api_accounts.me",
    "api_accounts.places",
    "api_accounts.revoke_token",
    "api_accounts.tokens",
    "api_matching.accept",
    "api_matching.decline",
    "api_matching.disclosure",
    "api_matching.interests",
    "api_matching.matches",
    "api_matching.mark_seen",
    "api_matching.pass_on",
    "api_matching.proposals",
    "api_matching.speak_first",
    "api_matching.take_back",
    "api_messaging.address",
    "api_messaging.choose",
    "api_messaging.conversation",
    "api_messaging.conversations",
    "api_messaging.delete",
    "api_messaging.edit",
    "api_messaging.heads",
    "api_messaging.hide_address",
    "api_messaging.mark_read",
    "api_messaging.message",
    "api_messaging.messages",
    "api_messaging.picture",
    "api_messaging.search",
    "api_messaging.send",
    "api_messaging.send_picture",
    "api_messaging.tell_address",
    "api_notifications.add_device",
    "api_notifications.devices",
    "api_notifications.forget_device",
    "api_notifications.notices",
    "api_notifications.preferences",
    "api_notifications.read_all",
    "api_notifications.read_one",
    "api_notifications.save_preferences",
    "api_notifications.unread",
    "api_posts.change",
    "api_posts.hand_in",
    "api_posts.own_posts",
    "api_posts.pause",
    "api_posts.post",
    "api_posts.renew",
    "api_posts.resume",
    "api_posts.withdraw",
}
"""Operations of the JSON API: without a valid token 401, whatever cookie is sent; every member's token is let in."""

LIBRARY_EVERYONE = {
    "security.confirm_email",
    "security.forgot_password",
    "security.login",
    "security.logout",
    "security.register",
    "security.reset_password",
    "security.send_confirmation",
    "security.mf_recovery",
    "security.tf_select",
    "security.two_factor_rescue",
    "security.two_factor_token_validation",
    "security.change_email_confirm",
    "static",
}
"""The accounts library's own pages of sign-up, sign-in and reset, which check what they need themselves."""

LIBRARY_MEMBERS = {
    "security.change_email",
    "security.change_password",
    "security.mf_recovery_codes",
    "security.two_factor_setup",
    "security.two_factor_setup_validate",
    "security.verify",
}
"""The accounts library's pages about one's own account: a visitor is asked to sign in."""

SOCKET_MEMBERS = {
    "conversation.open",
    "heads",
    "here",
    "message.delete",
    "message.edit",
    "message.read",
    "message.send",
    "typing",
}
"""Every socket event needs a signed-in member; the two people of the conversation are checked behind it."""
