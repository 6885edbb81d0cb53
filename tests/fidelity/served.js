// Runs before the page's own scripts: remembers what the server sent, so that what scripts make can be told apart.
document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return;
  const served = new WeakSet();
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) served.add(walker.currentNode);
  window.servedNodes = served;
});
