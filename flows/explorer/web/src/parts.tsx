// Small parts that several views have in common.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { picture, type Listed } from "./api";

const NUMBERS = new Intl.NumberFormat("en");

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : NUMBERS.format(value);
}

export function measured(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return NUMBERS.format(value);
  return String(Number(value.toPrecision(4)));
}

/** A text as one reads it aloud: of a table its cells, without the lines of Markdown. */
export function spoken(text: string): string {
  if (!text.startsWith("|")) return text;
  const cells = text.replace(/\|(?:\s*:?-{3,}:?\s*\|)+/g, "|").split(/\s*\|\s*/);
  return cells.filter(Boolean).join(" · ");
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A rule's name for a person: `image_url:exact_duplicate` is "exact duplicate". */
export function ruleName(rule: string): string {
  return (rule.split(":").pop() ?? rule).replaceAll("_", " ");
}

export const UNITS: Record<string, string> = {
  document: "document",
  element: "element",
  image: "picture",
  image_url: "address of a picture",
  file: "file",
  group: "group",
};

export function Title({ children, aside }: { children: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <header class="title">
      <h1>{children}</h1>
      {aside && <p>{aside}</p>}
    </header>
  );
}

export function Fault({ children }: { children: ComponentChildren }) {
  return (
    <p class="fault" role="alert">
      {children}
    </p>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Tag({ kind = "", children }: { kind?: string; children: ComponentChildren }) {
  return <span class={`tag ${kind}`}>{children}</span>;
}

export function Thumb({ id, side = 96, alt = "" }: { id: string; side?: number; alt?: string }) {
  return <img class="thumb" src={picture(id, side)} alt={alt} loading="lazy" decoding="async" />;
}

/** The end of a list: it loads the next page when it comes into sight. */
export function More<T>({ list, what }: { list: Listed<T>; what: string }) {
  const end = useRef<HTMLDivElement>(null);
  const { more } = list;
  useEffect(() => {
    if (!end.current || !more) return;
    const watcher = new IntersectionObserver((seen) => seen[0]?.isIntersecting && more(), {
      rootMargin: "400px",
    });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [more]);
  if (list.fault) return <Fault>{list.fault}</Fault>;
  return (
    <div class="more" ref={end} aria-live="polite">
      {more ? (
        <button type="button" onClick={more}>
          More {what}
        </button>
      ) : list.waiting ? (
        <span class="waiting">Reading …</span>
      ) : (
        list.rows.length > 0 && <span>End of the list</span>
      )}
    </div>
  );
}

export function Select({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
}) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([key, said]) => (
          <option key={key} value={key}>
            {said}
          </option>
        ))}
      </select>
    </label>
  );
}
