#!/usr/bin/env python3
"""Writes the hashes of the page's style sheet and script into its Content-Security-Policy; run it after an edit.

    seal_page.py [--check]   --check writes nothing and ends with 1 where a hash does not fit: a browser would show a bare page

A policy with hashes runs this one script alone, whatever else a text of somebody's might get into the document.
"""

import base64
import hashlib
import re
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "Sources" / "DMoEServe" / "Resources" / "page.html"


def sealed(page: str) -> str:
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        bodies = re.findall(rf"<{element}\b[^>]*>(.*?)</{element}>", page, re.S)
        if len(bodies) != 1:
            sys.exit(f"seal_page: the page has {len(bodies)} elements {element}, and its policy is for one")
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        page = re.sub(rf"{directive} '[^']*'", f"{directive} 'sha256-{digest}'", page, count=1)
    return page


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    if sealed(page) == page:
        return
    if sys.argv[1:] == ["--check"]:
        sys.exit(
            f"seal_page: the policy of {PAGE.name} is not for its script and style sheet; run {Path(__file__).name}"
        )
    PAGE.write_text(sealed(page), encoding="utf-8")


if __name__ == "__main__":
    main()
