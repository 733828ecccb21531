import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { checkAddress, checkServerNames } from "../../provider/inputs/stepca";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

void describe("The DNS names of step-ca", () => {
  const checks: readonly { names: readonly string[]; expected?: readonly string[] }[] = [
    { names: ["ca.example.com"] },
    { names: ["localhost", "127.0.0.1", "::1"] },
    { names: [UNKNOWN] },
    { names: [], expected: ["SAN_INVALID dnsNames"] },
    { names: ["ca.example.com", ""], expected: ["SAN_INVALID dnsNames[1]"] },
    {
      names: ["ca.example.com:9443", "ca.example.com", "https://ca.example.com", "fe80::1%eth0"],
      expected: ["SAN_INVALID dnsNames[0]", "SAN_INVALID dnsNames[2]", "SAN_INVALID dnsNames[3]"],
    },
  ];
  for (const { names, expected = [] } of checks) {
    void it(`${expected.length === 0 ? "may" : "must not"} be ${JSON.stringify(names)}`, () => {
      assert.deepEqual(found(checkServerNames(names, "dnsNames")), expected);
    });
  }
});

void describe("The address of step-ca", () => {
  for (const address of [":443", "127.0.0.1:9443", "ca.example.com:443", "[::1]:443", "[::]:65535", ":0"]) {
    void it(`may be ${JSON.stringify(address)}`, () => {
      assert.deepEqual(checkAddress(address, "address"), []);
    });
  }
  const refused = [
    "",
    ":",
    "443",
    "ca.example.com",
    "ca.example.com:",
    ":https",
    ":65536",
    ":-1",
    "::1:443",
    "a b:443",
  ];
  for (const address of [...refused, ":443\n", undefined, 443]) {
    void it(`must not be ${inspect(address)}`, () => {
      assert.deepEqual(found(checkAddress(address, "address")), ["INPUT_INVALID address"]);
    });
  }
});
