"""The thinnest journey: the home page opens in a browser without an error and without asking a foreign host."""


def test_the_home_page_opens_without_errors(phones):
    visitor = phones()
    visitor.open("/")
    assert visitor.page.locator("h1").count() == 1
