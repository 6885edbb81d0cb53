// Two builds of the dataset, or two runs, side by side.
import { query, useAsk, useList } from "./api";
import type { ViewProps } from "./main";
import { count, Empty, Fault, More, ruleName, Select, Tag, Title, UNITS } from "./parts";
import { go, withQuery } from "./router";
import { Metrics, RunCurves, type Run } from "./training";

interface Builds {
  changes: { added: number; removed: number; changed: number };
  counts: Record<string, [number, number]>;
  rules: { unit: string; rule: string; before: number; after: number }[];
}

interface Change {
  doc_id: string;
  name: string;
  source: string;
  path: string;
  change: "added" | "removed" | "changed";
  words_before: number | null;
  words_after: number | null;
  images_before: number | null;
  images_after: number | null;
  kept_before: boolean | null;
  kept_after: boolean | null;
}

interface Runs {
  runs: [Run, Run];
  settings: { name: string; first: unknown; second: unknown }[];
  documents: { doc_id: string; name: string; source: string; first: number | null; second: number | null }[];
}

export function CompareView({ place, overview }: ViewProps) {
  const of = place.query.get("of") === "runs" ? "runs" : "builds";
  return (
    <div class="page">
      <div class="bar">
        <Title>Compare</Title>
        <div class="switch" role="group" aria-label="What is compared">
          {(["builds", "runs"] as const).map((name) => (
            <button key={name} type="button" class={of === name ? "on" : ""} aria-pressed={of === name} onClick={() => go(`/compare?of=${name}`, true)}>
              {name === "builds" ? "Two builds" : "Two runs"}
            </button>
          ))}
        </div>
      </div>
      {of === "builds" ? <TwoBuilds place={place} overview={overview} /> : <TwoRuns place={place} overview={overview} />}
    </div>
  );
}

function TwoBuilds({ place, overview }: ViewProps) {
  const second = place.query.get("second") ?? overview.build?.build_id ?? "";
  const later = overview.builds.findIndex((one) => one.build_id === second);
  const first = place.query.get("first") ?? overview.builds[later + 1]?.build_id ?? "";
  const change = place.query.get("change");
  const pair = query({ first, second });
  const found = useAsk<Builds>(first && second ? `/api/compare/builds?${pair}` : null);
  const list = useList<Change>(`/api/compare/builds/documents?${query({ first, second, change })}`);
  if (overview.builds.length < 2) return <Empty>This dataset has one build: there is nothing to compare it with yet.</Empty>;
  const options = overview.builds.map((one): [string, string] => [one.build_id, `${one.build_id.slice(0, 8)} · ${one.stage} · ${one.created_at.slice(0, 16).replace("T", " ")}`]);
  return (
    <>
      <div class="choices">
        <Select label="Before" value={first} options={options} onChange={(value) => go(withQuery(place, { first: value }), true)} />
        <Select label="After" value={second} options={options} onChange={(value) => go(withQuery(place, { second: value }), true)} />
      </div>
      {found.fault && <Fault>{found.fault}</Fault>}
      {found.value && (
        <>
          <div class="figures">
            {(["added", "removed", "changed"] as const).map((name) => (
              <button key={name} type="button" class={`big ${name} ${change === name ? "on" : ""}`} aria-pressed={change === name} onClick={() => go(withQuery(place, { change: change === name ? null : name }), true)}>
                <b>{count(found.value!.changes[name])}</b>
                <span>documents {name}</span>
              </button>
            ))}
          </div>
          <div class="halves">
            <table class="plain">
              <thead>
                <tr>
                  <th>Rows</th>
                  <th class="n">before</th>
                  <th class="n">after</th>
                </tr>
              </thead>
              <tbody>
                {Object.entries(found.value.counts).map(([name, [before, after]]) => (
                  <tr key={name} class={before === after ? "" : "differs"}>
                    <td>{name}</td>
                    <td class="n">{count(before)}</td>
                    <td class="n">{count(after)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {found.value.rules.length > 0 && (
              <table class="plain">
                <thead>
                  <tr>
                    <th>Dropped by</th>
                    <th class="n">before</th>
                    <th class="n">after</th>
                  </tr>
                </thead>
                <tbody>
                  {found.value.rules.map((rule) => (
                    <tr key={rule.unit + rule.rule}>
                      <td>
                        {ruleName(rule.rule)} <span class="aside">{UNITS[rule.unit] ?? rule.unit}</span>
                      </td>
                      <td class="n">{count(rule.before)}</td>
                      <td class="n">{count(rule.after)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </div>
        </>
      )}
      <ol class="rows">
        {list.rows.map((row) => (
          <li key={row.doc_id}>
            <a class="row" data-row href={row.change === "removed" ? `?${place.query}` : `/documents/${row.doc_id}`}>
              <span class="row-main">
                <span class="row-name" dir="auto">
                  {row.name}
                </span>
                <span class="row-path">
                  {row.source} · {row.path}
                </span>
              </span>
              <span class="measure">
                <Tag kind={row.change === "added" ? "good" : row.change === "removed" ? "dropped" : ""}>{row.change}</Tag>
                {row.change === "changed" && <span>{differences(row)}</span>}
              </span>
            </a>
          </li>
        ))}
      </ol>
      {found.value && !list.waiting && list.rows.length === 0 && <Empty>No document differs.</Empty>}
      <More list={list} what="documents" />
    </>
  );
}

function differences(row: Change): string {
  const said = [];
  if (row.kept_before !== row.kept_after) said.push(row.kept_after ? "kept now" : "dropped now");
  if (row.words_before !== row.words_after) said.push(`${count(row.words_before)} → ${count(row.words_after)} words`);
  if (row.images_before !== row.images_after) said.push(`${count(row.images_before)} → ${count(row.images_after)} pictures`);
  return said.join(", ");
}

function TwoRuns({ place, overview }: ViewProps) {
  const first = place.query.get("first") ?? overview.runs[0] ?? "";
  const second = place.query.get("second") ?? overview.runs[1] ?? "";
  const found = useAsk<Runs>(first && second ? `/api/compare/runs?${query({ first, second })}` : null);
  if (overview.runs.length < 2) return <Empty>It takes two runs to compare: name them with --run.</Empty>;
  const options = overview.runs.map((one): [string, string] => [one, one]);
  return (
    <>
      <div class="choices">
        <span class="end s0" />
        <Select label="First" value={first} options={options} onChange={(value) => go(withQuery(place, { first: value }), true)} />
        <span class="end s1" />
        <Select label="Second" value={second} options={options} onChange={(value) => go(withQuery(place, { second: value }), true)} />
      </div>
      {found.fault && <Fault>{found.fault}</Fault>}
      {found.value && (
        <>
          <Metrics table={own(found.value.runs)} />
          <RunCurves runs={found.value.runs} />
          {found.value.settings.length > 0 && (
            <section>
              <h2 class="kind">Settings that differ</h2>
              <div class="scroll" tabIndex={0} role="region" aria-label="Settings that differ">
                <table class="plain">
                  <tbody>
                    {found.value.settings.map((row) => (
                      <tr key={row.name}>
                        <td>{row.name}</td>
                        <td>{said(row.first)}</td>
                        <td>{said(row.second)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          )}
          {found.value.documents.length > 0 && (
            <section>
              <h2 class="kind">Held-out documents that both looked at</h2>
              <table class="plain">
                <thead>
                  <tr>
                    <th>Document</th>
                    <th class="n">first</th>
                    <th class="n">second</th>
                  </tr>
                </thead>
                <tbody>
                  {found.value.documents.map((row) => (
                    <tr key={row.doc_id}>
                      <td>
                        <a href={`/documents/${row.doc_id}`}>{row.name}</a>
                      </td>
                      <td class="n">{percent(row.first)}</td>
                      <td class="n">{percent(row.second)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )}
        </>
      )}
    </>
  );
}

/** The metrics of the two runs themselves, without their baselines. */
function own(runs: [Run, Run]): Record<string, Record<string, number | null>> {
  const table: Record<string, Record<string, number | null>> = {};
  for (const run of runs) {
    const row = Object.values(run.metrics?.metrics ?? {})[0];
    if (row) table[run.name] = row;
  }
  return table;
}

function said(value: unknown): string {
  return value === undefined || value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function percent(value: number | null): string {
  return value === null ? "–" : `${Math.round(100 * value)} %`;
}
