import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { AuthorityStatus } from "../../provider/cli/certificateStatus";
import { Authority, type Outputs } from "./authority";
import { type Phase, RotatedAuthority } from "./rotation";
import { type Answer, call } from "./testShell";

let authority: Authority;
let rotated: RotatedAuthority;

before(async () => {
  authority = await Authority.create();
  rotated = await RotatedAuthority.create(authority, new Date("2026-01-01T00:00:00Z"));
});
after(() => {
  authority.remove();
});

function run(outputs: Outputs, args: readonly string[] = [], now = "2026-06-01T00:00:00Z"): Promise<Answer> {
  const stdin = JSON.stringify(outputs);
  return call(["status", "--outputs", "-", ...args], { cwd: authority.directory, stdin, now: new Date(now) });
}

async function json(outputs: Outputs): Promise<AuthorityStatus> {
  return JSON.parse((await run(outputs, ["--json"])).stdout) as AuthorityStatus;
}

void describe("The status of a rotation", () => {
  const expected: readonly { phase: Phase; certificates: readonly string[]; sshKeys: readonly string[] }[] = [
    {
      phase: "before",
      certificates: ["root 0 active", "intermediate 0 active"],
      sshKeys: ["ssh-user 0 active", "ssh-host 0 active"],
    },
    {
      phase: "published",
      certificates: [
        ...["root 0 active", "intermediate 0 active", "root 1 published", "intermediate 1 published", "cross 0 by 1"],
      ],
      sshKeys: ["ssh-user 0 active", "ssh-user 1 published", "ssh-host 0 active", "ssh-host 1 published"],
    },
    {
      phase: "retiring",
      certificates: [
        ...["root 1 active", "intermediate 1 active", "root 0 retiring", "intermediate 0 retiring", "cross 1 by 0"],
      ],
      sshKeys: ["ssh-user 1 active", "ssh-user 0 retiring", "ssh-host 1 active", "ssh-host 0 retiring"],
    },
    {
      phase: "after",
      certificates: ["root 1 active", "intermediate 1 active"],
      sshKeys: ["ssh-user 1 active", "ssh-host 1 active"],
    },
  ];
  for (const { phase, certificates, sshKeys } of expected) {
    void it(`lists every generation with its state in phase "${phase}", the active one first`, async () => {
      const outputs = await rotated.outputs(phase);
      const status = await json(outputs);
      assert.equal(status.status, "valid", JSON.stringify(status.certificates));
      const words = (...parts: (string | number | undefined)[]): string =>
        parts.filter((part) => part !== undefined).join(" ");
      assert.deepEqual(
        status.certificates.map(({ name, generation, state, issuerGeneration }) =>
          words(name, generation, state, issuerGeneration === undefined ? undefined : `by ${String(issuerGeneration)}`),
        ),
        certificates,
      );
      assert.deepEqual(
        status.sshKeys.map(({ name, generation, state }) => words(name, generation, state)),
        sshKeys,
      );
      const { stdout, exitCode } = await run(outputs);
      assert.equal(exitCode, 0);
      const rows = [...certificates, ...sshKeys].map((row) => row.split(" "));
      for (const [name = "", generation = "", ...rest] of rows) {
        const cells = rest[0] === "by" ? [`${generation} by ${rest[1] ?? ""}`] : [generation, ...rest];
        assert.match(stdout, new RegExp(`^${[name, ...cells].join(" +")} `, "m"), name);
      }
    });
  }

  void it("has no generation columns when nothing is rotated", async () => {
    assert.doesNotMatch((await run(await authority.outputs())).stdout, /GENERATION|STATE|RENEWAL/);
  });

  void it("exits with the worst status of all generations", async () => {
    const { status } = JSON.parse(
      (await run(await rotated.outputs("published"), ["--json"], "2027-01-02T00:00:00Z")).stdout,
    ) as AuthorityStatus;
    assert.equal(status, "expired");
  });

  const broken: readonly { what: string; change: (outputs: Outputs) => Promise<Outputs>; says: RegExp }[] = [
    {
      what: "a cross certificate of a missing root",
      change: ({ crossCertificates }) =>
        Promise.resolve({
          crossCertificates: (crossCertificates as object[]).map((cross) => ({ ...cross, issuerGeneration: 7 })),
        }),
      says: /^The cross 0 by 7 is broken: one of its roots is missing\.$/m,
    },
    {
      what: "a cross certificate that another root signed",
      change: ({ crossCertificates }) =>
        Promise.resolve({
          crossCertificates: (crossCertificates as object[]).map((cross) => ({ ...cross, issuerGeneration: 0 })),
        }),
      says: /^The cross 0 by 0 is broken: it is not signed by the root\.$/m,
    },
    {
      what: "a cross certificate for another root",
      change: ({ crossCertificates }) =>
        Promise.resolve({
          crossCertificates: (crossCertificates as object[]).map((cross) => ({ ...cross, generation: 1 })),
        }),
      says: /^The cross 1 by 1 is broken: it does not have the name and key of the root that it stands in for\.$/m,
    },
    {
      what: "an intermediate of neither root",
      change: async ({ intermediates }) => {
        const other = await Authority.create();
        const certificate = await other.intermediate(await other.root());
        other.remove();
        const [active, coming] = intermediates as [object, object];
        return { intermediates: [active, { ...coming, certificate }] };
      },
      says: /^The intermediate 1 is broken: it is not signed by any of the roots\.$/m,
    },
  ];
  for (const { what, change, says } of broken) {
    void it(`is broken for ${what}`, async () => {
      const outputs = await rotated.outputs("published");
      const { stdout, exitCode } = await run({ ...outputs, ...(await change(outputs)) });
      assert.match(stdout, says);
      assert.equal(exitCode, 2);
    });
  }
});
