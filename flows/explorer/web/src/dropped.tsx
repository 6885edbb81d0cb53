// What was dropped: the rules, and what each of them dropped with what was measured.
import { useAsk, useList, query } from "./api";
import type { ViewProps } from "./main";
import { count, Empty, Fault, measured, More, ruleName, Thumb, Title, UNITS } from "./parts";
import { go, withQuery } from "./router";
import type { Rejection, Rule } from "./types";

export function DroppedView({ place }: ViewProps) {
  const rules = useAsk<Rule[]>("/api/rules");
  const unit = place.query.get("unit");
  const rule = place.query.get("rule");
  const list = useList<Rejection>(`/api/rejections?${query({ unit, rule, limit: 60 })}`);
  const chosen = rules.value?.find((one) => one.unit === unit && one.rule === rule);
  if (rules.fault) return <Fault>{rules.fault}</Fault>;
  if (!rules.value) return null;
  if (!rules.value.length) return <Empty>Nothing of this dataset was dropped.</Empty>;
  const most = Math.max(...rules.value.map((one) => one.count));
  return (
    <div class="sided wide-rail">
      <aside class="rail" aria-label="Rules">
        {[...new Set(rules.value.map((one) => one.unit))].map((kind) => (
          <fieldset class="facet" key={kind}>
            <legend>{UNITS[kind] ?? kind}</legend>
            {rules.value!
              .filter((one) => one.unit === kind)
              .map((one) => {
                const on = one === chosen;
                return (
                  <button
                    key={one.rule}
                    type="button"
                    class="value"
                    aria-pressed={on}
                    onClick={() => go(withQuery(place, on ? { unit: null, rule: null } : { unit: one.unit, rule: one.rule }), true)}
                  >
                    <span class="value-name">{ruleName(one.rule)}</span>
                    <span class="value-count">{count(one.count)}</span>
                    <i class="red" style={{ width: `${(100 * one.count) / most}%` }} />
                  </button>
                );
              })}
          </fieldset>
        ))}
      </aside>
      <section class="list" aria-label="Dropped" aria-busy={list.waiting}>
        <Title
          aside={
            chosen ? (
              <>
                {count(chosen.count)} dropped
                {chosen.threshold !== null && <> at the threshold {measured(chosen.threshold)}</>}
                {chosen.least !== null && (
                  <>
                    ; measured {measured(chosen.least)} to {measured(chosen.most)}, half of them below{" "}
                    {measured(chosen.middle)}
                  </>
                )}
                .
              </>
            ) : (
              "Nothing disappears without a row here: each with the rule, what was measured, and the threshold."
            )
          }
        >
          {chosen ? ruleName(chosen.rule) : "What was dropped, and why"}
        </Title>
        <ol class="rows">
          {list.rows.map((row) => (
            <li key={row.number}>
              <a class="row" data-row href={row.doc_id ? `/documents/${row.doc_id}${row.position !== null ? `?at=${row.position}` : ""}` : `?${place.query}`}>
                <span class="row-main">
                  <span class="row-name small">{row.detail ?? ruleName(row.rule)}</span>
                  <span class="row-path">
                    {UNITS[row.unit] ?? row.unit} · {row.name ?? row.unit_id}
                    {row.source && <> · {row.source}</>}
                  </span>
                </span>
                <Measure row={row} />
                <span class="faces">{row.image_id && <Thumb id={row.image_id} />}</span>
              </a>
            </li>
          ))}
        </ol>
        <More list={list} what="rows" />
      </section>
    </div>
  );
}

export function Measure({ row }: { row: { value: number | null; threshold: number | null } }) {
  if (row.value === null) return <span class="measure" />;
  return (
    <span class="measure">
      <b>{measured(row.value)}</b>
      {row.threshold !== null && <span>of {measured(row.threshold)}</span>}
    </span>
  );
}
