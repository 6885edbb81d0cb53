"""What the HTML standard, and custom, say about tags and class names."""

from __future__ import annotations

from pipeline.extract.names import names

BLOCKS = names(
    """address article aside blockquote body button caption center col colgroup dd details dialog dir div dl
    dt     fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr li legend
    listing main menu nav ol optgroup p plaintext pre search section summary table tbody td tfoot
    th thead tr ul xmp html"""
)

HEADINGS = {f"h{level}": level for level in range(1, 7)}

#: Nothing in these is shown as text.
SKIPPED = names(
    """script style template head title meta link base option optgroup select datalist textarea iframe
    audio canvas noembed noframes rp rt map param source track input"""
)

LANDMARKS = frozenset({"nav", "aside"})
ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar", "toolbar"}
)

#: Class names and ids that, as a whole, name what surrounds the content.
BOILERPLATE_NAMES = names(
    """nav navbar navigation nav-path navpath sidebar sphinxsidebar sphinxsidebarwrapper breadcrumb
    breadcrumbs
    footer site-footer page-footer site-header page-header-nav menu main-menu toc localtoc toctree-wrapper
    table-of-contents related prev-next-area prev-next-footer pagination cookie-banner cookie-notice
    social share
    share-buttons skip-link top-menu bottom-menu side-nav titlearea search-box searchbox site-info"""
)

#: Class names of what is in the page but not on the screen.
HIDDEN_NAMES = names(
    """sr-only visually-hidden visuallyhidden screen-reader-text screen-reader-only headerlink anchor-link
    anchorjs-link only-dark dark-only katex-html MathJax MathJax_Preview MathJax_Display mjx-chtml
    mw-editsection"""
)

#: Class names of a box that holds an image with its caption, where no `<figure>` is used.
FIGURE_NAMES = names("figure image wp-caption thumb thumbinner image-with-caption captioned-image imageblock")
CAPTION_NAMES = names("caption wp-caption-text thumbcaption caption-text figcaption image-caption")

#: Class names of pictures of formulas, whose alternative text is TeX.
FORMULA_NAMES = names("math mathimg tex latex formulaInl formulaDsp mwe-math-fallback-image-inline")

#: Boxes of program text that is not in a `<pre>`, one line a box (Doxygen).
CODE_NAMES = names("fragment")
