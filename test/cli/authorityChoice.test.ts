import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseOutputs } from "./parsedOutputs";
import type { ErrorCode } from "../../provider/errors";
import { withCode } from "../fixtures/withCode";
import { Authority, type Outputs } from "./authority";

void describe("An authority among the outputs of a stack", () => {
  let one: { authority: Authority; outputs: Outputs };
  let other: { authority: Authority; outputs: Outputs };
  const made = async (): Promise<typeof one> => {
    const authority = await Authority.create();
    return { authority, outputs: await authority.outputs() };
  };
  before(async () => {
    [one, other] = [await made(), await made()];
  });
  after(() => {
    one.authority.remove();
    other.authority.remove();
  });

  const rootOf = (stack: object, name?: string): string =>
    parseOutputs(JSON.stringify(stack), { name: "a test" }, name).root.certificatePem;
  /** A component as the SDK writes it: with its URN, and with null for absent properties. */
  const component = ({ outputs }: typeof one): object => ({ urn: "urn:...::ca", ...outputs, rootRenewalTime: null });

  void it("is the output that is an authority, when it is the only one", () => {
    const stack = {
      policy: { Version: "2012-10-17" },
      list: [1],
      teamChain: "-----BEGIN",
      none: null,
      ca: component(one),
    };
    assert.equal(rootOf(stack), one.outputs["rootCertificate"]);
    assert.equal(rootOf(stack, "ca"), one.outputs["rootCertificate"]);
  });

  void it("is chosen by name when there are several", () => {
    const stack = { web: component(one), devices: component(other) };
    assert.equal(rootOf(stack, "web"), one.outputs["rootCertificate"]);
    assert.equal(rootOf(stack, "devices"), other.outputs["rootCertificate"]);
  });

  void it("is the stack itself when its outputs are those of an authority", () => {
    assert.equal(rootOf(one.outputs), one.outputs["rootCertificate"]);
    assert.equal(rootOf({ ...one.outputs, second: component(other) }), one.outputs["rootCertificate"]);
    assert.equal(rootOf({ ...one.outputs, second: component(other) }, "second"), other.outputs["rootCertificate"]);
  });

  void it("is the output that is an authority, even beside single outputs of it", () => {
    const { rootFingerprint, caConfig } = one.outputs;
    assert.equal(rootOf({ ca: component(one), rootFingerprint, caConfig }), one.outputs["rootCertificate"]);
  });

  const refusals: readonly { what: string; stack: () => object; name?: string; code: ErrorCode; message: RegExp }[] = [
    {
      what: "a stack without outputs",
      stack: () => ({}),
      code: "AUTHORITY_NOT_FOUND",
      message:
        /a test returned no authority\. Run pulumi up\. If it has run, have the program export it, run pulumi up/,
    },
    {
      what: "outputs that are not an authority",
      stack: () => ({ ca: { rootCertificate: "x" }, JSON: JSON.parse('{"__proto__": {"rootKey": "k"}}') as object }),
      code: "AUTHORITY_NOT_FOUND",
      message: /returned no authority\. Have/,
    },
    {
      what: "several, and no name",
      stack: () => ({ web: component(one), policy: {}, devices: component(other) }),
      code: "AUTHORITY_AMBIGUOUS",
      message: /returned several authorities: web, devices\. Choose one: --authority web/,
    },
    {
      what: "a name that no output has",
      stack: () => ({ web: component(one), devices: component(other) }),
      name: "device",
      code: "AUTHORITY_NOT_FOUND",
      message: /returned no authority "device"\. Correct --authority: web, devices/,
    },
    {
      what: "the name of an output that is not an authority",
      stack: () => ({ web: component(one), policy: {} }),
      name: "policy",
      code: "AUTHORITY_NOT_FOUND",
      message: /returned no authority "policy"\. Correct --authority: web/,
    },
    {
      what: "a name, where the stack itself is the authority",
      stack: () => one.outputs,
      name: "rootKey",
      code: "AUTHORITY_NOT_FOUND",
      message: /returned no authority "rootKey"/,
    },
    {
      what: "an authority that is a secret, and was hidden",
      stack: () => ({ ca: "[secret]", policy: {} }),
      code: "AUTHORITY_NOT_FOUND",
      message: /hid ca\..*--show-secrets/,
    },
    {
      what: "an authority beside an output that was hidden, and may be another",
      stack: () => ({ web: component(one), ca: "[secret]" }),
      code: "AUTHORITY_AMBIGUOUS",
      message: /returned the authority web, and hid ca, .*--authority web, .*--show-secrets/,
    },
    {
      what: "an authority inside another output",
      stack: () => ({ house: { urn: "urn:...::house", ca: component(one) } }),
      code: "AUTHORITY_NOT_FOUND",
      message: /only inside another output: house\.ca\. Export each authority under a name of its own/,
    },
    {
      what: "an authority with a hidden part",
      stack: () => ({ ca: { ...component(one), caConfig: "[secret]" } }),
      code: "OUTPUTS_UNREADABLE",
      message: /hid ca\.caConfig\..*--show-secrets/,
    },
    {
      what: "an incomplete authority",
      stack: () => ({ ca: { ...component(one), rootKey: undefined } }),
      code: "OUTPUTS_UNREADABLE",
      message: /returned no ca\.rootKey\./,
    },
  ];
  for (const { what, stack, name, code, message } of refusals) {
    void it(`is refused for ${what}`, () => {
      assert.throws(() => rootOf(stack(), name), withCode(code, message));
    });
  }
});
