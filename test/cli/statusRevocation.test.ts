import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { AuthorityStatus } from "../../provider/cli/certificateStatus";
import { readCertificate } from "../../provider/x509/certificate";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { Authority, type Outputs } from "./authority";
import { type Answer, call } from "./testShell";

/** Lines of the database of `openssl ca`: state, end, revocation with its reason, serial number, file, subject. */
const LEAVES = [
  ["R", "300101000000Z", "260301120000Z", "0A17", "unknown", "/CN=no reason"],
  ["R", "300101000000Z", "260302120000Z,superseded", "5A17C3F09D", "unknown", "/CN=superseded"],
  ["R", "300101000000Z", "260303120000Z,CAkeyTime,20260220000000Z", "FF01", "unknown", "/CN=invalid"],
  ["R", "300101000000Z", "260304120000Z,holdInstruction,holdInstructionReject", "02", "unknown", "/CN=hold"],
];

let authority: Authority;
let outputs: Outputs;

/** The output of a list that OpenSSL makes of its database, signed by a CA of the authority. */
function list(
  name: "root" | "intermediate",
  database: readonly (readonly string[])[],
  by = authority,
  itsOutputs = outputs,
): Outputs {
  const path = (...names: string[]): string => by.path(...names);
  writeFileSync(path("certificate.pem"), String(itsOutputs[`${name}Certificate`]));
  writeFileSync(path("index.txt"), database.map((line) => `${line.join("\t")}\n`).join(""));
  writeFileSync(path("crlnumber"), "01\n");
  writeFileSync(
    path("ca.cnf"),
    [
      "[ca]\ndefault_ca = own\n[own]\ndefault_md = sha256\ncrl_extensions = crl",
      `database = ${path("index.txt")}\ncrlnumber = ${path("crlnumber")}`,
      "[crl]\nauthorityKeyIdentifier = keyid\n",
    ].join("\n"),
  );
  const pem = openssl([
    ...["ca", "-gencrl", "-config", path("ca.cnf"), "-cert", path("certificate.pem")],
    ...["-keyfile", path("keys", `${name}.pem`)],
    ...["-crl_lastupdate", "20260305000000Z", "-crl_nextupdate", "20260905000000Z"],
  ]);
  const url = `http://pki.example.com/${name}.crl`;
  const renewalTime = "2026-08-05T00:00:00Z";
  return { name, state: "active", url, file: `${name}.crl`, pem, number: 1, renewalTime };
}

/** The line of the database for the intermediate. */
function ofIntermediate(revocation: string): string[] {
  const { serialNumber } = readCertificate(String(outputs["intermediateCertificate"]));
  return ["R", "270101000000Z", revocation, serialNumber, "unknown", "/CN=intermediate"];
}

function run(crls: readonly Outputs[], ...args: string[]): Promise<Answer> {
  return call(["status", "--outputs", "-", ...args], {
    cwd: authority.directory,
    stdin: JSON.stringify({ ...outputs, crls }),
    now: new Date("2026-06-01T00:00:00Z"),
  });
}

async function json(crls: readonly Outputs[]): Promise<AuthorityStatus> {
  return JSON.parse((await run(crls, "--json")).stdout) as AuthorityStatus;
}

void describe("The status of revoked certificates", { skip: missing("openssl") }, () => {
  before(async () => {
    authority = await Authority.create();
    outputs = await authority.outputs();
  });
  after(() => {
    authority.remove();
  });

  void it("has each certificate on a list that OpenSSL made, with its reason and its dates", async () => {
    const { revocationLists = [], status } = await json([list("intermediate", LEAVES)]);
    const at = (day: number): string => `2026-03-0${String(day)}T12:00:00.000Z`;
    assert.equal(revocationLists[0]?.revoked, 4);
    assert.deepEqual(
      [...revocationLists[0].revokedCertificates].sort((one, other) => (one.revokedAt < other.revokedAt ? -1 : 1)),
      [
        { serialNumber: "a17", reason: "unspecified", revokedAt: at(1) },
        { serialNumber: "5a17c3f09d", reason: "superseded", revokedAt: at(2) },
        {
          ...{ serialNumber: "ff01", reason: "cACompromise", revokedAt: at(3) },
          invalidityDate: "2026-02-20T00:00:00.000Z",
        },
        { serialNumber: "2", reason: "certificateHold", revokedAt: at(4) },
      ],
    );
    assert.equal(status, "valid", "none of them is a certificate of the authority");
  });

  void it("is a table, the last revocation first", async () => {
    const { stdout, exitCode } = await run([list("root", []), list("intermediate", LEAVES)]);
    assert.equal(exitCode, 0, stdout);
    assert.match(
      stdout,
      new RegExp(
        [
          "\n\nREVOKED SERIAL NUMBER +LIST +REASON +REVOKED ON",
          "2 +intermediate +certificateHold +2026-03-04",
          "ff01 +intermediate +cACompromise +2026-03-03",
          "5a17c3f09d +intermediate +superseded +2026-03-02",
          "a17 +intermediate +unspecified +2026-03-01$",
        ].join("\n"),
      ),
    );
    assert.doesNotMatch((await run([list("root", [])])).stdout, /REVOKED SERIAL NUMBER/);
  });

  void it("shows at most twenty certificates, and says how many more there are", async () => {
    const many = Array.from({ length: 23 }, (_, at) => {
      const serialNumber = (0x1001 + at).toString(16).toUpperCase();
      return ["R", "300101000000Z", `2603${String(at + 1).padStart(2, "0")}000000Z`, serialNumber, "unknown", "/CN=x"];
    });
    const { stdout } = await run([list("intermediate", many)]);
    assert.equal(stdout.match(/^10\w\w +intermediate /gm)?.length, 20);
    assert.match(stdout, /^1017 +intermediate +unspecified +2026-03-23$/m);
    assert.doesNotMatch(stdout, /^1003 /m);
    assert.match(stdout, /\n3 more are on the lists\. --json shows all of them\.$/);
    assert.equal((await json([list("intermediate", many)])).revocationLists?.[0]?.revokedCertificates.length, 23);
  });

  void it("is revoked for a certificate of the authority that the list of its issuer names", async () => {
    const lists = [list("root", [ofIntermediate("260304120000Z,keyCompromise")])];
    const { certificates, status } = await json(lists);
    assert.deepEqual(
      certificates.map(({ name, status: each, revocation }) => [name, each, revocation]),
      [
        ["root", "valid", undefined],
        ["intermediate", "revoked", { reason: "keyCompromise", revokedAt: "2026-03-04T12:00:00.000Z" }],
      ],
    );
    assert.equal(status, "revoked");
    const { stdout, exitCode } = await run(lists);
    assert.equal(exitCode, 2);
    assert.match(stdout, /^intermediate +revoked +2027-01-01 /m);
    assert.match(stdout, /^The intermediate was revoked on 2026-03-04 \(keyCompromise\)\.$/m);
  });

  void it("does not count its serial number on the list of another CA", async () => {
    const { certificates } = await json([list("intermediate", [ofIntermediate("260304120000Z")])]);
    assert.equal(certificates[1]?.status, "valid");
  });

  void it("does not count a list that another CA with the name of its issuer signed", async () => {
    const other = await Authority.create();
    const forged = list("root", [ofIntermediate("260304120000Z")], other, await other.outputs());
    other.remove();
    const { certificates, revocationLists } = await json([forged]);
    assert.equal(revocationLists?.[0]?.status, "broken");
    assert.equal(certificates[1]?.status, "valid");
  });
});
