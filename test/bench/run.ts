/**
 * `npm run bench`: the cost of a certificate authority compared with an empty program, as ratios of medians measured in one run.
 * Each pair is measured in sequence, so that both run on the same machine. The exit code is 1 if a target is missed.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { AwsStack } from "../awskms/awsStack";
import { countingCalls } from "../engine/providerCalls";
import { CHECKOUT, PulumiProject, UP_WITHOUT_PREVIEW } from "../engine/project";
import { INSTALLED, installPlugin, yamlProgram, yamlProject } from "../engine/yamlProject";

// Users who run `pulumi` have none.
delete process.env["NODE_COMPILE_CACHE"];

const PAIRS = Math.max(5, Number(process.env["KMS_PKI_BENCH_PAIRS"] ?? "5"));
const CERTIFICATES = 200;
const OPEN_STACK = { "kms-pki:deletionProtection": "false" };

/** Imports the SDK, as the templates of `pulumi new` do, and declares nothing. */
const EMPTY = "void pulumi.version;";

/** In a project like that of the empty program, because the language host loads what is installed. */
const AUTHORITY = `
const ca = new pki.CertificateAuthority("ca", { keys: new pki.SoftKeys(), deletionProtection: false });
const { rootCertificate, rootFingerprint, sshUserPublicKey, sshHostPublicKey, caConfig } = ca;
module.exports = { rootCertificate, rootFingerprint, sshUserPublicKey, sshHostPublicKey, caConfig };
`;

const EMPTY_YAML = yamlProgram({ resources: {} });

const AUTHORITY_YAML = yamlProgram({
  resources: {
    ca: { type: "kms-pki:CertificateAuthority", properties: { keys: { softkms: {} }, deletionProtection: false } },
  },
  outputs: { ca: "${ca.outputs}" },
});

const WITHOUT_CERTIFICATES = `
const key = new pki.SoftKey("key", { encryption: "none" });
const root = new pki.Certificate("root", { key, subject: { commonName: "Root" } });
`;

const WITH_CERTIFICATES = `${WITHOUT_CERTIFICATES}
for (let i = 0; i < ${String(CERTIFICATES)}; i += 1) {
  const dnsNames = ["leaf-" + i + ".example.com"];
  new pki.Certificate("leaf-" + i, { publicKeyPem: key.publicKeyPem, issuer: root, profile: "leaf", dnsNames });
}
`;

const WITH_BARE_RESOURCES = `
const provider = { create: async (inputs) => ({ id: "bare", outs: inputs }) };
class Bare extends pulumi.dynamic.Resource {
  constructor(name) {
    super(provider, name, { name });
  }
}
for (let i = 0; i < ${String(CERTIFICATES)}; i += 1) new Bare("bare-" + i);
`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = sorted.slice(sorted.length % 2 === 0 ? middle - 1 : middle);
  return sorted.length % 2 === 0 ? (low + high) / 2 : low;
}

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Times the first up of a new project, and the second. */
async function timeUps(make: () => Promise<PulumiProject>): Promise<{ first: number; second: number }> {
  const project = await make();
  try {
    const up = (): Promise<unknown> => project.succeed(UP_WITHOUT_PREVIEW);
    return { first: await seconds(up), second: await seconds(up) };
  } finally {
    project.remove();
  }
}

let missed = 0;

function report(what: string, value: number, target: number, detail: string): void {
  const met = value <= target;
  missed += met ? 0 : 1;
  console.log(`${met ? "ok    " : "MISSED"} ${what}: ${value.toFixed(2)} (at most ${String(target)}; ${detail})`);
}

const inSeconds = (value: number): string => `${value.toFixed(2)} s`;

/** A program in TypeScript whose resources the plugin serves. */
async function servedByPlugin(program: string): Promise<PulumiProject> {
  const project = await PulumiProject.program(program);
  installPlugin(project.directory);
  project.usePlugin("kms-pki", INSTALLED);
  project.setEnvironment({ PULUMI_KMS_PKI_PLUGIN: "1" });
  return project;
}

/** A whole authority, and the empty program with which it is compared. */
const DOORS = [
  {
    door: "in TypeScript",
    empty: () => PulumiProject.program(EMPTY),
    authority: () => PulumiProject.program(AUTHORITY),
  },
  {
    door: "in TypeScript through the plugin",
    empty: () => PulumiProject.program(EMPTY),
    authority: () => servedByPlugin(AUTHORITY),
  },
  { door: "in YAML", empty: () => yamlProject(EMPTY_YAML), authority: () => yamlProject(AUTHORITY_YAML) },
] as const;

/** The most that the first `up` in TypeScript may take, and any `up` without changes, as parts of an empty program. */
const [FIRST, SECOND] = [1.25, 1.1];
/** The most seconds that the first `up` in YAML may take. */
const FIRST_IN_YAML = 2.5;

async function benchAuthority(): Promise<void> {
  for (const { door, empty: makeEmpty, authority: make } of DOORS) {
    const empty: { first: number; second: number }[] = [];
    const authority: { first: number; second: number }[] = [];
    for (let pair = 1; pair <= PAIRS; pair += 1) {
      console.log(`whole CA ${door} against an empty program, pair ${String(pair)} of ${String(PAIRS)} ...`);
      empty.push(await timeUps(makeEmpty));
      authority.push(await timeUps(make));
    }
    const times = (moment: "first" | "second"): readonly [number, number] => [
      median(authority.map((each) => each[moment])),
      median(empty.map((each) => each[moment])),
    ];
    const [[first, emptyFirst], [second, emptySecond]] = [times("first"), times("second")];
    const detail = (ours: number, theirs: number): string => `${inSeconds(ours)} / ${inSeconds(theirs)}`;
    if (door === "in YAML") {
      report(`seconds of an up of a whole CA with SSH ${door}`, first, FIRST_IN_YAML, detail(first, emptyFirst));
    } else {
      const what = `up of a whole CA with SSH ${door} / up of an empty program`;
      report(what, first / emptyFirst, FIRST, detail(first, emptyFirst));
    }
    const what = `up without changes ${door} / the same of an empty program`;
    report(what, second / emptySecond, SECOND, detail(second, emptySecond));
  }
}

async function benchCertificates(): Promise<void> {
  type Make = (program: string) => Promise<PulumiProject>;
  const marginal = async (make: Make, without: string, withMany: string): Promise<number> => {
    const base = await timeUps(() => make(without));
    const many = await timeUps(() => make(withMany));
    return ((many.first - base.first) / CERTIFICATES) * 1000;
  };
  const program: Make = (text) => PulumiProject.program(text);
  const certificates: number[] = [];
  const throughPlugin: number[] = [];
  const bare: number[] = [];
  for (let pair = 1; pair <= PAIRS; pair += 1) {
    console.log(
      `${String(CERTIFICATES)} certificates against bare resources, pair ${String(pair)} of ${String(PAIRS)} ...`,
    );
    bare.push(await marginal(program, EMPTY, WITH_BARE_RESOURCES));
    certificates.push(await marginal(program, WITHOUT_CERTIFICATES, WITH_CERTIFICATES));
    throughPlugin.push(await marginal(servedByPlugin, WITHOUT_CERTIFICATES, WITH_CERTIFICATES));
  }
  const theirs = median(bare);
  for (const [door, values, target] of [
    ["", certificates, 1.7],
    [" through the plugin", throughPlugin, 1],
  ] as const) {
    const ours = median(values);
    const detail = `${ours.toFixed(1)} ms / ${theirs.toFixed(1)} ms`;
    const what = `a certificate${door} at ${String(CERTIFICATES)} / a bare dynamic resource`;
    report(what, ours / theirs, target, detail);
  }
}

/** The milliseconds of processor time that Node takes for a script, as a whole process. */
function processorTime(script: string): number {
  const timed = 'TIMEFORMAT="%U %S"; { time "$0" -e "$1" >/dev/null; } 2>&1';
  const printed = execFileSync("bash", ["-c", timed, process.execPath, script], { encoding: "utf8" });
  return printed.split(/\s+/).reduce((sum, seconds) => sum + Number(seconds) * 1000, 0);
}

function benchPluginStart(): void {
  console.log("processor time until the plugin listens ...");
  const main = join(CHECKOUT, "dist", "provider", "plugin", "main.js");
  // It prints its port once it listens.
  const untilItListens = `process.stdout.write = () => process.exit(); require(${JSON.stringify(main)});`;
  processorTime(untilItListens); // fills Node's compile cache, as the first run of a user does
  const runs = Array.from({ length: PAIRS }, () => [processorTime(untilItListens), processorTime("")] as const);
  const [ours, theirs] = [median(runs.map(([plugin]) => plugin)), median(runs.map(([, empty]) => empty))];
  const detail = `${ours.toFixed(0)} ms / ${theirs.toFixed(0)} ms`;
  report("processor time until the plugin listens / of an empty Node", ours / theirs, 4, detail);
}

/** The delay of each answer of AWS KMS to our own calls, and how many such answers may follow each other. */
const LATE_MILLISECONDS = 50;
const DEPTH = 5;

async function benchDepth(): Promise<void> {
  const timeUp = async (late: number): Promise<number> => {
    const stack = await AwsStack.rootStack();
    try {
      stack.kms.delayEveryAnswer(late);
      return await seconds(() => stack.project.succeed(UP_WITHOUT_PREVIEW));
    } finally {
      await stack.stop();
    }
  };
  const prompt: number[] = [];
  const late: number[] = [];
  for (let pair = 1; pair <= PAIRS; pair += 1) {
    console.log(`AWS KMS with late answers, pair ${String(pair)} of ${String(PAIRS)} ...`);
    prompt.push(await timeUp(0));
    late.push(await timeUp(LATE_MILLISECONDS));
  }
  const [fast, slow] = [median(prompt), median(late)];
  const what = `up on AWS KMS with answers ${String(LATE_MILLISECONDS)} ms late, growth in such answers`;
  report(what, ((slow - fast) * 1000) / LATE_MILLISECONDS, DEPTH, `${inSeconds(slow)} - ${inSeconds(fast)}`);
}

async function benchCalls(): Promise<void> {
  console.log("signatures, key reads and state ...");
  const project = await PulumiProject.rootStack(OPEN_STACK);
  try {
    for (const [what, args, signatures, reads] of [
      ["first up", UP_WITHOUT_PREVIEW, 2, 4],
      ["up without changes", UP_WITHOUT_PREVIEW, 0, 0],
      ["preview", ["preview"], 0, 0],
      ["refresh", ["refresh", "--yes", "--skip-preview"], 0, 4],
    ] as const) {
      const { calls } = await countingCalls(project, args);
      report(`signatures of a ${what}`, calls.sign, signatures, "two certificates");
      report(`key reads of a ${what}`, calls.createPrivateKey, reads, "four keys");
    }
    const sizes = (await project.state()).resources
      .filter(({ type }) => type.endsWith(":Certificate"))
      .map((resource) => JSON.stringify(resource).length);
    report("state bytes a certificate", Math.max(...sizes), 8192, "the larger of root and intermediate");
  } finally {
    project.remove();
  }
}

async function main(): Promise<void> {
  await benchCalls();
  benchPluginStart();
  await benchAuthority();
  await benchCertificates();
  await benchDepth();
  process.exitCode = missed === 0 ? 0 : 1;
}

void main();
