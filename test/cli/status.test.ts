import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AuthorityStatus } from "../../provider/cli/certificateStatus";
import { fingerprintSha256, readCertificate } from "../../provider/x509/certificate";
import { readIssuer } from "../../provider/x509/issuer";
import { writePem } from "../../provider/x509/pem";
import { missing, runTool } from "../tools";
import { time, utf8 } from "../x509/lint/derWriting";
import { attribute, name, root, write } from "../x509/lint/madeCertificate";
import { Authority, type Outputs } from "./authority";
import { type Answer, call } from "./testShell";

let authority: Authority;
let outputs: Outputs;

before(async () => {
  authority = await Authority.create();
  outputs = await authority.outputs();
});
after(() => {
  authority.remove();
});

function run(args: readonly string[], now: string, stack: Outputs = outputs): Promise<Answer> {
  return call(["status", "--outputs", "-", ...args], {
    cwd: authority.directory,
    stdin: JSON.stringify(stack),
    now: new Date(now),
  });
}

async function json(now: string, stack?: Outputs): Promise<AuthorityStatus> {
  return JSON.parse((await run(["--json"], now, stack)).stdout) as AuthorityStatus;
}

void describe("kms-pki status", () => {
  // The intermediate is valid from 2026-01-01 to 2027-01-01, the root to 2035-12-30.
  const moments: readonly {
    now: string;
    args?: string[];
    exitCode: number;
    root: string;
    intermediate: string;
    days: number;
  }[] = [
    { now: "2026-01-01T00:00:00Z", exitCode: 0, root: "valid", intermediate: "valid", days: 365 },
    { now: "2026-12-01T23:59:59Z", exitCode: 0, root: "valid", intermediate: "valid", days: 30 },
    { now: "2026-12-02T00:00:00Z", exitCode: 1, root: "valid", intermediate: "expiring", days: 30 },
    { now: "2026-12-31T23:00:00Z", exitCode: 1, root: "valid", intermediate: "expiring", days: 0 },
    { now: "2027-01-01T00:00:00Z", exitCode: 1, root: "valid", intermediate: "expiring", days: 0 },
    { now: "2027-01-01T00:00:01Z", exitCode: 2, root: "valid", intermediate: "expired", days: -1 },
    { now: "2040-01-01T00:00:00Z", exitCode: 2, root: "expired", intermediate: "expired", days: -4748 },
    { now: "2025-12-31T23:59:59Z", exitCode: 2, root: "notYetValid", intermediate: "notYetValid", days: 365 },
    {
      now: "2026-12-30T12:00:00Z",
      args: ["--warn", "24h"],
      exitCode: 0,
      root: "valid",
      intermediate: "valid",
      days: 1,
    },
    {
      now: "2026-12-30T12:00:00Z",
      args: ["--warn", "1d12h"],
      exitCode: 1,
      root: "valid",
      intermediate: "expiring",
      days: 1,
    },
    {
      now: "2026-01-01T00:00:00Z",
      args: ["--warn", "9999d"],
      exitCode: 1,
      root: "expiring",
      intermediate: "expiring",
      days: 365,
    },
  ];
  for (const { now, args = [], exitCode, root, intermediate, days } of moments) {
    void it(`shows ${root} and ${intermediate} at ${now} ${args.join(" ")}`, async () => {
      const answer = await run([...args, "--json"], now);
      assert.equal(answer.stderr, "");
      assert.equal(answer.exitCode, exitCode);
      const { certificates, status } = JSON.parse(answer.stdout) as AuthorityStatus;
      assert.deepEqual(
        certificates.map(({ name, status: each }) => [name, each]),
        [
          ["root", root],
          ["intermediate", intermediate],
        ],
      );
      assert.equal(certificates[1]?.daysLeft, days);
      assert.equal(status, intermediate, "the worse of the two");
      assert.equal((await run(args, now)).exitCode, exitCode, "the table has the same exit code");
    });
  }

  void it("prints metrics for Prometheus with exit code 0, whatever they say", async () => {
    const { exitCode, stdout } = await run(["--prometheus"], "2040-01-01T00:00:00Z", { ca: outputs });
    assert.equal(exitCode, 0);
    assert.match(stdout, /\nkms_pki_certificate_status\{authority="ca",role="root",.*,status="expired"\} 1\n/);
    const other = await run(["--prometheus"], "2026-06-01T00:00:00Z", { prod: outputs });
    assert.match(other.stdout, /\nkms_pki_status_timestamp_seconds\{authority="prod"\} 1780272000\n/);
    assert.equal((await run(["--prometheus", "--json"], "2026-06-01T00:00:00Z")).exitCode, 64);
  });

  void it("tells Prometheus what the hosts of step-ca serve", { skip: missing("openssl") }, async () => {
    const hosts = [{ name: "one", directory: "/ca", url: "https://127.0.0.1:1" }];
    writeFileSync(join(authority.directory, "targets.json"), JSON.stringify({ hosts }));
    const args = ["--prometheus", "--hosts", "--targets", "targets.json"];
    const { exitCode, stdout, stderr } = await run(args, "2026-06-01T00:00:00Z", { ca: outputs });
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /\nkms_pki_host_status\{authority="ca",host="one",status="unreachable"\} 1(?:\n|$)/);
  });

  void it("lists what the lint finds, which does not change the exit code", async () => {
    // An existing CA of other software, whose name the lint would not write so.
    const made = root();
    const long = { ...made, subject: name(attribute("O", utf8("x".repeat(65)))) };
    const der = write({
      ...long,
      issuer: long.subject,
      notBefore: time("260101000000Z"),
      notAfter: time("351101000000Z"),
    });
    const rootCertificate = writePem("CERTIFICATE", der);
    const rootFingerprint = fingerprintSha256(readCertificate(rootCertificate));
    const stack = { ...outputs, rootCertificate, rootFingerprint };
    const { certificates } = await json("2026-06-01T00:00:00Z", stack);
    const findings = certificates.map(({ findings: each = [] }) => each.map(({ level, rule }) => `${level} ${rule}`));
    assert.deepEqual(findings[0], ["error attribute-upper-bound", "error attribute-upper-bound"]);
    assert.match(
      (await run([], "2026-06-01T00:00:00Z", stack)).stdout,
      /\nThe root has a lint error: organizationName in the subject has 65 characters.* \(attribute-upper-bound, RFC 5280, .*\)\.\n/,
    );
  });

  void it("prints one documented JSON object", async () => {
    const { certificates, sshKeys, status } = await json("2026-06-01T00:00:00Z", {
      ...outputs,
      intermediateKey: "yubikey:slot-id=9c?pin-value=123456",
    });
    assert.deepEqual(certificates, [
      {
        name: "root",
        subject: "O=Example\\, Inc, CN=Example Root",
        keyUri: "softkms:path=keys/root.pem",
        serialNumber: readCertificate(String(outputs["rootCertificate"])).serialNumber.toLowerCase(),
        notBefore: "2026-01-01T00:00:00.000Z",
        notAfter: "2035-12-30T00:00:00.000Z",
        daysLeft: 3499,
        status: "valid",
      },
      {
        name: "intermediate",
        subject: "O=Example\\, Inc, CN=Example Intermediate",
        keyUri: "yubikey:slot-id=9c",
        serialNumber: readCertificate(String(outputs["intermediateCertificate"])).serialNumber.toLowerCase(),
        notBefore: "2026-01-01T00:00:00.000Z",
        notAfter: "2027-01-01T00:00:00.000Z",
        daysLeft: 214,
        status: "valid",
      },
    ]);
    assert.deepEqual(
      sshKeys.map(({ name, keyUri }) => [name, keyUri]),
      [
        ["ssh-user", "softkms:path=keys/ssh-user-key.pem"],
        ["ssh-host", "softkms:path=keys/ssh-host-key.pem"],
      ],
    );
    assert.equal(status, "valid");
  });

  void it("shows the serial numbers and dates that openssl reads", { skip: missing("openssl") }, async () => {
    const { certificates } = await json("2026-06-01T00:00:00Z");
    for (const [index, name] of ["rootCertificate", "intermediateCertificate"].entries()) {
      const text = runTool("openssl", ["x509", "-noout", "-serial", "-enddate"], String(outputs[name]));
      const [, serial = "", end = ""] = /serial=(\S+)\nnotAfter=(.*)\n/.exec(text) ?? [];
      assert.equal(certificates[index]?.serialNumber, serial.toLowerCase());
      assert.equal(certificates[index].notAfter, new Date(end).toISOString());
    }
  });

  void it("prints an aligned table with every key", async () => {
    const { stdout } = await run([], "2026-06-01T00:00:00Z");
    const [header = "", root = "", intermediate = "", empty, sshHeader = "", user = "", host = ""] = stdout.split("\n");
    for (const column of ["STATUS", "ENDS", "DAYS LEFT", "SERIAL NUMBER", "SUBJECT", "KEY"]) {
      const at = header.indexOf(column);
      for (const row of [root, intermediate]) {
        assert.match(row.slice(at - 2), /^ {2}\S/, column);
      }
    }
    assert.match(
      root,
      /^root +valid +2035-12-30 +3499 +[0-9a-f]{32} +O=Example\\, Inc, CN=Example Root +softkms:path=keys/,
    );
    assert.match(intermediate, /^intermediate +valid +2027-01-01 +214 /);
    assert.equal(empty, "");
    assert.match(sshHeader, /^SSH KEY +FINGERPRINT +KEY$/);
    assert.match(user, /^ssh-user {2}SHA256:\S{43} {2}softkms:path=keys\/ssh-user-key.pem$/);
    assert.match(host, /^ssh-host {2}SHA256:\S{43} {2}softkms:path=keys\/ssh-host-key.pem$/);
  });

  void it("lists no SSH keys for a CA without SSH", async () => {
    const stack = await authority.outputs({ ssh: false });
    assert.deepEqual((await json("2026-06-01T00:00:00Z", stack)).sshKeys, []);
    assert.doesNotMatch((await run([], "2026-06-01T00:00:00Z", stack)).stdout, /SSH/);
  });

  void it("shows valid for an intermediate that is older than its renewed root", async () => {
    const rootCertificate = await authority.root({ notBefore: new Date("2026-05-01T00:00:00Z") });
    const rootFingerprint = fingerprintSha256(readCertificate(rootCertificate));
    const { status, certificates } = await json("2026-06-01T00:00:00Z", {
      ...outputs,
      rootCertificate,
      rootFingerprint,
    });
    assert.equal(status, "valid", JSON.stringify(certificates));
  });

  const renewals: readonly { now: string; due: boolean; cell: RegExp }[] = [
    { now: "2026-06-01T00:00:00Z", due: false, cell: /^intermediate +valid +2027-01-01 +214 +2026-09-01 /m },
    { now: "2026-09-01T00:00:00Z", due: true, cell: /^intermediate +valid +2027-01-01 +122 +due /m },
  ];
  for (const { now, due, cell } of renewals) {
    void it(`says on ${now} whether a certificate is due for renewal`, async () => {
      const stack = { ...outputs, intermediateRenewalTime: "2026-09-01T00:00:00.000Z" };
      const [root, intermediate] = (await json(now, stack)).certificates;
      assert.equal(intermediate?.renewalTime, "2026-09-01T00:00:00.000Z");
      assert.equal(intermediate.readyForRenewal, due);
      assert.ok(root !== undefined && !("renewalTime" in root));
      const { stdout, exitCode } = await run([], now, stack);
      assert.match(stdout, /DAYS LEFT +RENEWAL +SERIAL NUMBER/);
      assert.match(stdout, cell);
      assert.match(stdout, /^root +valid +2035-12-30 +\d+ +[0-9a-f]{32} /m);
      assert.equal(exitCode, 0);
    });
  }

  const broken: readonly { what: string; changes: () => Promise<Outputs>; name: string; problem: RegExp }[] = [
    {
      what: "an intermediate signed by another key with the root's name",
      name: "intermediate",
      problem: /^it is not signed by the root$/,
      changes: async () => {
        const other = await Authority.create();
        const intermediateCertificate = await other.intermediate(await other.root());
        other.remove();
        return { intermediateCertificate };
      },
    },
    {
      what: "an intermediate that names the root and its key, but was signed by another",
      name: "intermediate",
      problem: /^it is not signed by the root$/,
      changes: async () => {
        await authority.createKey("forger");
        const { publicKey } = readCertificate(await authority.root({ key: "forger" }));
        const rootCertificate = String(outputs["rootCertificate"]);
        return {
          intermediateCertificate: await authority.intermediate(rootCertificate, {
            signedBy: "forger",
            issuer: { ...readIssuer(rootCertificate), publicKey },
          }),
        };
      },
    },
    {
      what: "an intermediate whose issuer has the root's key and another name",
      name: "intermediate",
      problem: /^it is not signed by the root$/,
      changes: async () => ({
        intermediateCertificate: await authority.intermediate(await authority.root({ commonName: "Other Root" })),
      }),
    },
    {
      what: "an intermediate that is a leaf",
      name: "intermediate",
      problem: /^it is not a CA certificate$/,
      changes: async () => ({
        intermediateCertificate: await authority.intermediate(String(outputs["rootCertificate"]), {
          profile: "leaf",
        }),
      }),
    },
    {
      what: "a root that another root signed",
      name: "root",
      problem: /^it is not signed by its own key$/,
      changes: async () => {
        await authority.createKey("upper-root");
        const issuer = readIssuer(
          await authority.root({ key: "upper-root", commonName: "Upper Root", validity: "9000d" }),
        );
        const rootCertificate = await authority.root({
          signedBy: "upper-root",
          // The profile's path length 1 equals that of the upper root, so it is increased to allow the issue.
          issuer: { ...issuer, pathLength: undefined },
        });
        return { rootCertificate, rootFingerprint: fingerprintSha256(readCertificate(rootCertificate)) };
      },
    },
  ];
  for (const { what, changes, name, problem } of broken) {
    void it(`shows broken for ${what}`, async () => {
      const stack = { ...outputs, ...(await changes()) };
      const { certificates, status } = await json("2026-06-01T00:00:00Z", stack);
      const certificate = certificates.find((each) => each.name === name);
      assert.equal(certificate?.status, "broken");
      assert.match(certificate.problem ?? "", problem);
      assert.equal(status, "broken");
      const { exitCode, stdout } = await run([], "2026-06-01T00:00:00Z", stack);
      assert.equal(exitCode, 2);
      assert.match(stdout, new RegExp(`\nThe ${name} is broken: ${certificate.problem ?? ""}\\.`));
    });
  }

  void it("shows valid for an intermediate that ends after its root, as step ca init makes it, and the lint's warning", async () => {
    const issuer = readIssuer(String(outputs["rootCertificate"]));
    const intermediateCertificate = await authority.intermediate(String(outputs["rootCertificate"]), {
      validity: "3651d",
      issuer: { ...issuer, notAfter: new Date("2050-01-01T00:00:00Z") },
    });
    const { certificates } = await json("2026-06-01T00:00:00Z", { ...outputs, intermediateCertificate });
    const { status, findings = [] } = certificates.find(({ name }) => name === "intermediate") ?? {};
    assert.equal(status, "valid");
    assert.ok(findings.some(({ rule, level }) => rule === "issuer-validity" && level === "warning"));
  });
});
