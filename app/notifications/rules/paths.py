"""Where a notice may lead."""


def leads_within_site(path: str) -> bool:
    """Whether ``path`` is an address of this site: one leading slash, so that no other host can stand in it."""
    return path.startswith("/") and not path.startswith(("//", "/\\"))
