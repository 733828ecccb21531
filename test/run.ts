/**
 * Runs every test, or those whose file names contain one of the arguments: `npm test -- softkms engine/up`. With
 * `--oldest-node`, it runs only those that the version of Node can change.
 * The last line is `N passed, N failed`; the exit code is 1 when a test failed or none ran.
 */
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { hasHung } from "./fixtures/hungFile";
import { forOldestNode, isLong } from "./oldestNode";

const OLDEST_NODE = "--oldest-node";
const wanted = process.argv.slice(2).filter((argument) => argument !== OLDEST_NODE);
/** The files that use the real clock. */
const IN_REAL_TIME = ["rotationStepCa.test.js", "deployHosts.test.js"];
const isInRealTime = (file: string): boolean => IN_REAL_TIME.some((name) => file.endsWith(name));

/** The files that take longest, the longest first. */
const LONGEST = ["readme", "package", "awskmsCrash", "crash", "cloudkmsCrash", "adoption", "compromiseStates"].map(
  (name) => join("engine", `${name}.test.js`),
);

/**
 * The order in which files start: those that show most faults soonest, then those that take long, the longest first. So the last ones
 * are short, and all processors are busy until the end.
 */
function inOrder(files: readonly string[]): string[] {
  const long = files.filter((file) => isLong(file) && !LONGEST.includes(file));
  return [...files.filter((file) => !isLong(file)), ...LONGEST.filter((file) => files.includes(file)), ...long];
}

const present = readdirSync(__dirname, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  // Files compiled from a moved source stay in dist/.
  .filter((file) => existsSync(join(__dirname, "..", "..", "test", file.replace(/js$/, "ts"))));
const all = (process.argv.includes(OLDEST_NODE) ? forOldestNode(present) : present)
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
/** Files that hung, once. */
const hung: string[] = [];
const durations: { readonly file: string; readonly seconds: number }[] = [];

/** Ends the processes of the test files, and with them their servers, when this process gets a signal. */
const stopped = new AbortController();
for (const name of ["SIGTERM", "SIGHUP"] as const) {
  process.once(name, () => {
    stopped.abort();
  });
}

/** Runs files, with a limited number at a time. */
async function runAll(names: readonly string[], concurrency: number): Promise<void> {
  if (names.length === 0 || stopped.signal.aborted) {
    return;
  }
  const { signal } = stopped;
  const files = names.map((name) => join(__dirname, name));
  const tests = run({
    files,
    concurrency,
    signal,
    execArgv: [`--require=${join(__dirname, "fixtures", "timeLimit.js")}`],
  });
  tests.on("test:pass", ({ details, skip, name }) => {
    if (skip !== undefined && skip !== false) {
      counts.skipped += 1;
      failures.push(`skipped: ${name} (${String(skip)})`);
    } else if (details.type !== "suite") {
      counts.passed += 1;
    }
  });
  tests.on("test:fail", ({ details, name, file }) => {
    if (hasHung(details.error) && !hung.includes(name)) {
      hung.push(name);
    } else if (details.type !== "suite") {
      counts.failed += 1;
      failures.push(`failed: ${name} (${relative(__dirname, file ?? "")})`);
    }
  });
  tests.on("test:summary", ({ file, duration_ms }) => {
    if (file !== undefined) {
      durations.push({ file: relative(__dirname, file), seconds: Math.round(duration_ms / 1000) });
    }
  });
  const report = tests.pipe(new spec());
  report.pipe(process.stdout, { end: false });
  await once(report, "end");
}

function summarize(): void {
  for (const file of hung) {
    console.log(`hung, and ran once more: ${relative(__dirname, file)}`);
  }
  for (const { file, seconds } of durations.sort((one, other) => other.seconds - one.seconds).slice(0, 15)) {
    console.log(`took ${String(seconds)} s: ${file}`);
  }
  for (const line of failures) {
    console.log(line);
  }
  if (process.env["CI"] !== undefined && counts.skipped > 0) {
    // In CI, no test may be skipped.
    counts.failed += counts.skipped;
    counts.skipped = 0;
  }
  console.log(
    `${String(counts.passed)} passed, ${String(counts.failed)} failed` +
      (counts.skipped > 0 ? `, ${String(counts.skipped)} skipped` : ""),
  );
  process.exitCode = counts.failed > 0 || counts.passed === 0 || stopped.signal.aborted ? 1 : 0;
}

async function main(): Promise<void> {
  const [inRealTime, others] = [all.filter(isInRealTime), all.filter((file) => !isInRealTime(file))];
  // The files in real time are idle most of the time. One after the other, they take no longer than the others together. Of those, more
  // run than there are cores, because tests wait for other processes and for retries, and no test is timed.
  await Promise.all([runAll(inRealTime, 1), runAll(inOrder(others), 3)]);
  // A busy machine loses a wake-up of a process once in thousands of files. What hangs again has a reason of its own.
  await runAll(
    hung.map((file) => relative(__dirname, file)),
    1,
  );
  summarize();
}

void main();
