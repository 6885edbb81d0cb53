// A matrix of pictures by texts, as shades: what a cell is of is said beside it.
import { useState } from "preact/hooks";
import { picture } from "./api";

export interface MatrixRow {
  image_id: string | null;
  said: string;
  address: string;
}

export interface MatrixColumn {
  said: string;
  address: string;
}

export function Matrix({
  rows,
  columns,
  values,
  low,
  high,
  truth,
  what,
}: {
  rows: MatrixRow[];
  columns: MatrixColumn[];
  values: number[][];
  low: number;
  high: number;
  truth?: number[][];
  what: string;
}) {
  const [at, setAt] = useState<[number, number]>([0, 0]);
  const row = Math.min(at[0], rows.length - 1);
  const column = Math.min(at[1], columns.length - 1);
  const move = (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const by = steps[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    setAt([Math.max(0, Math.min(rows.length - 1, row + by[0])), Math.max(0, Math.min(columns.length - 1, column + by[1]))]);
  };
  const value = values[row]?.[column] ?? 0;
  return (
    <div class="matrix">
      <div class="matrix-grid scroll">
        <table
          role="grid"
          aria-label={`${what}: pictures by texts`}
          tabIndex={0}
          onKeyDown={move}
          aria-activedescendant={`cell-${row}-${column}`}
        >
          <tbody>
            {rows.map((one, i) => (
              <tr key={i}>
                <th scope="row">
                  <a href={one.address} tabIndex={-1} aria-label={one.said}>
                    {one.image_id ? <img src={picture(one.image_id, 96)} alt={one.said} loading="lazy" /> : one.said}
                  </a>
                </th>
                {columns.map((_, j) => {
                  const shade = ((values[i]?.[j] ?? 0) - low) / Math.max(high - low, 1e-9);
                  return (
                    <td
                      key={j}
                      id={`cell-${i}-${j}`}
                      role="gridcell"
                      aria-label={`${what} ${(values[i]?.[j] ?? 0).toFixed(2)}`}
                      class={`${i === row && j === column ? "at" : ""} ${truth?.[i]?.[j] ? "true" : ""}`}
                      style={{ "--shade": `${Math.round(100 * Math.max(0, Math.min(1, shade)))}%` }}
                      onMouseEnter={() => setAt([i, j])}
                      onClick={() => setAt([i, j])}
                    />
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <aside class="cell" aria-live="polite">
        <p class="cell-value">
          <b>{value.toFixed(2)}</b> {what}
          {truth && (truth[row]?.[column] ? <span class="tag good">belongs together</span> : null)}
        </p>
        {rows[row]?.image_id && <img src={picture(rows[row]!.image_id!, 384)} alt={rows[row]!.said} />}
        <p class="aside">{rows[row]?.said}</p>
        <blockquote dir="auto">{columns[column]?.said}</blockquote>
        <a class="button" href={columns[column]?.address ?? ""}>
          In the document
        </a>
      </aside>
    </div>
  );
}
