// One document as it was read, with what is known of it and, if it is wanted, the original beside it.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, useAsk, type Page } from "./api";
import { Blocks } from "./blocks";
import { Measure } from "./dropped";
import type { ViewProps } from "./main";
import { OriginalPane } from "./original";
import { count, Fault, plural, ruleName, Tag } from "./parts";
import { go, withQuery } from "./router";
import type { About, Element, Heading } from "./types";

const AT_ONCE = 200;

export function DocumentView({ id, place }: ViewProps & { id: string }) {
  const about = useAsk<About>(`/api/documents/${id}`);
  const original = place.query.get("original") !== null;
  const at = place.query.get("at");
  const [page, setPage] = useState(1);
  if (about.fault) return <Fault>{about.fault}</Fault>;
  if (!about.value || about.value.doc_id !== id) return null;
  const found = about.value;
  return (
    <div class={`reader ${original ? "beside" : ""}`}>
      <aside class="rail" aria-label="About this document">
        <Facts about={found} />
        <Outline id={id} onGo={(heading) => go(withQuery(place, { at: heading.position }), true)} />
      </aside>
      <article class="paper" aria-label={found.name}>
        <div class="paper-head">
          <p class="row-path">
            {found.source} · {found.path}
          </p>
          <div class="buttons">
            {found.before && (
              <a class="button" data-key="left" href={`/documents/${found.before.doc_id}`} title={found.before.name} aria-label={`Previous document: ${found.before.name}`}>
                ←
              </a>
            )}
            {found.after && (
              <a class="button" data-key="right" href={`/documents/${found.after.doc_id}`} title={found.after.name} aria-label={`Next document: ${found.after.name}`}>
                →
              </a>
            )}
            <a class="button" data-key="o" aria-pressed={original} href={withQuery(place, { original: original ? null : "1" })}>
              Original
            </a>
          </div>
        </div>
        {!found.kept && (
          <div class="verdict">
            <b>This document was dropped.</b>
            {found.rejections
              .filter((reason) => reason.unit === "document")
              .map((reason) => (
                <p key={reason.rule}>
                  <Tag kind="dropped">{ruleName(reason.rule)}</Tag> {reason.detail} <Measure row={reason} />
                </p>
              ))}
          </div>
        )}
        <Elements key={`${id} ${at ?? ""}`} id={id} at={at === null ? null : Number(at)} onPage={setPage} />
      </article>
      {original && <OriginalPane key={`${id} ${page}`} id={id} first={page} />}
    </div>
  );
}

function Elements({ id, at, onPage }: { id: string; at: number | null; onPage: (page: number) => void }) {
  const [rows, setRows] = useState<Element[]>([]);
  const [first, setFirst] = useState(0);
  const [next, setNext] = useState<number | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(true);
  const end = useRef<HTMLDivElement>(null);
  const load = (start: number) => {
    setWaiting(true);
    get<Omit<Page<Element>, "next"> & { next: number | null }>(`/api/documents/${id}/elements?start=${start}&limit=${AT_ONCE}`).then(
      (page) => {
        setRows((known) => [...known, ...page.rows]);
        setNext(page.next);
        setWaiting(false);
      },
      (error: Error) => {
        setFault(error.message);
        setWaiting(false);
      },
    );
  };
  useEffect(() => {
    const start = at === null ? 0 : Math.max(0, at - 20);
    setFirst(start);
    load(start);
  }, []);
  useEffect(() => {
    if (!rows.length) return;
    onPage(rows.find((row) => row.position === at)?.page ?? rows.find((row) => row.page !== null)?.page ?? 1);
    if (at === null) return;
    document.getElementById(`p${at}`)?.scrollIntoView({ block: "center" });
  }, [rows.length > 0]);
  useEffect(() => {
    if (!end.current || next === null || waiting) return;
    const watcher = new IntersectionObserver((seen) => seen[0]?.isIntersecting && load(next), { rootMargin: "800px" });
    watcher.observe(end.current);
    return () => watcher.disconnect();
  }, [next, waiting]);
  return (
    <>
      {first > 0 && rows.length > 0 && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            const start = Math.max(0, first - AT_ONCE);
            setFirst(start);
            get<Page<Element>>(`/api/documents/${id}/elements?start=${start}&limit=${first - start}`).then(
              (page) => setRows((known) => [...page.rows, ...known]),
              (error: Error) => setFault(error.message),
            );
          }}
        >
          What stands before ({plural(first, "element")})
        </button>
      )}
      <Blocks rows={rows} pointed={at} />
      {fault && <Fault>{fault}</Fault>}
      {!waiting && !fault && rows.length === 0 && <p class="empty">Nothing was read of this document.</p>}
      <div ref={end} class="more">
        {waiting && <span class="waiting">Reading …</span>}
      </div>
    </>
  );
}

function Facts({ about }: { about: About }) {
  const parts = about.rejections.filter((reason) => reason.unit === "element");
  const lost = about.rules.filter((rule) => rule.startsWith("image"));
  const facts: [string, string | null][] = [
    ["Language", about.language],
    ["Words", count(about.n_words)],
    ["Elements", count(about.n_elements)],
    ["Pictures", `${count(about.kept_images)} kept of ${count(about.n_images)}`],
    ["Kind", about.media_type],
    ["Licence", about.license ? `${about.license} (${about.license_from})` : "not stated"],
    ["Fetched", about.fetched_at ? about.fetched_at.slice(0, 16).replace("T", " ") : null],
    ["Masked", about.n_masked ? plural(about.n_masked, "piece of personal data", "pieces of personal data") : null],
    ["Opt-out", about.opt_out],
  ];
  return (
    <>
      <h1 class="doc-title" dir="auto">
        {about.name}
      </h1>
      <dl class="facts">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
        {about.cluster && (
          <div>
            <dt>Cluster</dt>
            <dd>
              <a href={`/documents?cluster=${about.cluster.cluster}`}>{about.cluster.name}</a>
            </dd>
          </div>
        )}
      </dl>
      {(about.sets.length > 0 || lost.length > 0 || parts.length > 0) && (
        <ul class="leads">
          {about.sets.length > 0 && (
            <li>
              <a href={`/groups?doc_id=${about.doc_id}`}>{plural(about.groups, "group")}</a>
            </li>
          )}
          {about.sets.length > 0 && (
            <li>
              <a href={`/negatives?doc_id=${about.doc_id}`}>Its mined negatives</a>
            </li>
          )}
          {lost.map((rule) => (
            <li key={rule}>
              <Tag kind="dropped">{ruleName(rule)}</Tag> dropped pictures
            </li>
          ))}
          {parts.map((reason) => (
            <li key={reason.rule + reason.position}>
              <Tag kind="dropped">{ruleName(reason.rule)}</Tag> {reason.detail}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Outline({ id, onGo }: { id: string; onGo: (heading: Heading) => void }) {
  const headings = useAsk<Heading[]>(`/api/documents/${id}/outline`);
  if (!headings.value || headings.value.length < 2) return null;
  return (
    <details class="outline" open={innerWidth > 900 && headings.value.length < 60}>
      <summary>Sections</summary>
      <ol>
        {headings.value.map((heading) => (
          <li key={heading.position} class={`level-${Math.min(heading.level, 4)}`}>
            <a
              href={`?at=${heading.position}`}
              onClick={(event) => {
                event.preventDefault();
                onGo(heading);
              }}
            >
              {heading.text || "untitled"}
            </a>
          </li>
        ))}
      </ol>
    </details>
  );
}
