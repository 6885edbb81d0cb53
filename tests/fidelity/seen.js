// Reads what a laid-out page shows: runs of text and pictures in document order, each with the reason why it is
// no content (null where it is). The rules are stated in `tests/fidelity/__init__.py`.
(limits) => {
  const width = document.documentElement.clientWidth;
  const served = window.servedNodes;
  const LANDMARKS = new Set(["navigation", "banner", "contentinfo", "complementary", "search", "form", "menu",
    "menubar", "toolbar", "dialog", "alertdialog", "tooltip", "directory", "doc-toc", "doc-index", "doc-pagelist"]);
  const CONTROLS = new Set(["BUTTON", "SELECT", "TEXTAREA", "INPUT", "OPTION", "LABEL"]);
  const NO_TEXT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "TITLE", "IFRAME", "OBJECT", "VIDEO", "AUDIO", "CANVAS"]);
  const SECTIONS = "article, aside, main, nav, section";
  const PARTS = "article, aside, nav, section";
  const letters = (text) => (text.match(/[\p{L}\p{N}]/gu) || []).length;
  const memo = (rule) => {
    const known = new Map();
    return (element) => {
      if (!known.has(element)) known.set(element, rule(element));
      return known.get(element);
    };
  };
  const style = memo((element) => getComputedStyle(element));
  const rect = memo((element) => element.getBoundingClientRect());

  // Everything that a person can open or scroll to is laid out first.
  for (const details of document.querySelectorAll("details")) details.open = true;
  scrollTo(0, 0);

  // ---- what is shown

  /** The part of the plane through which an element's content can be seen, over all boxes that cut it off. */
  const frameOf = memo((element) => {
    const parent = element.parentElement;
    const outer = parent ? frameOf(parent) : { left: 0, top: 0, right: Infinity, bottom: Infinity };
    const { overflowX, overflowY, clip, clipPath, position } = style(element);
    const cut = { ...outer };
    const box = rect(element);
    // A scroll container hides nothing for good; one that may not be scrolled does.
    if (parent && element !== document.body && style(element).display !== "inline") {
      if (["hidden", "clip"].includes(overflowX)) {
        cut.left = Math.max(cut.left, box.left);
        cut.right = Math.min(cut.right, box.right);
      }
      if (["hidden", "clip"].includes(overflowY)) {
        cut.top = Math.max(cut.top, box.top);
        cut.bottom = Math.min(cut.bottom, box.bottom);
      }
    }
    const clipped = position === "absolute" && /^rect\((0(px)?|1px)([ ,]+(0(px)?|1px)){3}\)$/.test(clip);
    if (clipped || /^(inset\((50|100)%|circle\(0|polygon\(0[^,]*\)$)/.test(clipPath)) cut.right = cut.left;
    return cut;
  });
  const opaque = memo((element) => {
    if (parseFloat(style(element).opacity) < 0.05) return false;
    return element.parentElement ? opaque(element.parentElement) : true;
  });
  const shows = (element, boxes) => {
    if (!element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) || !opaque(element)) return false;
    const cut = frameOf(element);
    return boxes.some((box) =>
      Math.min(box.right, cut.right) - Math.max(box.left, cut.left) > 1 &&
      Math.min(box.bottom, cut.bottom) - Math.max(box.top, cut.top) > 1);
  };
  const range = document.createRange();
  const inked = memo((element) => parseFloat(style(element).fontSize) >= 1 && !/^rgba\(.*, 0\)$/.test(style(element).color));
  const blockOf = memo((element) =>
    ["inline", "contents"].includes(style(element).display) && element.parentElement
      ? blockOf(element.parentElement) : element);

  const items = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node.nodeType === 1 && (NO_TEXT.has(node.tagName) && !["OBJECT", "VIDEO"].includes(node.tagName))
      ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  let inPicture = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (inPicture && inPicture.contains(node)) continue;
    if (node.nodeType === 3) {
      if (!node.data.trim()) {
        if (items.length) items[items.length - 1].space = true;
        continue;
      }
      const element = node.parentElement;
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()];
      if (!inked(element) || !shows(element, boxes)) continue;
      const whole = range.getBoundingClientRect();
      items.push({ kind: "text", node, element, text: node.data, block: blockOf(element), box: whole, boxes });
    } else if (node.tagName === "BR") {
      if (items.length) items[items.length - 1].space = true;
    } else if (["IMG", "SVG", "OBJECT", "VIDEO", "EMBED"].includes(node.tagName.toUpperCase())) {
      inPicture = node;
      const tag = node.tagName.toUpperCase();
      const source = { IMG: node.currentSrc || node.src, SVG: "svg:", OBJECT: node.data, VIDEO: node.poster, EMBED: node.src }[tag];
      const box = rect(node);
      if (tag === "IMG" && !node.naturalWidth) continue;
      if (["OBJECT", "EMBED"].includes(tag) && !/^image\//.test(node.type)) continue;
      if (source && shows(node, [box])) {
        items.push({ kind: "image", node, element: node, text: node.getAttribute("alt") || "", source, block: node, box });
      }
    }
  }

  // ---- what is content: what the page says of its parts

  const mains = [...document.querySelectorAll("main, [role=main]")].filter((element) => element.checkVisibility());
  const main = mains.length === 1 ? mains[0] : null;
  const stated = memo((element) => {
    const role = (element.getAttribute("role") || "").trim().split(/\s+/)[0].toLowerCase();
    const tag = element.tagName;
    if (LANDMARKS.has(role)) return "landmark";
    if (CONTROLS.has(tag)) return "control";
    if (!role && tag === "NAV") return "landmark";
    // Within a section it is complementary only when it has a name of its own: a footnote has none.
    if (!role && tag === "ASIDE" && (element.hasAttribute("aria-label") || !element.parentElement.closest(PARTS))) return "landmark";
    if (!role && (tag === "HEADER" || tag === "FOOTER") && !element.parentElement.closest(SECTIONS)) return "landmark";
    return element.parentElement ? stated(element.parentElement) : null;
  });
  for (const item of items) {
    const made = served && !(served.has(item.node) && served.has(item.element));
    item.why = made ? "script" : stated(item.element);
    if (!item.why && main && !main.contains(item.element)) item.why = "outside main";
  }

  // ---- what is content: where it stands

  const open = () => items.filter((item) => !item.why);
  const linkOf = memo((element) => element.closest("a[href]"));
  const isHeading = memo((element) => element.closest("h1, h2, h3, h4, h5, h6, [role=heading]"));
  const boxesAround = (keep) => {
    const found = new Map();
    for (const item of open()) {
      for (let box = item.element; box && box !== document.body && box !== main; box = box.parentElement) {
        if (style(box).display === "inline" || style(box).display === "contents") continue;
        if (!found.has(box)) found.set(box, { letters: 0, linked: 0, links: new Set(), prose: 0, pictures: 0, headings: 0 });
        const sum = found.get(box);
        const size = letters(item.kind === "text" ? item.text : "");
        sum.letters += size;
        if (item.kind === "image") {
          if (item.box.width >= limits.picture && item.box.height >= limits.picture) sum.pictures += 1;
        } else if (linkOf(item.element)) {
          sum.linked += size;
          sum.links.add(linkOf(item.element));
        } else {
          sum.prose = Math.max(sum.prose, size);
        }
        if (item.kind === "text" && isHeading(item.element)) sum.headings += 1;
      }
    }
    return [...found].filter(([box, sum]) => keep(box, sum)).map(([box]) => box);
  };
  const strike = (boxes, why) => {
    const struck = new Set(boxes);
    for (const item of open()) {
      for (let box = item.element; box; box = box.parentElement) if (struck.has(box)) item.why = why;
    }
  };

  const pinned = memo((element) => style(element).position === "fixed" || style(element).position === "sticky");
  strike(boxesAround((box) => pinned(box) && rect(box).width * rect(box).height < 0.5 * width * innerHeight), "pinned");

  // The column: where most of the text that is no link stands, in steps of 16 pixels.
  const mass = new Array(Math.ceil(width / 16) + 1).fill(0);
  for (const item of open()) {
    if (item.kind !== "text" || linkOf(item.element)) continue;
    for (const box of item.boxes) {
      const last = Math.min(mass.length - 1, Math.floor(box.right / 16));
      for (let at = Math.max(0, Math.floor(box.left / 16)); at <= last; at += 1) mass[at] += box.height;
    }
  }
  const most = Math.max(...mass);
  const column = mass.map((one) => one >= 0.25 * most);
  strike(boxesAround((box) => {
    const { left, right, width: wide, height } = rect(box);
    if (wide > 0.34 * width || height < 200) return false;
    let within = 0, all = 0;
    for (let at = Math.max(0, Math.floor(left / 16)); at <= Math.min(mass.length - 1, Math.floor(right / 16)); at += 1) {
      all += 1;
      within += column[at] ? 1 : 0;
    }
    return all > 0 && within < 0.2 * all;
  }), "sidebar");

  const bottomOf = Math.max(...items.map((item) => item.box.bottom), 0);
  const floor = document.documentElement.scrollHeight;
  if (!main) {
    strike(boxesAround((box, sum) => {
      const { top, bottom, width: wide, height } = rect(box);
      const last = bottom >= floor - 8 && (height <= 60 || sum.linked >= 0.5 * sum.letters);
      return wide >= 0.9 * width && height <= 160 && !sum.headings && (top <= 8 || last);
    }), "bar");
    const first = items.findIndex((item) => !item.why && item.kind === "text" && isHeading(item.element));
    items.slice(0, Math.max(first, 0)).forEach((item) => {
      if (!item.why && item.kind === "image" && item.box.bottom <= 160) item.why = "bar";
    });
  }
  // A menu: at least four links that are nearly all of a box's text; pictures make it a gallery, a sentence a text.
  strike(boxesAround((box, sum) => sum.links.size >= 4 && sum.linked >= 0.8 * sum.letters && sum.prose < 40 && !sum.pictures), "menu");

  // Small print at the page's end.
  const sizes = items.filter((item) => item.kind === "text" && item.why !== "script").flatMap((item) =>
    [[parseFloat(style(item.element).fontSize), letters(item.text)]]).sort((a, b) => a[0] - b[0]);
  let half = sizes.reduce((sum, [, count]) => sum + count, 0) / 2;
  const body = (sizes.find(([, count]) => (half -= count) <= 0) || [16])[0];
  const blocks = [...new Set(items.filter((item) => item.why !== "script").map((item) => item.block))].slice(-5);
  for (const item of main ? [] : open().filter((one) => blocks.includes(one.block))) {
    const small = item.kind === "text" && parseFloat(style(item.element).fontSize) <= 0.9 * body && item.box.bottom > bottomOf - 160;
    if ((small && !item.block.closest("table, pre, figure")) || /^\s*(©|\(c\)|copyright\b)/i.test(item.block.textContent)) item.why = "small print";
  }
  for (const item of open()) {
    if (item.kind === "image" && (item.box.width < limits.picture || item.box.height < limits.picture)) item.why = "small";
  }

  if (limits.paint) {
    for (const item of items) {
      const box = document.createElement("div");
      const colour = item.why ? "255,0,0" : "0,160,0";
      box.style.cssText = `position:absolute;z-index:99999;pointer-events:none;background:rgba(${colour},.25);left:${item.box.left}px;top:${item.box.top}px;width:${item.box.width}px;height:${item.box.height}px`;
      document.body.append(box);
    }
  }
  const number = new Map();
  return items.map(({ kind, text, source, block, why, space }) => {
    if (!number.has(block)) number.set(block, number.size);
    return { kind, text, source: source || null, block: number.get(block), why: why || null, space: Boolean(space) };
  });
}
