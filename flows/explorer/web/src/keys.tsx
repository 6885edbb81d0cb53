// The keyboard: / to the field, j and k from row to row, [ and ] to the page before and after, ? for all of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "./router";

const KEYS: [string, string][] = [
  ["/", "Go to the search field of the view"],
  ["j  k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["← →", "Previous and next document, step or page"],
  ["g then d s x g n m t c", "Documents, search, dropped, groups, negatives, map, training, compare"],
  ["o", "Show the original beside a document"],
  ["Esc", "Leave a field or this list"],
  ["?", "This list"],
];
const VIEWS: Record<string, string> = {
  d: "/documents",
  s: "/search",
  x: "/dropped",
  g: "/groups",
  n: "/negatives",
  m: "/map",
  t: "/training",
  c: "/compare",
};

function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");
}

function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [, setShown] = useState(false);
  useEffect(() => {
    let leading = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (typing(event.target)) {
        if (event.key === "Escape") (event.target as HTMLElement).blur();
        return;
      }
      const view = VIEWS[event.key];
      if (Date.now() - leading < 1200 && view) {
        leading = 0;
        go(view);
      } else if (event.key === "g") leading = Date.now();
      else if (event.key === "j") step(1);
      else if (event.key === "k") step(-1);
      else if (event.key === "/") document.querySelector<HTMLElement>("[data-seek]")?.focus();
      else if (event.key === "?") {
        dialog.current?.showModal();
        setShown(true);
      } else if (event.key === "o") document.querySelector<HTMLElement>("[data-key=o]")?.click();
      else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        const target = event.target as HTMLElement;
        if (target.closest("input, [role=grid], .map, table")) return;
        document.querySelector<HTMLElement>(`[data-key=${event.key === "ArrowLeft" ? "left" : "right"}]`)?.click();
        return;
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  return (
    <dialog ref={dialog} class="keys" aria-label="Keyboard">
      <h2>Keyboard</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              {keys.split(/\s+/).map((key) => (key === "then" ? " then " : <kbd>{key}</kbd>))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  );
}

export function showKeys(): void {
  document.querySelector<HTMLDialogElement>("dialog.keys")?.showModal();
}
