import { formatInstant } from "../words/instant";
import { AUTHORITY_PARTS } from "../rotation/authorityPart";
import type { PlannedGap, PlannedGeneration, RotationPlan } from "./rotationPlan";
import { type Tick, timeTicks } from "./timeAxis";

const WIDTH = 1_200;
/** The width of the column with the parts' names. */
const LEFT = 130;
const RIGHT = 36;
const TOP = 64;
const ROW = 26;
const BAR = 18;
const LANE_GAP = 16;
const FOOT = 46;
const MOST_TICKS = 10;
/** The approximate width of a letter, to decide whether a label fits. */
const LETTER = 6.6;

const COLORS = {
  published: { fill: "#cfe3f7", stroke: "#7fb0dd", text: "#17456e" },
  active: { fill: "#2f6fb2", stroke: "#245a93", text: "#ffffff" },
  retiring: { fill: "#f6e0b3", stroke: "#d3a94f", text: "#5c4310" },
  cross: { fill: "#e4d6f2", stroke: "#a583c9", text: "#43265f" },
  gap: { fill: "#d13438", stroke: "#a3262a", text: "#ffffff" },
} as const;

const TITLES = { root: "Root", intermediate: "Intermediate", "ssh-user": "SSH user key", "ssh-host": "SSH host key" };

/** A stretch of time with a color and a label. */
interface Segment {
  readonly kind: keyof typeof COLORS;
  readonly from: number;
  readonly to: number;
  /** The tooltip, which also shows its times. */
  readonly title: string;
  /** Its labels. The first one that fits is shown. */
  readonly labels?: readonly string[];
}

/** One line of segments. */
type Row = readonly Segment[];

/** A name and the rows beside it. */
interface Lane {
  readonly title: string;
  readonly rows: readonly Row[];
}

/**
 * Draws a plan as SVG: a lane for each part, a bar for each generation, a bar for the cross certificates in `crt`, and
 * the gaps.
 */
export function rotationDrawing(plan: RotationPlan): string {
  const from = Date.parse(plan.from);
  const to = Date.parse(plan.to);
  const x = (at: number): number =>
    Math.round((LEFT + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * (WIDTH - LEFT - RIGHT)) * 10) / 10;
  const lanes = lanesOf(plan, from, to);
  const rows = lanes.reduce((count, lane) => count + lane.rows.length, 0);
  const bottom = TOP + rows * ROW + lanes.length * LANE_GAP;
  const height = bottom + FOOT;
  let y = TOP + LANE_GAP / 2;
  const drawn = lanes.flatMap((lane, index) => {
    const laneHeight = lane.rows.length * ROW;
    const band = index % 2 === 0 ? [rectangle(0, y - LANE_GAP / 2, WIDTH, laneHeight + LANE_GAP, "#f6f8fa")] : [];
    const title = text(16, y + laneHeight / 2 + 4, lane.title, { "font-weight": "600" });
    const bars = lane.rows.flatMap((row, at) => row.map((segment) => drawSegment(segment, x, y + at * ROW)));
    y += laneHeight + LANE_GAP;
    return [...band, title, ...bars];
  });
  const bands = drawn.filter((element) => element.includes("#f6f8fa"));
  const name = `Rotation from ${plan.from} to ${plan.to}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" role="img" aria-label="${name}" ` +
      'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="12" fill="#1f2328">',
    rectangle(0, 0, WIDTH, height, "#ffffff"),
    text(16, 24, name, { "font-size": "15", "font-weight": "600" }),
    ...bands,
    ...timeTicks(from, to, MOST_TICKS).flatMap((tick) => drawTick(tick, x(tick.at), bottom)),
    ...drawn.filter((element) => !bands.includes(element)),
    ...legend(plan, bottom + 28),
    "</svg>",
  ].join("\n")}\n`;
}

function lanesOf(plan: RotationPlan, from: number, to: number): Lane[] {
  const parts = AUTHORITY_PARTS.flatMap((part) => {
    const generations = plan.generations.filter((generation) => generation.part === part);
    const rows = stack(generations.map((generation) => segmentsOf(generation, from, to)));
    const gaps = plan.gaps.filter((gap) => gap.part === part);
    return rows.length === 0 ? [] : [{ title: TITLES[part], rows: gaps.length === 0 ? rows : [...rows, gapRow(gaps)] }];
  });
  const crosses = crossesOf(plan, to);
  return crosses.length === 0 ? parts : [...parts, { title: "Cross in crt", rows: stack(crosses) }];
}

function segmentsOf(planned: PlannedGeneration, from: number, to: number): Row {
  const { label, generation, published, active, retiring, gone } = planned;
  const [activeFrom, retiringFrom] = [active === null ? from : Date.parse(active), Date.parse(retiring)];
  const publishedFrom = published === null ? from : Date.parse(published);
  const labels = [label, `g${String(generation)}`];
  const segments: Segment[] = [
    { kind: "published", from: publishedFrom, to: activeFrom, title: `${label} published` },
    { kind: "active", from: activeFrom, to: retiringFrom, title: `${label} active`, labels },
    { kind: "retiring", from: retiringFrom, to: Date.parse(gone), title: `${label} retiring` },
  ];
  return segments.filter((segment) => segment.from < segment.to && segment.to > from && segment.from < to);
}

/** The gaps of a part, with adjacent ones merged. */
function gapRow(gaps: readonly PlannedGap[]): Row {
  const row: Segment[] = [];
  for (const gap of [...gaps].sort((a, b) => a.from.localeCompare(b.from))) {
    const [from, to] = [Date.parse(gap.from), Date.parse(gap.to)];
    const last = row.at(-1);
    if (last !== undefined && from <= last.to) {
      row[row.length - 1] = { ...last, to: Math.max(last.to, to) };
    } else {
      row.push({ kind: "gap", from, to, title: "gap", labels: ["gap"] });
    }
  }
  return row;
}

/** The cross certificates. Each is in the bundle from one step to a later one. */
function crossesOf({ steps }: RotationPlan, to: number): Row[] {
  const isCross = (name: string): boolean => name.includes("-by-");
  return steps.flatMap(({ at, crt }, index) =>
    crt
      .filter((name) => isCross(name) && steps[index - 1]?.crt.includes(name) !== true)
      .map((name): Row => {
        const end = steps.slice(index).find((later) => !later.crt.includes(name));
        const until = end === undefined ? to : Date.parse(end.at);
        return [{ kind: "cross", from: Date.parse(at), to: until, title: name, labels: [name] }];
      }),
  );
}

/** Merges rows that do not overlap. */
function stack(rows: readonly Row[]): Row[] {
  const stacked: Segment[][] = [];
  for (const row of rows) {
    const begin = row[0]?.from ?? 0;
    const place = stacked.find((taken) => (taken.at(-1)?.to ?? -Infinity) <= begin);
    if (place === undefined) {
      stacked.push([...row]);
    } else {
      place.push(...row);
    }
  }
  return stacked;
}

function drawSegment({ kind, from, to, title, labels = [] }: Segment, x: (at: number) => number, y: number): string {
  const { fill, stroke, text: color } = COLORS[kind];
  const [left, right] = [x(from), x(to)];
  const width = Math.max(1, right - left);
  const bar =
    `<rect x="${String(left)}" y="${String(y)}" width="${width.toFixed(1)}" height="${String(BAR)}" rx="2" fill="${fill}" ` +
    `stroke="${stroke}"><title>${title}: ${formatInstant(from)} to ${formatInstant(to)}</title></rect>`;
  const label = labels.find((candidate) => candidate.length * LETTER + 6 <= width);
  return label === undefined
    ? bar
    : bar + text(left + width / 2, y + 13, label, { "text-anchor": "middle", fill: color });
}

function drawTick({ label }: Tick, x: number, bottom: number): string[] {
  return [
    `<line x1="${String(x)}" y1="${String(TOP - 8)}" x2="${String(x)}" y2="${String(bottom)}" stroke="#d0d7de"/>`,
    text(x, TOP - 14, label, { "text-anchor": "middle", fill: "#59636e" }),
  ];
}

function legend({ gaps, steps }: RotationPlan, y: number): string[] {
  const entries: [keyof typeof COLORS, string][] = [
    ["published", "published: trusted, not yet used"],
    ["active", "active: used"],
    ["retiring", "retiring: trusted, no longer used"],
    ...(steps.some(({ crt }) => crt.some((name) => name.includes("-by-")))
      ? [["cross", "cross certificate, for clients with one root"] as [keyof typeof COLORS, string]]
      : []),
    ...(gaps.length > 0 ? [["gap", "gap in trust"] as [keyof typeof COLORS, string]] : []),
  ];
  let x = LEFT;
  return entries.map(([kind, label]) => {
    const { fill, stroke } = COLORS[kind];
    const drawn =
      `<rect x="${String(x)}" y="${String(y - 11)}" width="14" height="14" rx="2" fill="${fill}" stroke="${stroke}"/>` +
      text(x + 20, y, label, { fill: "#59636e" });
    x += 20 + label.length * LETTER + 18;
    return drawn;
  });
}

function rectangle(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${String(x)}" y="${String(y)}" width="${String(width)}" height="${String(height)}" fill="${fill}"/>`;
}

/** A text element. No text has a character that XML must escape. */
function text(x: number, y: number, content: string, attributes: Readonly<Record<string, string>>): string {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${given.join("")}>${content}</text>`;
}
