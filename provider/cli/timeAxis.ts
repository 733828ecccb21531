/** A mark on a time axis. */
export interface Tick {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  /** In UTC: `2026`, `2026-01`, `2026-01-31`, `01-31 12:00` or `12:00:30`. */
  readonly label: string;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps of equal length, in milliseconds. */
const EQUAL_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 5, 10].map((days) => days * DAY),
];

/** Steps of the calendar, in months. */
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000, 12_000];

/** Marks at round instants of a period, with the shortest step that yields at most the given number. */
export function timeTicks(from: number, to: number, most: number): Tick[] {
  const equal = EQUAL_STEPS.find((step) => (to - from) / step <= most);
  if (equal !== undefined) {
    const first = Math.ceil(from / equal) * equal;
    const count = Math.floor((to - first) / equal) + 1;
    return Array.from({ length: count }, (_, index) => tick(first + index * equal, equal));
  }
  const firstMonth = monthOf(from - 1) + 1;
  const lastMonth = monthOf(to);
  const step = MONTH_STEPS.find((months) => (lastMonth - firstMonth) / months < most) ?? lastMonth - firstMonth;
  const first = Math.ceil(firstMonth / step) * step;
  const count = Math.max(0, Math.floor((lastMonth - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => {
    const month = first + index * step;
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    return { at, label: new Date(at).toISOString().slice(0, step >= 12 ? 4 : 7) };
  });
}

function monthOf(at: number): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function tick(at: number, step: number): Tick {
  const text = new Date(at).toISOString();
  const label =
    step >= DAY ? text.slice(0, 10) : step >= MINUTE ? text.slice(5, 16).replace("T", " ") : text.slice(11, 19);
  return { at, label };
}
