"""`make screenshots`: a picture of every page, light and dark, on a desk and on a phone, into artifacts/screenshots/.

With words only places whose names begin with one of them. With `--readme` the few that the README shows, into docs/images/.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Error

from tests.browser.pages import PLACES
from tests.browser.server import running
from tests.browser.visit import SCHEMES, SIZES, browser, go, window

FOLDER = Path("artifacts/screenshots")
README = ("customers", "customer", "import-plan")
README_FOLDER = Path("docs/images")
README_BYTES = 150_000


def main(wanted: list[str]) -> int:
    """Take the pictures whose names begin with one of the wanted words, or all; tell which could not be taken."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    failed = 0
    places = [place for place in PLACES if not wanted or place.name.startswith(tuple(wanted))]
    with running() as address, browser() as one:
        for scheme in SCHEMES:
            for size in SIZES:
                for stranger in (True, False):
                    with window(one, address, scheme=scheme, size=size, stranger=stranger) as page:
                        for place in (place for place in places if place.stranger is stranger):
                            name = f"{place.name}-{scheme}-{size[0]}"
                            try:
                                go(page, place)
                            except Error as error:
                                failed += 1
                                sys.stderr.write(f"{name}: {str(error).splitlines()[0]}\n")
                            page.screenshot(path=FOLDER / f"{name}.png")
    taken = len(places) * len(SCHEMES) * len(SIZES) - failed
    sys.stderr.write(f"{taken} pictures in {FOLDER}, {failed} not as they should be.\n")
    return 1 if failed else 0


def readme() -> int:
    """Take the pictures of the README anew: light, on a desk, small enough for a repository."""
    README_FOLDER.mkdir(parents=True, exist_ok=True)
    too_large = 0
    with running() as address, browser() as one, window(one, address) as page:
        for place in (place for place in PLACES if place.name in README):
            go(page, place)
            picture = page.screenshot(path=README_FOLDER / f"{place.name}.png")
            too_large += len(picture) > README_BYTES
            sys.stderr.write(f"{place.name}: {len(picture)} bytes\n")
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(readme() if sys.argv[1:] == ["--readme"] else main(sys.argv[1:]))
