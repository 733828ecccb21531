import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parseStackState } from "../../provider/cli/stackState";
import type { RecordedStack } from "../../provider/kms/recordedStack";
import { unknownAwsKeys } from "../../provider/kms/awskms/unknownAwsKeys";
import { unknownCloudKeys } from "../../provider/kms/cloudkms/unknownCloudKeys";
import { unknownSlotKeys } from "../../provider/kms/yubikey/unknownSlotKeys";
import type { KeySearch } from "../../provider/kms/unknownKey";
import { asReleased, withHeader } from "../../provider/kms/softkms/softKeyFiles";
import { slotMark } from "../../provider/x509/slotMark";
import { shellBlock } from "../documentation/shellBlocks";
import { EmulatedKms, REGION } from "../awskms/emulatedKms";
import { FakeYubiKey } from "../fixtures/fakeYubiKey";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { CHECKOUT } from "../engine/project";
import { missing } from "../tools";
import { Authority } from "./authority";
import { call } from "./testShell";

const ID = "0123456789abcdef0123456789abcdef";
const OTHER_ID = "f".repeat(32);
const AUTHORITY = "urn:pulumi:prod::acme::kms-pki:index:CertificateAuthority";
const OWN = "pulumi-nodejs:dynamic/kms-pki:";

/** The URN of a key of the authority. */
function urnOf(type: string, name: string): string {
  return `${AUTHORITY}$${type}::${name}`;
}

/** A resource of the authority. */
type Recorded = readonly [type: string, name: string, outputs: object];

/** The output of `pulumi stack export` for a stack with these resources of the authority, and the authority's id. */
function exported(...resources: readonly Recorded[]): string {
  return JSON.stringify({
    version: 3,
    deployment: {
      resources: [
        { urn: "urn:pulumi:prod::acme::pulumi:pulumi:Stack::acme-prod", type: "pulumi:pulumi:Stack" },
        { urn: `${AUTHORITY}::ca`, type: "kms-pki:index:CertificateAuthority" },
        ...[[`${OWN}AuthorityId`, "ca-id", { authorityId: ID }] as const, ...resources].map(
          ([type, name, outputs]) => ({
            ...{ urn: urnOf(type, name), type, outputs },
          }),
        ),
      ],
    },
  });
}

function stateOf(...resources: readonly Recorded[]): RecordedStack {
  return parseStackState(exported(...resources));
}

function uris({ unknownKeys }: KeySearch): string[] {
  return unknownKeys.map(({ keyUri }) => keyUri);
}

void describe("The keys of Cloud KMS that a state does not know", () => {
  const key = "projects/acme/locations/global/keyRings/pki/cryptoKeys/root";
  const version = (number: number): string => `${key}/cryptoKeyVersions/${String(number)}`;
  const VERSIONS = [
    "ENABLED",
    "ENABLED",
    "DISABLED",
    "PENDING_GENERATION",
    "DESTROY_SCHEDULED",
    "DESTROYED",
    "ENABLED",
  ];
  const open = () =>
    Promise.resolve({
      listVersions: (asked: string) =>
        Promise.resolve(
          VERSIONS.map((state, index) => ({
            ...{ name: `${asked}/cryptoKeyVersions/${String(index + 1)}`, state, isImported: false },
            ...{ algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "SOFTWARE" },
          })),
        ),
      close: () => Promise.resolve(),
    });

  void it("are live keys that are neither recorded nor released: removed only from the state, or made twice", async () => {
    const state = stateOf(
      ["gcp:kms/cryptoKeyVersion:CryptoKeyVersion", "ca-root-key-ECDSA_P256", { name: version(1) }],
      [`${OWN}ExistingKey`, "ca-root-key", { uri: version(1) }],
      [`${OWN}RotationRun`, "ca-rotation", { releasedKeys: JSON.stringify([version(7)]) }],
    );
    const { asked, unknownKeys } = await unknownCloudKeys(state, open);
    assert.deepEqual(asked, [`Cloud KMS about ${key}`]);
    assert.deepEqual(unknownKeys[0], {
      keyUri: version(2),
      state: "ENABLED",
      discard: `gcloud kms keys versions destroy ${version(2)}`,
    });
    assert.deepEqual(
      unknownKeys.map(({ state: each }) => each),
      ["ENABLED", "DISABLED", "PENDING_GENERATION"],
    );
  });

  void it("can be adopted when the stack has no version of the key", async () => {
    const state = stateOf(["gcp:kms/cryptoKey:CryptoKey", "ca-root-key", { id: key }]);
    const { unknownKeys } = await unknownCloudKeys(state, open);
    assert.equal(unknownKeys[0]?.adopt, `give the key source adopt: { "root": "${version(1)}" }, and run pulumi up`);
    const [, rootStack = ""] = /^name: (.*)$/m.exec(readFileSync(join(CHECKOUT, "Pulumi.yaml"), "utf8")) ?? [];
    const text = exported(["gcp:kms/cryptoKey:CryptoKey", "ca-root-key", { id: key }]);
    const inRootStack = await unknownCloudKeys(parseStackState(text.replaceAll("::acme::", `::${rootStack}::`)), open);
    assert.equal(
      inRootStack.unknownKeys[0]?.adopt,
      `pulumi config set --path 'kms-pki:adopt.root' ${version(1)} && pulumi up`,
    );
  });

  void it("are not searched for in keys of which the stack only uses an existing version", async () => {
    const state = stateOf([`${OWN}ExistingKey`, "ca-root-key", { uri: version(1) }]);
    assert.deepEqual(await unknownCloudKeys(state, open), { asked: [], unknownKeys: [] });
  });
});

void describe("The keys of AWS KMS that a state does not know", { skip: missing("ministack") }, () => {
  let kms: EmulatedKms;
  before(async () => {
    kms = await EmulatedKms.start();
  });
  after(() => kms.stop());

  void it("are the live keys with the authority's tag", async () => {
    const tagged = (value: string): Promise<string> =>
      kms.createKey({ Tags: [{ TagKey: "pulumi-kms-pki", TagValue: value }] });
    const recorded = await tagged(`acme/prod/${ID}/ca-root-key`);
    const twice = await tagged(`acme/prod/${ID}/ca-root-key`);
    const cutOff = await tagged(`acme/prod/${ID}/ca-ssh-user-g1-key`);
    const former = await tagged("acme/prod/ca-intermediate-key");
    await tagged(`acme/prod/${OTHER_ID}/ca-root-key`);
    await tagged("acme/production/ca-root-key");
    await tagged(`acme/prod/${ID}/ca-root-key:adopted`);
    const state = stateOf(
      ["aws:kms/key:Key", "ca-root-key", { keyId: recorded }],
      [
        `${OWN}ExistingKey`,
        "ca-root-key",
        { uri: `awskms:key-id=${recorded}`, resourceName: `arn:aws:kms:${REGION}:000000000000:key/${recorded}` },
      ],
    );
    const { asked, unknownKeys } = await unknownAwsKeys(state, (connection) => Promise.resolve(kms.open(connection)));
    assert.deepEqual(asked, [`AWS KMS in ${REGION}`]);
    const discard = (id: string): string => `aws kms schedule-key-deletion --key-id ${id} --region ${REGION}`;
    const adopt = (name: string, id: string): string =>
      `give the key source adopt: { "${name}": "${id}" }, and run pulumi up`;
    const expected = [
      { id: twice, madeFor: "ca-root-key" },
      { id: cutOff, madeFor: "ca-ssh-user-g1-key", adopt: adopt("ssh-user-key-g1", cutOff) },
      { id: former, madeFor: "ca-intermediate-key", adopt: adopt("intermediate", former) },
    ].map(({ id, ...rest }) => ({ keyUri: `awskms:key-id=${id}`, state: "Enabled", discard: discard(id), ...rest }));
    const byUri = (one: { keyUri: string }, other: { keyUri: string }): number => (one.keyUri < other.keyUri ? -1 : 1);
    assert.deepEqual([...unknownKeys].sort(byUri), expected.sort(byUri));
  });
});

void describe("The keys in a YubiKey that a state does not know", () => {
  const types = [
    { release: "this release", type: `${OWN}PivKey` },
    { release: "0.1.0", type: `${OWN}YubiKeyKey` },
  ];
  for (const [recorded, marked] of types.flatMap((one) => types.map((other) => [one, other] as const))) {
    const title = `recorded by ${recorded.release}, marked by ${marked.release}`;
    void it(`are in slots with the authority's mark, and no PIN is needed: ${title}`, async () => {
      const device = new FakeYubiKey(11);
      const mark = async (
        slot: Parameters<FakeYubiKey["put"]>[0],
        stage: "made" | "released",
        id: string,
      ): Promise<void> => {
        const owner = `${urnOf(marked.type, `ca-${slot}-key`)}#${id}`;
        device.certificates.set(slot, Buffer.from(await slotMark(stage, owner, device.put(slot))));
      };
      await mark("9a", "made", ID);
      await mark("9c", "made", ID);
      await mark("82", "released", ID);
      await mark("83", "made", OTHER_ID);
      device.put("84");
      const state = stateOf([recorded.type, "ca-9a-key", { slot: "9a", kms: "yubikey:serial=11", serial: 11 }]);
      const search = await unknownSlotKeys(state, () => Promise.resolve(device));
      assert.deepEqual(uris(search), ["yubikey:slot-id=9c"]);
      assert.equal(search.unknownKeys[0]?.madeFor, "ca-9c-key");
      assert.deepEqual(device.calls, []);
    });
  }
});

void describe("kms-pki status --check", () => {
  let authority: Authority;
  let directory: string;
  /** Calls the command with a `pulumi` that returns the authority's outputs and this state. */
  const check = async (...args: readonly string[]) =>
    call(["status", "--check", ...args], {
      ...{ cwd: directory, now: new Date("2026-06-01T00:00:00Z") },
      environment: { PATH: `${directory}:${process.env["PATH"] ?? ""}` },
    });
  before(async () => {
    authority = await Authority.create();
    directory = temporaryDirectory();
    mkdirSync(join(directory, "keys"));
    writeFileSync(join(directory, "Pulumi.yaml"), "name: acme\nruntime: nodejs\n");
    writeFileSync(join(directory, "outputs.json"), JSON.stringify(await authority.outputs()));
    writeFileSync(
      join(directory, "state.json"),
      exported([`${OWN}SoftKey`, "ca-root-key", { uri: "softkms:path=keys/root.pem" }]),
    );
    writeFileSync(join(directory, "history.json"), "[]");
    const program = join(directory, "pulumi");
    writeFileSync(
      program,
      `#!/bin/sh\ncase "$*" in *export*) exec cat ${directory}/state.json;; *history*) exec cat ${directory}/history.json;; *show-name*) echo organization/acme/prod; exit;; esac\nexec cat ${directory}/outputs.json\n`,
    );
    chmodSync(program, 0o755);
    const keyFile = (name: string, id: string, resource = name): string =>
      withHeader("-----BEGIN PRIVATE KEY-----\n", {
        owner: `${urnOf(`${OWN}SoftKey`, `ca-${resource}-key`)}#${id}`,
        algorithm: "ECDSA_P256",
      });
    const files = {
      "root.pem": keyFile("root", ID),
      "root-2.pem": keyFile("root-2", ID, "root"),
      "ssh.pem": keyFile("ssh", OTHER_ID),
      "old.pem": asReleased(keyFile("old", ID)),
      "mine.pem": "-----BEGIN PRIVATE KEY-----\n",
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(directory, "keys", name), content);
    }
  });
  after(() => {
    authority.remove();
  });

  void it("lists every key file of the authority that the state does not know, and how to discard it", async () => {
    const { exitCode, stdout } = await check();
    assert.equal(exitCode, 1);
    assert.match(stdout, /^KMS-PKI WARNING: the state does not know 1 key\n\nCERTIFICATE /);
    assert.match(stdout, /Asked the folder keys\./);
    assert.match(stdout, /The state does not know softkms:path=keys\/root-2\.pem \(present, made for ca-root-key\)/);
    assert.match(stdout, /to discard it: rm '.*\/keys\/root-2\.pem'/);
    assert.equal(stdout.match(/The state does not know/g)?.length, 1);
  });

  void it("prints one JSON object with the services asked and the keys found", async () => {
    const { exitCode, stdout } = await check("--json");
    assert.equal(exitCode, 1);
    const { asked, unknownKeys, status } = JSON.parse(stdout) as KeySearch & { status: string };
    assert.deepEqual(
      [asked, uris({ asked, unknownKeys }), status],
      [["the folder keys"], ["softkms:path=keys/root-2.pem"], "valid"],
    );
  });

  void it("tells Prometheus how many keys it found, with exit code 0", async () => {
    const { exitCode, stdout } = await check("--prometheus");
    assert.equal(exitCode, 0);
    assert.match(stdout, /\nkms_pki_unknown_keys\{stack="organization\/acme\/prod",authority="ca"\} 1$/);
  });

  void it("tells a monitor that the status is unknown, on standard output, too", async () => {
    const broken = temporaryDirectory();
    writeFileSync(join(broken, "Pulumi.yaml"), "name: acme\nruntime: nodejs\n");
    writeFileSync(join(broken, "pulumi"), "#!/bin/sh\necho no stack >&2\nexit 1\n", { mode: 0o755 });
    const answer = await call(["status", "--check"], {
      ...{ cwd: broken, environment: { PATH: `${broken}:${process.env["PATH"] ?? ""}` } },
    });
    assert.equal(answer.exitCode, 3);
    assert.match(answer.stdout, /^KMS-PKI UNKNOWN: OUTPUTS_UNREADABLE: [^\n]*$/);
    assert.match(answer.stderr, /^OUTPUTS_UNREADABLE: /);
  });

  void it("runs as the documentation says, for Prometheus and for a monitor", () => {
    const bin = temporaryDirectory();
    const main = join(CHECKOUT, "dist", "provider", "cli", "main.js");
    writeFileSync(join(bin, "kms-pki"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 });
    const environment = { ...process.env, KMS_PKI_NOW: "2026-06-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" };
    const run = (block: string): { status: number | null; stdout: string } =>
      spawnSync("bash", ["-euc", block], {
        ...{ cwd: directory, encoding: "utf8" },
        env: { ...environment, PATH: `${bin}:${directory}:${process.env["PATH"] ?? ""}` },
      });
    const { status } = run(shellBlock("docs/monitoring.md", "kms-pki.prom", { DIR: bin }));
    assert.equal(status, 0);
    assert.match(
      readFileSync(join(bin, "kms-pki.prom"), "utf8"),
      /\nkms_pki_status_timestamp_seconds\{.*\} 1780272000\n/,
    );
    const monitored = run(shellBlock("docs/monitoring.md", "--check --warn"));
    assert.equal(monitored.status, 1);
    assert.match(monitored.stdout, /^KMS-PKI WARNING: /);
  });

  void it("asks no service without the option, and none at all with --outputs FILE", async () => {
    const { exitCode, stderr } = await check("--outputs", "outputs.json");
    assert.equal(exitCode, 64);
    assert.match(stderr, /--check reads the state of the stack/);
    const plain = await call(["status", "--outputs", "outputs.json", "--json"], {
      ...{ cwd: directory, now: new Date("2026-06-01T00:00:00Z") },
    });
    assert.equal(plain.exitCode, 0);
    assert.equal("unknownKeys" in (JSON.parse(plain.stdout) as object), false);
  });
});
