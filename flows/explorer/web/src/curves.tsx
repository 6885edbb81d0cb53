// A small chart of one or two curves over the steps.
import { measured } from "./parts";

export interface Series {
  name: string;
  points: [number, number | null][];
}

const WIDTH = 320;
const HEIGHT = 130;

export function Curves({ title, series }: { title: string; series: Series[] }) {
  const points = series.flatMap((one) => one.points).filter((point): point is [number, number] => point[1] !== null);
  if (!points.length) return null;
  const values = points.map((point) => point[1]);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const last = Math.max(...points.map((point) => point[0]), 1);
  const x = (step: number) => (WIDTH * step) / last;
  const y = (value: number) => HEIGHT - 4 - ((HEIGHT - 8) * (value - low)) / Math.max(high - low, 1e-12);
  const ends = series.map((one) => one.points.filter((point) => point[1] !== null).at(-1)?.[1]);
  return (
    <figure class="curve">
      <figcaption>
        <b>{title}</b>
        {ends.map((end, index) => (
          <span key={index} class={`end s${index}`}>
            {measured(end)}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: from ${measured(low)} to ${measured(high)} over ${last} steps`} preserveAspectRatio="none">
        <line class="ground" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        {series.map((one, index) => {
          const drawn = one.points.filter((point) => point[1] !== null).map(([step, value]) => [x(step).toFixed(1), y(value!).toFixed(1)]);
          // A line of no length with round ends is a dot, which stays round however the chart is stretched.
          const path = drawn.length === 1 ? [drawn[0]!, drawn[0]!] : drawn;
          return <polyline key={index} class={`s${index} ${drawn.length === 1 ? "dot" : ""}`} points={path.map((point) => point.join(",")).join(" ")} />;
        })}
      </svg>
      <p class="range">
        <span>{measured(low)} – {measured(high)}</span>
        <span>{last} steps</span>
      </p>
    </figure>
  );
}
