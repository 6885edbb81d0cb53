// What the page asks of the server: JSON, and lists that come page by page.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export class Refusal extends Error {}

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  let said = `The server answered ${response.status}.`;
  try {
    const body = (await response.json()) as { detail?: unknown };
    if (typeof body.detail === "string") said = body.detail;
  } catch {
    /* not JSON: the status must do */
  }
  throw new Refusal(said);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(await fetch(path, signal ? { signal } : {}));
}

export async function send<T>(path: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return answer<T>(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export interface Asked<T> {
  value: T | null;
  fault: string | null;
  waiting: boolean;
  again: () => void;
}

/** Asks for `path` and again when it changes; the last answer stays until the next is there. */
export function useAsk<T>(path: string | null): Asked<T> {
  const [state, setState] = useState<{ value: T | null; fault: string | null; path: string | null }>({
    value: null,
    fault: null,
    path: null,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    get<T>(path, control.signal).then(
      (value) => setState({ value, fault: null, path }),
      (error: Error) => {
        if (!control.signal.aborted) setState({ value: null, fault: error.message, path });
      },
    );
    return () => control.abort();
  }, [path, turn]);
  const again = useCallback(() => setTurn((number) => number + 1), []);
  return { value: state.value, fault: state.fault, waiting: path !== null && state.path !== path, again };
}

export interface Page<T> {
  rows: T[];
  next: string | null;
}

export interface Listed<T> {
  rows: T[];
  fault: string | null;
  waiting: boolean;
  more: (() => void) | null;
  again: () => void;
}

/** A list that grows by a page each time that `more` is called. `path` has a query already. */
export function useList<T>(path: string): Listed<T> {
  const [state, setState] = useState<Page<T> & { path: string }>({ rows: [], next: null, path: "" });
  const [fault, setFault] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(true);
  const [turn, setTurn] = useState(0);
  const control = useRef<AbortController | null>(null);
  useEffect(() => {
    const own = (control.current = new AbortController());
    setWaiting(true);
    get<Page<T>>(path, own.signal).then(
      (page) => {
        setState({ ...page, path });
        setFault(null);
        setWaiting(false);
      },
      (error: Error) => {
        if (own.signal.aborted) return;
        setFault(error.message);
        setWaiting(false);
      },
    );
    return () => own.abort();
  }, [path, turn]);
  const next = state.path === path ? state.next : null;
  const more = useCallback(() => {
    if (next === null) return;
    setWaiting(true);
    get<Page<T>>(`${path}&after=${encodeURIComponent(next)}`, control.current?.signal).then(
      (page) => {
        setState((before) => ({ rows: [...before.rows, ...page.rows], next: page.next, path }));
        setWaiting(false);
      },
      (error: Error) => {
        setFault(error.message);
        setWaiting(false);
      },
    );
  }, [path, next]);
  const again = useCallback(() => setTurn((number) => number + 1), []);
  return { rows: state.rows, fault, waiting, more: next === null || waiting ? null : more, again };
}

export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") said.set(name, String(value));
  }
  return said.toString();
}

export function picture(imageId: string, side: number): string {
  return `/api/images/${imageId}?side=${side}`;
}
