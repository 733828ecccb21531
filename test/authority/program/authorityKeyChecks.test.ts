import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireOneRoleEach } from "../../../provider/authority/program/authorityKeyChecks";
import { newPublicKey } from "../../fixtures/fakeYubiKey";
import { withCode } from "../../fixtures/withCode";

void describe("The public keys of an authority", () => {
  const newKey = (): string => newPublicKey("ECDSA_P256").export({ type: "spki", format: "pem" }).toString();
  const [root, intermediate] = [newKey(), newKey()];

  void it("are accepted when each key has one role", () => {
    requireOneRoleEach([
      ["root", root],
      ["intermediate", intermediate],
    ]);
  });

  void it("are refused when two roles share a key, whatever names it has", () => {
    assert.throws(
      () => {
        requireOneRoleEach([
          ["root", root],
          ["intermediate", intermediate],
          ["ssh-host-key", root.replaceAll("\n", "\r\n")],
        ]);
      },
      withCode("INPUT_INVALID", /root and ssh-host-key use the same key.*Give each its own key/),
    );
  });
});
