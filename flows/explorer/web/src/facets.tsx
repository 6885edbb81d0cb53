// What a list can be narrowed to: values with their counts, and bars of counts.
import { useState } from "preact/hooks";
import { count } from "./parts";
import type { Bar, Value } from "./types";

const FEW = 7;

export function Facet({
  name,
  values,
  chosen,
  onChoose,
}: {
  name: string;
  values: Value[];
  chosen: string | null | undefined;
  onChoose: (value: string | null) => void;
}) {
  const [all, setAll] = useState(false);
  if (!values.length) return null;
  const most = Math.max(...values.map((value) => value.count));
  const shown = all ? values : values.filter((value, index) => index < FEW || String(value.value) === chosen);
  return (
    <fieldset class="facet">
      <legend>{name}</legend>
      {shown.map((value) => {
        const key = String(value.value);
        const on = key === chosen;
        return (
          <button key={key} type="button" class="value" aria-pressed={on} onClick={() => onChoose(on ? null : key)}>
            <span class="value-name">{key === "none" ? "not known" : (value.label ?? key)}</span>
            <span class="value-count">{count(value.count)}</span>
            <i style={{ width: `${(100 * value.count) / most}%` }} />
          </button>
        );
      })}
      {values.length > FEW && (
        <button type="button" class="quiet" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `${values.length - FEW} more`}
        </button>
      )}
    </fieldset>
  );
}

export function Histogram({
  name,
  bars,
  least,
  onChoose,
}: {
  name: string;
  bars: Bar[];
  least: string | null | undefined;
  onChoose: (from: number | null, to: number | null) => void;
}) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  return (
    <fieldset class="facet">
      <legend>{name}</legend>
      <div class="histogram">
        {bars.map((bar) => {
          const on = least === String(bar.from);
          const said = bar.to === null ? `${bar.from}+` : bar.to === bar.from ? `${bar.from}` : `${bar.from}–${bar.to}`;
          return (
            <button
              key={bar.from}
              type="button"
              aria-pressed={on}
              aria-label={`${name} ${said}: ${count(bar.count)} documents`}
              title={`${said}: ${count(bar.count)} documents`}
              onClick={() => (on ? onChoose(null, null) : onChoose(bar.from, bar.to))}
            >
              <b>
                <i style={{ height: `${bar.count ? Math.max(4, (100 * bar.count) / most) : 0}%` }} />
              </b>
              <span>
                {bar.from >= 1000 ? `${bar.from / 1000}k` : bar.from}
                {bar.to === null && "+"}
              </span>
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
