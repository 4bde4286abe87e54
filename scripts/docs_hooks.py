"""What mkdocs calls: adds the generated pages, and forbids pages to load from elsewhere."""

from __future__ import annotations

import re

import docs_reference
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

# Browsers then refuse what a theme's script might fetch from other hosts. Its own scripts and
# styles are partly inline; search runs in a worker.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'"
)
# GitHub needs `a\|b` in a table, where the Markdown of this site shows the backslash.
CODE = re.compile(r"<code>[^<]*</code>")
CHARSET = '<meta charset="utf-8">'


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages."""
    for name, page in docs_reference.PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Show a bar within code as one."""
    return CODE.sub(lambda found: found[0].replace("\\|", "|"), html)


def on_post_page(output: str, **_: object) -> str:
    """Give a page its policy."""
    return _with_policy(output)


def on_post_template(output_content: str, template_name: str, **_: object) -> str:
    """Give a page without a source, such as 404.html, its policy."""
    return _with_policy(output_content) if template_name.endswith(".html") else output_content


def _with_policy(html: str) -> str:
    if CHARSET not in html:
        raise ValueError("a page of the theme does not begin as expected: it would have no policy")
    policy = f'{CHARSET}<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return html.replace(CHARSET, policy, 1)
