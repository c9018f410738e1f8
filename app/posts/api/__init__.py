"""The JSON face of posts: translate to and from a use-case, nothing else."""

from app.posts.api.views import blueprint

__all__ = ["blueprint"]
