"""Files with a hash in their name, of the release that runs and of those before and after it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise has no types
    """WhiteNoise knows the files that were there when the process started. While a new release
    rolls over several machines, its pages ask one that still runs the old release for the new
    files: what was put into the folder since is found, too.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.autorefresh:  # else it looks into these for every file
            self.directories.append((f"{self.static_root}/", self.static_prefix))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(self.static_prefix) and path not in self.files and not self.autorefresh:
            found = self.find_file(path)
            if found is not None:
                self.files[path] = found
        answer: HttpResponseBase = super().__call__(request)
        return answer
