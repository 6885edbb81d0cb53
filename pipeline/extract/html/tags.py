"""What the HTML standard, and custom, say about tags and class names."""

from __future__ import annotations

from pipeline.extract.names import names

BLOCKS = names(
    """address article aside blockquote body button caption center col colgroup dd details dialog dir div dl
    dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr li legend
    listing main menu nav ol optgroup p plaintext pre search section summary table tbody td tfoot
    th thead tr ul xmp html"""
)

HEADINGS = {f"h{level}": level for level in range(1, 7)}

#: Left out, each with its reason: what a browser never shows (head, code, void helpers, the fallback of media
#: that it plays), the values of controls, and other documents (an `<iframe>` without `srcdoc`).
SKIPPED = names(
    """script style template head title meta link base frame
    option optgroup select datalist textarea input progress meter
    audio canvas noembed rp param source track
    iframe frameset noframes"""
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
    social share navheader navfooter
    share-buttons skip-link top-menu bottom-menu side-nav titlearea search-box searchbox site-info"""
)

#: Class names of what is in the page but not on the screen, or what a script writes beside its source (the
#: drawn formulas of MathJax 2, whose TeX stands in a `<script>`), or opens under the pointer (Doxygen's
#: inherited members and tooltips).
HIDDEN_NAMES = names(
    """sr-only visually-hidden visuallyhidden screen-reader-text screen-reader-only headerlink anchor-link
    anchorjs-link only-dark dark-only MathJax MathJax_Preview MathJax_Display MathJax_SVG
    MathJax_SVG_Display mw-editsection copybtn d-print-only print-only inherit ttc"""
)
#: Class names that hide, unless another one brings the node back on wide screens ("hidden md:block").
HIDING_NAMES = names("hidden d-none is-hidden")
SHOWING_NAMES = names("block flex grid inline inline-block inline-flex table table-cell")

#: Class names of a box that holds an image with its caption, where no `<figure>` is used.
FIGURE_NAMES = names(
    """figure image wp-caption thumb thumbinner image-with-caption captioned-image imageblock image-container
    gallerybox informalfigure"""
)
CAPTION_NAMES = names(
    """caption wp-caption-text thumbcaption caption-text figcaption figure-caption image-caption img-caption
    image_caption imagecaption photo-caption gallerytext gallery-caption media-caption"""
)
#: Class names of a caption within a box of `FIGURE_NAMES` only (DocBook, AsciiDoc).
FIGURE_TITLE_NAMES = names("title")

#: Class names of pictures of formulas, whose alternative text is TeX.
FORMULA_NAMES = names(
    """math mathimg tex latex formula formulaInl formulaDsp equation mimetex mathtex
    mwe-math-fallback-image-inline mwe-math-fallback-image-display"""
)

#: Boxes of program text that is not in a `<pre>`, one line a box (Doxygen).
CODE_NAMES = names("fragment")
#: The gutter beside program text.
LINE_NUMBER_NAMES = names(
    """linenos lineno linenodiv linenumber line-numbers-rows line-number blob-num gutter rouge-gutter
    hljs-ln-numbers lnt lineno-container"""
)
#: Class names of drawings as small as a word.
ICON_NAMES = names("icon svg-icon octicon svg-inline--fa fa fas far fab feather bi lucide mdi")
