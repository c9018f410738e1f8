// Shared by every page: sends the CSRF token with htmx requests.
