import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkNames, checkSubjectAlternativeNames, NAME_KINDS } from "../../provider/inputs/subjectAlternativeNames";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

const label = "a".repeat(63);

void describe("Subject alternative names", () => {
  const names: readonly { kind: (typeof NAME_KINDS)[number]; accepted: unknown[]; refused: unknown[] }[] = [
    {
      kind: "dnsNames",
      accepted: [
        "ca.example.com",
        "localhost",
        "*.example.com",
        "_x.example.com",
        "xn--bcher-kva.example",
        `${label}.b`,
      ],
      refused: [
        "",
        "ca..example.com",
        "ca.example.com.",
        ".example.com",
        "-a.example.com",
        "a-.example.com",
        "a.*.example.com",
        "*",
        "*.",
        "*.*.example.com",
        "bücher.example",
        "a b",
        "a.example\n",
        "https://ca.example.com",
        "192.0.2.1",
        "2001:db8::1",
        `${label}a.b`,
        `${label}.${label}.${label}.${label}`,
        1,
        null,
      ],
    },
    {
      kind: "ipAddresses",
      accepted: ["192.0.2.1", "2001:db8::1", "::1"],
      refused: [
        "",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.0/24",
        "ca.example.com",
        "[::1]",
        "fe80::1%eth0",
        "::ffff:192.0.2.1",
        1,
      ],
    },
    {
      kind: "emailAddresses",
      accepted: ["pki@example.com", "a+b@example.com"],
      refused: ["", "pki", "@example.com", "pki@", "pki@*.example.com", "pki @example.com", "pkí@example.com", 1],
    },
    {
      kind: "uris",
      accepted: ["spiffe://example.org/ca", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "https://example.org/"],
      refused: ["", "example.org", "/path", "https://exa mple.org", "https://", "urn:", "https://example.org/é", 1],
    },
  ];
  for (const { kind, accepted, refused } of names) {
    void it(`of ${kind} are accepted, each ${JSON.stringify(accepted)}`, () => {
      assert.deepEqual(found(checkNames(accepted, kind, kind)), []);
    });
    for (const name of refused) {
      void it(`of ${kind} refuse ${JSON.stringify(name).slice(0, 60)}`, () => {
        const [first] = accepted;
        assert.deepEqual(found(checkNames([first, name], kind, kind)), [`SAN_INVALID ${kind}[1]`]);
      });
    }
    void it(`of ${kind} must be a list`, () => {
      assert.deepEqual(found(checkNames(accepted[0], kind, kind)), [`SAN_INVALID ${kind}`]);
      assert.deepEqual(found(checkNames({}, kind, kind)), [`SAN_INVALID ${kind}`]);
      assert.deepEqual(checkNames([], kind, kind), []);
    });
    void it(`of ${kind} skip unknown values`, () => {
      assert.deepEqual(checkNames(undefined, kind, kind), []);
      assert.deepEqual(checkNames(UNKNOWN, kind, kind), []);
      assert.deepEqual(checkNames([UNKNOWN], kind, kind), []);
    });
  }

  void it("are all checked, each under its own property", () => {
    const inputs = { dnsNames: ["a", ""], ipAddresses: ["x"], emailAddresses: ["x"], uris: ["x"], other: ["?"] };
    assert.deepEqual(found(checkSubjectAlternativeNames(inputs)), [
      "SAN_INVALID dnsNames[1]",
      "SAN_INVALID ipAddresses[0]",
      "SAN_INVALID emailAddresses[0]",
      "SAN_INVALID uris[0]",
    ]);
  });
});
