// The list of documents: what it is narrowed to on one side, the documents on the other.
import { useEffect, useState } from "preact/hooks";
import { query, useAsk, useList } from "./api";
import { Facet, Histogram } from "./facets";
import type { ViewProps } from "./main";
import { count, Empty, Fault, More, plural, ruleName, Select, Tag, Thumb, UNITS } from "./parts";
import { go, withQuery } from "./router";
import type { DocumentRow, Facets } from "./types";

const FILTERS = [
  ...["text", "source", "language", "state", "rule", "cluster"],
  ...["min_images", "max_images", "min_words", "max_words"],
];
const SORTS: [string, string][] = [
  ["path", "Source and path"],
  ["name", "Title"],
  ["-words", "Most words"],
  ["words", "Fewest words"],
  ["-images", "Most pictures"],
  ["-elements", "Longest"],
  ["-groups", "Most groups"],
  ["-bytes", "Largest file"],
];

export function DocumentsView({ place }: ViewProps) {
  const chosen: Record<string, string | null> = {};
  for (const name of FILTERS) chosen[name] = place.query.get(name);
  const sort = place.query.get("sort") ?? "path";
  const narrowed = query(chosen);
  const facets = useAsk<Facets>(`/api/facets?${narrowed}`);
  const order = query({ sort: sort.replace("-", ""), descending: sort.startsWith("-") });
  const list = useList<DocumentRow>(`/api/documents?${narrowed ? `${narrowed}&` : ""}${order}`);
  const set = (changes: Record<string, string | number | null>) => go(withQuery(place, changes), true);
  const some = FILTERS.some((name) => chosen[name]);
  return (
    <div class="sided">
      <aside class="rail" aria-label="Filters">
        <Seek value={chosen["text"] ?? ""} onChange={(text) => set({ text })} />
        {facets.fault && <Fault>{facets.fault}</Fault>}
        {facets.value && (
          <details class="filters" open={innerWidth > 900}>
            <summary>Filters</summary>
            <Facet name="State" values={facets.value.state} chosen={chosen["state"]} onChoose={(state) => set({ state })} />
            <Facet name="Source" values={facets.value.source} chosen={chosen["source"]} onChoose={(source) => set({ source })} />
            <Facet name="Language" values={facets.value.language} chosen={chosen["language"]} onChoose={(language) => set({ language })} />
            <Histogram
              name="Pictures"
              bars={facets.value.images}
              least={chosen["min_images"]}
              onChoose={(from, to) => set({ min_images: from, max_images: to })}
            />
            <Histogram
              name="Words"
              bars={facets.value.words}
              least={chosen["min_words"]}
              onChoose={(from, to) => set({ min_words: from, max_words: to })}
            />
            <Facet
              name="Rule that dropped something"
              values={facets.value.rule.map((value) => ({ ...value, label: ruleLabel(String(value.value)) }))}
              chosen={chosen["rule"]}
              onChoose={(rule) => set({ rule })}
            />
            {facets.value.cluster.length > 0 && (
              <Facet name="Cluster" values={facets.value.cluster} chosen={chosen["cluster"]} onChoose={(cluster) => set({ cluster })} />
            )}
          </details>
        )}
      </aside>
      <section class="list" aria-label="Documents" aria-busy={list.waiting}>
        <div class="bar">
          <h1>
            {facets.value ? plural(facets.value.total, "document") : "Documents"}
            {some && (
              <button type="button" class="quiet" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
                Clear filters
              </button>
            )}
          </h1>
          <Select label="Sort" value={sort} options={SORTS} onChange={(value) => set({ sort: value === "path" ? null : value })} />
        </div>
        <ol class="rows">
          {list.rows.map((row) => (
            <Row key={row.doc_id} row={row} />
          ))}
        </ol>
        {!list.waiting && !list.fault && list.rows.length === 0 && <Empty>No document passes these filters.</Empty>}
        <More list={list} what="documents" />
      </section>
    </div>
  );
}

function Row({ row }: { row: DocumentRow }) {
  return (
    <li>
      <a class="row" href={`/documents/${row.doc_id}`} data-row>
        <span class="row-main">
          <span class="row-name" dir="auto">
            {row.name}
          </span>
          <span class="row-path">
            {row.source} · {row.path}
          </span>
          <span class="row-facts">
            <span>{plural(row.n_words ?? 0, "word")}</span>
            {row.kept_images > 0 && <span>{plural(row.kept_images, "picture")}</span>}
            {row.missing_images > 0 && <span>{count(row.missing_images)} missing</span>}
            {row.language && <span>{row.language}</span>}
            {!row.kept && (
              <Tag kind="dropped">
                dropped: {row.rules.filter((rule) => rule.startsWith("document:")).map(ruleName).join(", ")}
              </Tag>
            )}
          </span>
        </span>
        <span class="faces">
          {row.faces.map((id) => (
            <Thumb key={id} id={id} />
          ))}
        </span>
      </a>
    </li>
  );
}

function Seek({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 180);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="seek">
      <span class="unseen">Part of a title or path</span>
      <input
        type="search"
        data-seek
        placeholder="Part of a title or path"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

function ruleLabel(rule: string): string {
  const unit = rule.split(":")[0] ?? "";
  return `${ruleName(rule)} · ${UNITS[unit] ?? unit}`;
}
