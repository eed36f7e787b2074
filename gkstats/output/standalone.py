"""A page that is one file: its sheets and scripts inside it, named by their hashes, and everything else forbidden."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape


def standalone(title: str, main: str, styles: Sequence[str], module: str = "", data: str = "") -> str:
    """The page: ``main`` is its HTML, ``module`` a script that may read ``data`` (JSON) from the element #data."""
    policy = {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "style-src": [_hashed(style) for style in styles],
        "script-src": [_hashed(module)] if module else ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    sheets = "\n".join(f"<style>{style}</style>" for style in styles)
    scripts = ""
    if module:
        # "<" cannot end the element if there is none
        scripts = f'<script type="application/json" id="data">{data.replace("<", chr(92) + "u003c")}</script>\n'
        scripts += f'<script type="module">{module}</script>\n'
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{"; ".join(" ".join([k, *v]) for k, v in policy.items())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<meta name="generator" content="gkstats">
<title>{escape(title)}</title>
{sheets}
</head>
<body>
<main>
{main}
</main>
{scripts}</body>
</html>
"""


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
