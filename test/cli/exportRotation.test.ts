import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { missing, runTool } from "../tools";
import { Authority, type Outputs } from "./authority";
import { type Phase, PHASES, RotatedAuthority } from "./rotation";
import { type Answer, call } from "./testShell";

let authority: Authority;
let rotated: RotatedAuthority;
let phases: Record<Phase, Outputs>;

before(async () => {
  authority = await Authority.create();
  rotated = await RotatedAuthority.create(authority, new Date("2026-01-01T00:00:00Z"));
  const outputs = await Promise.all(PHASES.map(async (phase) => [phase, await rotated.outputs(phase)] as const));
  phases = Object.fromEntries(outputs) as Record<Phase, Outputs>;
});
after(() => {
  authority.remove();
});
afterEach(() => {
  rmSync(authority.path("ca"), { recursive: true, force: true });
});

const file = (name: string): string => authority.path("ca", name);
const read = (name: string): string => readFileSync(file(name), "utf8");
const config = (): JsonObject => JSON.parse(read("ca.json")) as JsonObject;
const rootOf = (generation: 0 | 1): string => `root_ca-${rotated.fingerprint(generation).slice(0, 8)}.crt`;

function run(stack: Outputs, args: readonly string[] = []): Promise<Answer> {
  return call(["export", "--outputs", "-", ...args], { cwd: authority.directory, stdin: JSON.stringify(stack) });
}

async function exported(stack: Outputs, args: readonly string[] = []): Promise<Answer> {
  const answer = await run(stack, args);
  assert.equal(answer.exitCode, 0, answer.stderr);
  return answer;
}

/** The names that appear in the folder, in the order reported by the kernel. */
async function writtenOrder(write: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  const watcher = watch(authority.path("ca"));
  const ended = new Promise<void>((resolve) => {
    watcher.on("change", (_event, name) => {
      names.push(String(name));
      if (name === "end") {
        resolve();
      }
    });
  });
  try {
    await write();
    writeFileSync(file("end"), "");
    await ended;
  } finally {
    watcher.close();
  }
  return names;
}

/** The subjects of the certificates in a file, as openssl prints them. */
function subjects(path: string): string[] {
  const bundle = runTool("openssl", ["crl2pkcs7", "-nocrl", "-certfile", path]);
  const text = runTool("openssl", ["pkcs7", "-print_certs", "-noout"], bundle);
  return [...text.matchAll(/^subject=.*CN = (.*)$/gm)].map(([, name = ""]) => name);
}

void describe("An export of a rotation", { skip: missing("openssl") }, () => {
  const expected: readonly { phase: Phase; roots: readonly (0 | 1)[]; crt: readonly string[] }[] = [
    { phase: "before", roots: [0], crt: ["Example Intermediate"] },
    { phase: "published", roots: [0, 1], crt: ["Example Intermediate", "Example Root 0"] },
    { phase: "retiring", roots: [1, 0], crt: ["Example Intermediate", "Example Root 1"] },
    { phase: "after", roots: [1], crt: ["Example Intermediate"] },
  ];
  for (const { phase, roots, crt } of expected) {
    void it(`writes the roots and chain of phase "${phase}" to ca.json, active root first`, async () => {
      await exported(phases[phase]);
      const { root, crt: bundle } = config();
      assert.deepEqual(
        root,
        roots.map((generation) => file(rootOf(generation))),
      );
      assert.deepEqual(subjects(String(bundle)), crt);
      for (const generation of roots) {
        assert.deepEqual(subjects(file(rootOf(generation))), [`Example Root ${String(generation)}`]);
      }
      assert.equal(read("root_ca.crt"), phases[phase]["rootCertificate"], "for people: the active root");
      assert.equal(read("intermediate_ca.crt"), readFileSync(String(bundle), "utf8"));
    });
  }

  void it("never changes a file that an older ca.json names", async () => {
    const named = new Map<string, string>();
    for (const phase of PHASES) {
      await exported(phases[phase]);
      const { root, crt } = config();
      for (const path of [root, crt].flat()) {
        named.set(String(path), named.get(String(path)) ?? readFileSync(String(path), "utf8"));
      }
      for (const [path, content] of named) {
        assert.equal(readFileSync(path, "utf8"), content, path);
      }
    }
    assert.equal(named.size, 2 + 4);
  });

  void it("writes the files that ca.json names before it, and those that an older ca.json may name after it", async () => {
    // The phase "before", as exported by a CA that does not rotate yet.
    const {
      roots: _,
      intermediates: _i,
      intermediateBundle: _b,
      sshUserKeys: _u,
      sshHostKeys: _h,
      ...rest
    } = phases.before;
    const plain = { ...(rest["caConfig"] as JsonObject), root: "root_ca.crt", crt: "intermediate_ca.crt" };
    await exported({ ...rest, crossCertificates: [], caConfig: plain });
    const order = await writtenOrder(() => exported(phases.retiring));
    const at = (name: string): number => order.indexOf(name);
    for (const [one, other] of [
      [rootOf(0), "ca.json"],
      [rootOf(1), "ca.json"],
      ["ca.json", "root_ca.crt"],
      ["ca.json", "intermediate_ca.crt"],
    ] as const) {
      assert.ok(at(one) !== -1 && at(one) < at(other), `${one} before ${other}: ${order.join(", ")}`);
    }
  });

  void it("lists the other roots with their states", async () => {
    assert.match(
      (await exported(phases.published)).stdout,
      /✔ Root Certificate \(published\): ca\/root_ca-[0-9a-f]{8}/,
    );
    assert.match((await exported(phases.retiring)).stdout, /✔ Root Certificate \(retiring\): ca\/root_ca-[0-9a-f]{8}/);
    assert.doesNotMatch((await exported(phases.after)).stdout, /Root Certificate \(/);
  });

  void it("lists the keys that do not sign twice in ssh.keys, with public members only", async () => {
    await exported(phases.published);
    const { keys } = config()["ssh"] as { keys: { type: string; federated: boolean; key: Record<string, string> }[] };
    assert.deepEqual(
      keys.map(({ type, federated }) => [type, federated]),
      [
        ["user", false],
        ["user", true],
        ["host", false],
        ["host", true],
      ],
    );
    for (const { key } of keys) {
      assert.deepEqual(Object.keys(key).sort(), ["crv", "kid", "kty", "x", "y"]);
    }
    await exported(phases.after);
    assert.deepEqual((config()["ssh"] as JsonObject)["keys"], []);
  });

  void it("writes every key that SSH servers and clients trust", { skip: missing("ssh-keygen") }, async () => {
    await exported(phases.published);
    const fingerprints = (name: string, text: string): string[] => {
      const path = file(`${name}.pub`);
      writeFileSync(path, text);
      return runTool("ssh-keygen", ["-l", "-f", path])
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[1] ?? "");
    };
    const of = (list: string): string[] =>
      (phases.published[list] as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint);
    assert.deepEqual(fingerprints("users", read("ssh_trusted_user_ca_keys")), of("sshUserKeys"));
    const known = read("ssh_known_hosts");
    assert.match(known, /^(?:@cert-authority \* \S+ \S+\n){2}$/);
    assert.deepEqual(fingerprints("hosts", known.replaceAll("@cert-authority * ", "")), of("sshHostKeys"));
  });

  void it("puts all paths under a prefix", async () => {
    await exported(phases.published, ["--prefix", "/etc/step-ca"]);
    const { root, crt } = config();
    assert.deepEqual(root, [`/etc/step-ca/${rootOf(0)}`, `/etc/step-ca/${rootOf(1)}`]);
    assert.match(String(crt), /^\/etc\/step-ca\/intermediate_ca-[0-9a-f]{8}\.crt$/);
  });

  void it("merges each phase into a ca.json, and drops what is retired but nothing added by hand", async () => {
    mkdirSync(authority.path("ca"));
    const own = { type: "host", federated: true, key: { kty: "OKP", crv: "Ed25519", x: "AA" } };
    const before = {
      ...{ root: [file("root_ca.crt"), "/srv/other.crt"], crt: file("intermediate_ca.crt"), key: "k" },
      ...{ kms: { type: "softkms" }, ssh: { keys: [own] }, address: ":9" },
    };
    writeFileSync(file("ca.json"), JSON.stringify(before));
    const roots: Record<Phase, string[]> = {
      before: [rootOf(0)],
      published: [rootOf(0), rootOf(1)],
      retiring: [rootOf(1), rootOf(0)],
      after: [rootOf(1)],
    };
    for (const phase of PHASES) {
      const { stderr } = await exported(phases[phase], ["--merge", "ca/ca.json"]);
      const { root, ssh, address } = config();
      assert.deepEqual(root, [...roots[phase].map(file), "/srv/other.crt"]);
      const { keys } = ssh as { keys: unknown[] };
      assert.equal(keys.length, phase === "published" || phase === "retiring" ? 5 : 1);
      assert.deepEqual(keys.at(-1), own);
      assert.equal(address, ":9");
      const retired = { before: "root_ca.crt", after: rootOf(0), published: undefined, retiring: undefined }[phase];
      assert.equal(
        stderr,
        retired === undefined ? "" : `note: root no longer lists "${file(retired)}", which the stack has retired`,
      );
    }
  });

  void it("never counts as another CA, whichever phase was exported before", async () => {
    for (const [from, to] of [
      ["before", "published"],
      ["published", "retiring"],
      ["retiring", "after"],
      // The last export was before the new root was in use.
      ["published", "after"],
    ] as const) {
      await exported(phases[from]);
      await exported(phases[to]);
      rmSync(authority.path("ca"), { recursive: true });
    }
  });

  void it("is refused over a CA none of whose roots it has, and nothing is written", async () => {
    await exported(phases.before);
    const before = readdirSync(authority.path("ca")).map((name) => [name, read(name)]);
    const { exitCode, stderr } = await run(phases.after);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^CA_MISMATCH: "ca\/root_ca.crt" belongs to another CA/);
    assert.deepEqual(
      readdirSync(authority.path("ca")).map((name) => [name, read(name)]),
      before,
    );
  });

  void it("keeps the trust files of a finished rotation, and says so", async () => {
    await exported(phases.after);
    const stack = await authority.outputs();
    const { stderr } = await exported(stack, ["--force"]);
    for (const name of ["ssh_trusted_user_ca_keys", "ssh_known_hosts"]) {
      assert.ok(stderr.includes(`"${join("ca", name)}" was left as it is; the SSH keys of this CA do not rotate`));
      assert.ok(existsSync(file(name)));
    }
  });
});
