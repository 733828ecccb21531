import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  type ConstrainedNames,
  emptiedTrees,
  nameViolations,
  treeViolations,
} from "../../provider/x509/constrainedNames";
import type { NameConstraints } from "../../provider/x509/nameConstraints";
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
  readonly isTakenBy?: readonly ("openssl" | "go")[];
}

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
    isTakenBy: ["openssl"],
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
  },
  {
    names: { emailAddresses: ["a@b.example.com"] },
    constraints: excluded({ emailAddresses: ["example.com"] }),
    refused: ["emailAddresses[0]"],
    isTakenBy: ["openssl"],
  },
  { names: { uris: ["https://example.com/a"] }, constraints: URI },
  { names: { uris: ["https://EXAMPLE.com:8443/a?b#c"] }, constraints: URI },
  { names: { uris: ["https://a.example.com/"] }, constraints: URI, refused: ["uris[0]"], isTakenBy: ["go"] },
  { names: { uris: ["https://a.example.com/"] }, constraints: BELOW },
  { names: { uris: ["https://example.com/"] }, constraints: BELOW, refused: ["uris[0]"] },
  { names: { uris: ["https://192.0.2.1/"] }, constraints: URI, refused: ["uris[0]"] },
  { names: { uris: ["urn:example:a"] }, constraints: URI, refused: ["uris[0]"] },
  { names: { uris: ["urn:example:a"] }, constraints: DNS, refused: ["uris[0]"], isTakenBy: ["openssl"] },
  { names: { uris: ["https://192.0.2.1/"] }, constraints: DNS, refused: ["uris[0]"], isTakenBy: ["openssl"] },
  { names: { uris: ["https://[2001:db8::1]/"] }, constraints: DNS, refused: ["uris[0]"], isTakenBy: ["openssl"] },
  {
    names: { uris: ["https://192.0.2.1/"] },
    constraints: excluded({ uriDomains: ["example.com"] }),
    refused: ["uris[0]"],
    isTakenBy: ["openssl"],
  },
  {
    names: { uris: ["https://a.example.com/"] },
    constraints: excluded({ uriDomains: ["example.com"] }),
    refused: ["uris[0]"],
    isTakenBy: ["openssl"],
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
    isTakenBy: ["go"],
  },
  { names: { subject: { commonName: "A" }, ipAddresses: ["10.0.0.1"] }, constraints: NET },
  { names: { subject: { commonName: "A server" } }, constraints: DNS },
  { names: { subject: { commonName: "a.example.org" }, dnsNames: ["a.example.com"] }, constraints: DNS },
  {
    names: { subject: { commonName: "A", emailAddress: "a@example.org" } },
    constraints: MAIL,
    refused: ["subject.emailAddress"],
    isTakenBy: ["go"],
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

  void it("that are not known yet are passed over, and the others keep their places", () => {
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

/** What is issued here is taken by OpenSSL and by Go; what is refused here, one of them refuses. */
void describe("OpenSSL and Go", { skip: missing("openssl", "step") }, () => {
  const directory = temporaryDirectory();
  for (const [number, each] of [...CASES, ...DIRECTORY_CASES].entries()) {
    const { names, constraints, refused = [], isTakenBy = [] } = each;
    const isDirectory = number >= CASES.length;
    void it(`judge alike: ${titleOf(each)}`, async () => {
      const [root, ca, leaf] = ["root", "ca", "leaf"].map((name) =>
        join(directory, `${String(number)}-${name}.pem`),
      ) as [string, string, string];
      const now = new Date();
      const rootPem = await issueRoot({ now });
      const { publicKey } = keyPair("ECDSA_P256", "constrained");
      const caPem = await issue({
        ...{ profile: "intermediate", subject: { commonName: "CA" }, issuerPem: rootPem, publicKey, now },
        nameConstraints: constraints,
      });
      const leafPem = await issue({
        ...{ profile: "leaf", issuerPem: caPem, signer: new KeySigner(keyPair("ECDSA_P256", "constrained")), now },
        ...(names as object),
      });
      writeFileSync(root, rootPem);
      writeFileSync(ca, caPem);
      writeFileSync(leaf, leafPem + caPem);
      const takes = (verify: () => string): boolean => {
        try {
          verify();
          return true;
        } catch {
          return false;
        }
      };
      const judges = {
        openssl: takes(() => openssl(["verify", "-CAfile", root, "-untrusted", ca, leaf])),
        // Go cannot read directory names, and refuses everything below.
        ...(isDirectory ? {} : { go: takes(() => runTool("step", ["certificate", "verify", leaf, "--roots", root])) }),
      };
      const expected = Object.keys(judges).map((name) => [
        name,
        refused.length === 0 || isTakenBy.some((by) => by === name),
      ]);
      assert.deepEqual(judges, Object.fromEntries(expected));
    });
  }
});

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

  void it("permit nothing where they exclude all of it themselves", () => {
    const both = { ...permitted({ dnsDomains: ["a.example.com"] }), ...excluded({ dnsDomains: ["example.com"] }) };
    assert.equal(emptiedTrees(both).length, 1);
    assert.deepEqual(emptiedTrees({ ...DNS, ...excluded({ dnsDomains: ["a.example.com"] }) }), []);
  });
});
