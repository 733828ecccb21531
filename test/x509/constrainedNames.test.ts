import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { connect, createServer } from "node:tls";
import {
  type ConstrainedNames,
  emptiedTrees,
  nameViolations,
  treeViolations,
} from "../../provider/x509/constrainedNames";
import type { NameConstraints } from "../../provider/x509/nameConstraints";
import { CHECKOUT } from "../engine/project";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { issue, issueRoot } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";

type Names = Omit<ConstrainedNames, "ca">;

/** A leaf's names under constraints, and what is refused. */
interface Case {
  readonly names: Names;
  readonly constraints: NameConstraints;
  /** Where a name is refused; none if the certificate may be issued. */
  readonly refused?: readonly string[];
  /** Whether a reader takes what is refused here, because another reader refuses it. */
  readonly isTakenBy?: readonly Judge[];
}

/** The readers that judge. */
const JUDGES = ["openssl", "node", "java", "go"] as const;
type Judge = (typeof JUDGES)[number];

const permitted = (trees: NonNullable<NameConstraints["permitted"]>): NameConstraints => ({ permitted: trees });
const excluded = (trees: NonNullable<NameConstraints["excluded"]>): NameConstraints => ({ excluded: trees });
const DNS = permitted({ dnsDomains: ["example.com"] });
const MAIL = permitted({ emailAddresses: ["example.com"] });
const BELOW = permitted({ emailAddresses: [".example.com"], uriDomains: [".example.com"] });
const URI = permitted({ uriDomains: ["example.com"] });
const NET = permitted({ ipRanges: ["10.0.0.0/8"] });

const CASES: readonly Case[] = [
  { names: { dnsNames: ["example.com"] }, constraints: DNS },
  { names: { dnsNames: ["A.B.EXAMPLE.com"] }, constraints: DNS },
  { names: { dnsNames: ["*.example.com"] }, constraints: DNS },
  { names: { dnsNames: ["example.com", "example.org"] }, constraints: DNS, refused: ["dnsNames[1]"] },
  { names: { dnsNames: ["notexample.com"] }, constraints: DNS, refused: ["dnsNames[0]"] },
  { names: { dnsNames: ["com"] }, constraints: DNS, refused: ["dnsNames[0]"] },
  { names: { ipAddresses: ["192.0.2.1"], uris: ["https://a.example.org/"] }, constraints: DNS },
  { names: { dnsNames: ["a.example.com"] }, constraints: excluded({ dnsDomains: ["b.example.com"] }) },
  {
    names: { dnsNames: ["x.b.example.com"] },
    constraints: { ...DNS, ...excluded({ dnsDomains: ["b.example.com"] }) },
    refused: ["dnsNames[0]"],
  },
  {
    names: { dnsNames: ["*.example.com"] },
    constraints: excluded({ dnsDomains: ["b.example.com"] }),
    refused: ["dnsNames[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  { names: { dnsNames: ["a.example.com"] }, constraints: excluded({ dnsDomains: [""] }), refused: ["dnsNames[0]"] },
  { names: { ipAddresses: ["10.1.2.3"] }, constraints: NET },
  { names: { ipAddresses: ["11.0.0.1"] }, constraints: NET, refused: ["ipAddresses[0]"] },
  { names: { ipAddresses: ["2001:db8::1"] }, constraints: NET, refused: ["ipAddresses[0]"] },
  { names: { ipAddresses: ["2001:db8:1::1"] }, constraints: permitted({ ipRanges: ["2001:db8::/32"] }) },
  {
    names: { ipAddresses: ["2001:db9::1"] },
    constraints: permitted({ ipRanges: ["2001:db8::/32"] }),
    refused: ["ipAddresses[0]"],
  },
  {
    names: { ipAddresses: ["::1"] },
    constraints: excluded({ ipRanges: ["0.0.0.0/0", "::/0"] }),
    refused: ["ipAddresses[0]"],
  },
  { names: { emailAddresses: ["a@example.com"] }, constraints: MAIL },
  { names: { emailAddresses: ["a@EXAMPLE.com"] }, constraints: MAIL },
  {
    names: { emailAddresses: ["a@b.example.com"] },
    constraints: MAIL,
    refused: ["emailAddresses[0]"],
    isTakenBy: ["go"],
  },
  { names: { emailAddresses: ["a@b.example.com"] }, constraints: BELOW },
  { names: { emailAddresses: ["a@example.com"] }, constraints: BELOW, refused: ["emailAddresses[0]"] },
  { names: { emailAddresses: ["a@example.com"] }, constraints: permitted({ emailAddresses: ["a@example.com"] }) },
  {
    names: { emailAddresses: ["A@example.com"] },
    constraints: permitted({ emailAddresses: ["a@example.com"] }),
    refused: ["emailAddresses[0]"],
    isTakenBy: ["java"],
  },
  {
    names: { emailAddresses: ["a@b.example.com"] },
    constraints: excluded({ emailAddresses: ["example.com"] }),
    refused: ["emailAddresses[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  { names: { uris: ["https://example.com/a"] }, constraints: URI },
  { names: { uris: ["https://EXAMPLE.com:8443/a?b#c"] }, constraints: URI },
  { names: { uris: ["https://a.example.com/"] }, constraints: URI, refused: ["uris[0]"], isTakenBy: ["go"] },
  { names: { uris: ["https://a.example.com/"] }, constraints: BELOW },
  { names: { uris: ["https://example.com/"] }, constraints: BELOW, refused: ["uris[0]"] },
  { names: { uris: ["https://192.0.2.1/"] }, constraints: URI, refused: ["uris[0]"] },
  { names: { uris: ["urn:example:a"] }, constraints: URI, refused: ["uris[0]"] },
  {
    names: { uris: ["urn:example:a"] },
    constraints: DNS,
    refused: ["uris[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  {
    names: { uris: ["https://192.0.2.1/"] },
    constraints: DNS,
    refused: ["uris[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  {
    names: { uris: ["https://[2001:db8::1]/"] },
    constraints: DNS,
    refused: ["uris[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  {
    names: { uris: ["https://192.0.2.1/"] },
    constraints: excluded({ uriDomains: ["example.com"] }),
    refused: ["uris[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  {
    names: { uris: ["https://a.example.com/"] },
    constraints: excluded({ uriDomains: ["example.com"] }),
    refused: ["uris[0]"],
    isTakenBy: ["openssl", "node", "java"],
  },
  {
    names: { subject: { commonName: "a.example.org" } },
    constraints: DNS,
    refused: ["subject.commonName"],
    isTakenBy: ["go"],
  },
  { names: { subject: { commonName: "a.example.com" } }, constraints: DNS },
  {
    names: { subject: { commonName: "10.0.0.1" }, ipAddresses: ["10.0.0.1"] },
    constraints: { permitted: { ...DNS.permitted, ...NET.permitted } },
    refused: ["subject.commonName"],
    isTakenBy: ["java", "go"],
  },
  { names: { subject: { commonName: "A" }, ipAddresses: ["10.0.0.1"] }, constraints: NET },
  { names: { subject: { commonName: "A server" } }, constraints: DNS },
  { names: { subject: { commonName: "a.example.org" }, dnsNames: ["a.example.com"] }, constraints: DNS },
  {
    // The lint wants the address among the alternative names, too (RFC 5280, section 4.1.2.6).
    names: { subject: { commonName: "A", emailAddress: "a@example.org" }, emailAddresses: ["a@example.org"] },
    constraints: MAIL,
    refused: ["emailAddresses[0]", "subject.emailAddress"],
  },
];

const DIRECTORY_CASES: readonly Case[] = [
  {
    names: { subject: { country: "CH", organization: "Example", commonName: "A" } },
    constraints: permitted({ directoryNames: [{ country: "CH", organization: "EXAMPLE " }] }),
  },
  {
    names: { subject: { country: "CH", organization: "Other", commonName: "A" } },
    constraints: permitted({ directoryNames: [{ country: "CH", organization: "Example" }] }),
    refused: ["subject"],
  },
  {
    names: { subject: { organization: "Example", commonName: "A" } },
    constraints: excluded({ directoryNames: [{ organization: "Example" }] }),
    refused: ["subject"],
  },
  { names: { dnsNames: ["a.example.com"] }, constraints: permitted({ directoryNames: [{ organization: "Example" }] }) },
];

function titleOf({ names, constraints }: Case): string {
  return `${JSON.stringify(names)} under ${JSON.stringify(constraints)}`;
}

void describe("The names of a leaf", () => {
  for (const each of [...CASES, ...DIRECTORY_CASES]) {
    const { names, constraints, refused = [] } = each;
    void it(`are ${refused.length === 0 ? "allowed" : "refused"}: ${titleOf(each)}`, () => {
      const found = nameViolations({ ca: false, ...names }, constraints);
      assert.deepEqual(
        found.map(({ property }) => property),
        refused,
      );
    });
  }

  void it("that are unknown are skipped, and the others keep their positions", () => {
    const found = nameViolations({ ca: false, dnsNames: [undefined, "a.example.org"] }, DNS);
    assert.deepEqual(
      found.map(({ property }) => property),
      ["dnsNames[1]"],
    );
  });
});

void describe("The names of a CA", () => {
  void it("do not include a host in its common name", () => {
    assert.deepEqual(nameViolations({ ca: true, subject: { commonName: "ca.example.org" } }, DNS), []);
  });
});

/** The files of a case's certificates. */
interface Files {
  readonly root: string;
  readonly ca: string;
  /** The leaf and the CA. */
  readonly chain: string;
}

/** What is issued here is accepted by all readers; what is refused here, at least one of them refuses. */
void describe("Readers of name constraints", { skip: missing("openssl", "step", "java") }, () => {
  const directory = temporaryDirectory();
  const all = [...CASES, ...DIRECTORY_CASES];
  const ofCase = (number: number): Files => {
    const file = (name: string): string => join(directory, `${String(number)}-${name}.pem`);
    return { root: file("root"), ca: file("ca"), chain: file("chain") };
  };
  const leafKey = keyPair("ECDSA_P256", "subject");
  let byJava: readonly string[];

  before(async () => {
    const now = new Date();
    for (const [number, { names, constraints }] of all.entries()) {
      const { root, ca, chain } = ofCase(number);
      const rootPem = await issueRoot({ now });
      const pair = keyPair("ECDSA_P256", "constrained");
      const caPem = await issue({
        ...{ profile: "intermediate", subject: { commonName: "CA" }, issuerPem: rootPem, now },
        ...{ publicKey: pair.publicKey, nameConstraints: constraints },
      });
      const leafPem = await issue({
        ...{ profile: "leaf", issuerPem: caPem, signer: new KeySigner(pair), now },
        ...(names as object),
      });
      writeFileSync(root, rootPem);
      writeFileSync(ca, caPem);
      writeFileSync(chain, leafPem + caPem);
    }
    const files = all.flatMap((_, number) => {
      const { root, ca, chain } = ofCase(number);
      return [root, ca, chain];
    });
    byJava = runTool("java", [join(CHECKOUT, "test", "x509", "readers", "JudgePaths.java"), ...files])
      .trim()
      .split("\n");
  });

  for (const [number, each] of all.entries()) {
    const { refused = [], isTakenBy = [] } = each;
    void it(`agree: ${titleOf(each)}`, async () => {
      const { root, ca, chain } = ofCase(number);
      const accepts = (verify: () => string): boolean => {
        try {
          verify();
          return true;
        } catch {
          return false;
        }
      };
      const judged: Record<Judge, boolean> = {
        openssl: accepts(() => openssl(["verify", "-CAfile", root, "-untrusted", ca, chain])),
        node: await isTrustedByNode(root, chain, leafKey.privateKey),
        java: byJava[number] === "valid",
        go: accepts(() => runTool("step", ["certificate", "verify", chain, "--roots", root])),
      };
      // Go cannot read directory names, and refuses everything below.
      const isDirectory = number >= CASES.length;
      const expected: Record<string, boolean> = Object.fromEntries(
        JUDGES.map((judge) => [
          judge,
          (refused.length === 0 || isTakenBy.includes(judge)) && !(isDirectory && judge === "go"),
        ]),
      );
      assert.deepEqual(judged, expected, byJava[number]);
    });
  }
});

/** Whether Node's TLS trusts a server's certificate, whatever the server is called. */
async function isTrustedByNode(root: string, chain: string, key: KeyObject): Promise<boolean> {
  const server = createServer({ cert: readFileSync(chain), key: key.export({ type: "pkcs8", format: "pem" }) });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect({
    ...{ host: "127.0.0.1", port: (server.address() as AddressInfo).port, ca: readFileSync(root) },
    ...{ checkServerIdentity: () => undefined, rejectUnauthorized: false },
  });
  try {
    await once(socket, "secureConnect");
    return socket.authorized;
  } finally {
    socket.destroy();
    server.close();
  }
}

void describe("The constraints of a CA below another", () => {
  const cases: readonly { own: NameConstraints; above: NameConstraints; refused?: readonly string[] }[] = [
    { own: DNS, above: DNS },
    { own: permitted({ dnsDomains: ["a.example.com"] }), above: DNS },
    { own: permitted({ dnsDomains: ["example.org"] }), above: DNS, refused: ["permitted.dnsDomains[0]"] },
    { own: permitted({ dnsDomains: [""] }), above: DNS, refused: ["permitted.dnsDomains[0]"] },
    { own: NET, above: DNS },
    { own: excluded({ dnsDomains: ["example.org"] }), above: DNS },
    { own: permitted({ ipRanges: ["10.1.0.0/16"] }), above: NET },
    { own: permitted({ ipRanges: ["10.0.0.0/7"] }), above: NET, refused: ["permitted.ipRanges[0]"] },
    {
      own: permitted({ dnsDomains: ["a.b.example.com", "example.com"] }),
      above: excluded({ dnsDomains: ["b.example.com"] }),
      refused: ["permitted.dnsDomains[0]"],
    },
    { own: permitted({ emailAddresses: ["a@example.com"] }), above: MAIL },
    { own: permitted({ emailAddresses: ["a.example.com"] }), above: BELOW },
    { own: permitted({ emailAddresses: [".a.example.com"] }), above: BELOW },
    { own: BELOW, above: BELOW },
    { own: permitted({ emailAddresses: [".example.com"] }), above: MAIL, refused: ["permitted.emailAddresses[0]"] },
    { own: MAIL, above: permitted({ emailAddresses: ["a@example.com"] }), refused: ["permitted.emailAddresses[0]"] },
    { own: permitted({ uriDomains: ["a.example.com"] }), above: BELOW },
    { own: URI, above: BELOW, refused: ["permitted.uriDomains[0]"] },
    {
      own: permitted({ directoryNames: [{ country: "CH", organization: "Example" }] }),
      above: permitted({ directoryNames: [{ country: "CH" }] }),
    },
    {
      own: permitted({ directoryNames: [{ country: "CH" }] }),
      above: permitted({ directoryNames: [{ country: "CH", organization: "Example" }] }),
      refused: ["permitted.directoryNames[0]"],
    },
  ];
  for (const { own, above, refused = [] } of cases) {
    const verb = refused.length === 0 ? "fit" : "do not fit";
    void it(`${verb}: ${JSON.stringify(own)} below ${JSON.stringify(above)}`, () => {
      const found = treeViolations(own, above).map(({ property }) => property.replace("nameConstraints.", ""));
      assert.deepEqual(found, refused);
    });
  }

  void it("permit nothing that they exclude completely", () => {
    const both = { ...permitted({ dnsDomains: ["a.example.com"] }), ...excluded({ dnsDomains: ["example.com"] }) };
    assert.equal(emptiedTrees(both).length, 1);
    assert.deepEqual(emptiedTrees({ ...DNS, ...excluded({ dnsDomains: ["a.example.com"] }) }), []);
  });
});
