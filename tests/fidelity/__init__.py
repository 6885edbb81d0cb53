"""How faithfully pages are read, measured against what a browser shows: `python -m tests.fidelity`.

A fixed sample of pages (`sample.py`) is laid out by headless Chromium in a window of 1280 x 900 pixels, with
scripts on and the network off. `seen.js` then lists what the page shows. It knows nothing of our reader: it
has only computed styles, rectangles, and the meaning that HTML and ARIA give to tags and roles; no class
name, no id and no word of any site stands in it. Its rules, in order:

**Shown** is a text node or a picture (`img`, inline `svg`, `object`, `video` poster) with a rectangle of more
than one pixel each way that is not hidden (`display`, `visibility`, `opacity`, `content-visibility`), not
transparent, not of font size 0, not cut off by the boxes around it (`overflow: hidden`, `clip`, `clip-path`)
and not off the page's left or top. What a person can scroll to or open (`details`) is shown. Images that did
not load, backgrounds, generated text (list numbers, `::before`), frames and form controls are not looked at.

**Made by scripts** is what was not in the document when it had been parsed and no deferred script had run:
menus that are drawn from a list in a script, buttons to copy code. No reader of HTML has it, so it is none of
the content here, whatever it says; its words are counted and printed.

**Around** the content, and so none of it, is, of what remains:

1. what is within a landmark by HTML-AAM (`nav`, `aside` where it is complementary, `header` and `footer` that
   belong to the body) or an ARIA role of that kind, and what is outside `main` where a page has exactly one;
2. what is pinned to the window (`position: fixed` or `sticky`);
3. sidebars: boxes of at most 34 % of the width and at least 200 px high, of which less than a fifth lies over
   the columns of the page where most text that is no link stands;
4. on pages without `main`, bars: boxes over 90 % of the width, at most 160 px high, without a heading, that
   touch the page's top, or its bottom and are mostly links or at most 60 px high; and pictures above the
   first heading in the top 160 px;
5. menus and tables of contents: boxes with four links or more that make up at least 80 % of the letters,
   without a content picture or a stretch of 40 letters that is no link;
6. on pages without `main`, small print: in the last five blocks, what is at least a tenth smaller than the
   text (in the last 160 px), or begins with a copyright sign.

**Main text** is the rest, and a **content image** is a picture in the rest that is at least 64 px wide and
high.

A reader (`readers.py`) gives words and images in its order, without what it takes for boilerplate itself: an
image or a word that it has but marks counts as lost. `scoring.py` compares the two. Words are runs of letters
and digits, in lower case. *Images* and *words* are the shares of the browser's that the reader has (counted
with repetition), over all pages; *precision* is the share of the reader's words that are in the main text or
in the alternative text of one of its pictures (a formula's picture is read as its TeX); *tau* is the mean
over pages of Kendall's tau between the two orders of all images, and of all runs of four words that occur
once on each side.
"""
