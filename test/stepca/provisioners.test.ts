import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acmeProvisioner, jwkProvisioner, sshpopProvisioner } from "../../provider/stepca/provisioners";

void describe("A provisioner", () => {
  const pair = { key: { kty: "EC", kid: "k" }, encryptedKey: "a.b.c.d.e" };
  const sshClaims = { claims: { enableSSHCA: true } };
  const provisioners: readonly { what: string; made: object; expected: object }[] = [
    {
      what: "of type JWK holds its public key and its encrypted private key",
      made: jwkProvisioner("admin", pair, false),
      expected: { type: "JWK", name: "admin", ...pair },
    },
    {
      what: "of type JWK says so when it issues SSH certificates",
      made: jwkProvisioner("admin", pair, true),
      expected: { type: "JWK", name: "admin", ...pair, ...sshClaims },
    },
    { what: "of type ACME is named acme", made: acmeProvisioner(), expected: { type: "ACME", name: "acme" } },
    { what: "of type ACME accepts a name", made: acmeProvisioner("a"), expected: { type: "ACME", name: "a" } },
    {
      what: "of type SSHPOP is named sshpop and issues SSH certificates",
      made: sshpopProvisioner(),
      expected: { type: "SSHPOP", name: "sshpop", ...sshClaims },
    },
    {
      what: "of type SSHPOP accepts a name",
      made: sshpopProvisioner("hosts"),
      expected: { type: "SSHPOP", name: "hosts", ...sshClaims },
    },
  ];
  for (const { what, made, expected } of provisioners) {
    void it(what, () => {
      assert.deepEqual(made, expected);
    });
  }
});
