import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseOutputs } from "./parsedOutputs";
import { withCode } from "../fixtures/withCode";
import { Authority, type Outputs } from "./authority";
import { RotatedAuthority } from "./rotation";

let authority: Authority;
let published: Outputs;
let retiring: Outputs;
/** When the first root is gone. */
let gone: Outputs;

before(async () => {
  authority = await Authority.create();
  const rotated = await RotatedAuthority.create(authority, new Date("2026-01-01T00:00:00Z"));
  published = await rotated.outputs("published");
  retiring = await rotated.outputs("retiring");
  gone = await rotated.outputs("after");
});
after(() => {
  authority.remove();
});

const read = (outputs: Outputs): ReturnType<typeof parseOutputs> =>
  parseOutputs(JSON.stringify(outputs), { name: "test" });

void describe("The generations among a stack's outputs", () => {
  void it("are read with the active one first", () => {
    const { roots, intermediates, crossCertificates, sshUserKeys, sshHostKeys } = read(retiring).generations;
    for (const list of [roots, intermediates, sshUserKeys, sshHostKeys]) {
      assert.deepEqual(
        list.map(({ generation, state }) => [generation, state]),
        [
          [1, "active"],
          [0, "retiring"],
        ],
      );
    }
    assert.deepEqual(
      crossCertificates.map(({ generation, issuerGeneration }) => [generation, issuerGeneration]),
      [[1, 0]],
    );
  });

  void it("are only those in use when nothing is rotated", async () => {
    const { generations, root, intermediate, ssh } = read(await authority.outputs());
    assert.deepEqual(generations, {
      roots: [root],
      intermediates: [intermediate],
      crossCertificates: [],
      sshUserKeys: [ssh?.user],
      sshHostKeys: [ssh?.host],
      intermediateBundlePem: undefined,
    });
    assert.deepEqual(read(await authority.outputs({ ssh: false })).generations.sshUserKeys, []);
  });

  void it("may be of one kind only", async () => {
    const { sshUserKeys, sshUserKey, sshUserPublicKey } = published;
    const { generations } = read({ ...(await authority.outputs()), sshUserKeys, sshUserKey, sshUserPublicKey });
    assert.equal(generations.sshUserKeys.length, 2);
    assert.equal(generations.sshHostKeys.length, 1);
    assert.equal(generations.roots[0]?.generation, undefined);
  });

  const list = (name: string): Record<string, unknown>[] => published[name] as Record<string, unknown>[];
  const changed = (name: string, at: number, change: object): Outputs => ({
    [name]: list(name).map((item, index) => (index === at ? { ...item, ...change } : item)),
  });
  const refused: readonly { what: string; change: () => Outputs; message: RegExp }[] = [
    {
      what: "a value that is not a list",
      change: () => ({ roots: {} }),
      message: /"roots" of test is not a list of objects/,
    },
    {
      what: "a list of strings",
      change: () => ({ intermediates: ["x"] }),
      message: /"intermediates" of test is not a list/,
    },
    { what: "a hidden list", change: () => ({ roots: "[secret]" }), message: /hid roots/ },
    { what: "a hidden bundle", change: () => ({ intermediateBundle: "[secret]" }), message: /hid intermediateBundle/ },
    {
      what: "an unknown state",
      change: () => changed("roots", 1, { state: "retired" }),
      message: /"roots\[1\]\.state" of test is not one of published, active, retiring/,
    },
    {
      what: "a missing generation",
      change: () => changed("sshHostKeys", 0, { generation: null }),
      message: /returned no sshHostKeys\[0\]\.generation/,
    },
    {
      what: "a generation that is not a number",
      change: () => changed("sshHostKeys", 0, { generation: "0" }),
      message: /"sshHostKeys\[0\]\.generation" of test is not a number/,
    },
    {
      what: "a wrong fingerprint",
      change: () => changed("roots", 1, { fingerprint: "00" }),
      message: /"roots\[1\]\.fingerprint" of test does not match its certificate/,
    },
    {
      what: "an invalid certificate",
      change: () => changed("crossCertificates", 0, { certificate: "x" }),
      message: /"crossCertificates\[0\]\.certificate" of test is not a certificate in PEM/,
    },
    {
      what: "an invalid SSH key",
      change: () => changed("sshUserKeys", 1, { publicKey: "x" }),
      message: /"sshUserKeys\[1\]\.publicKey" of test is not a public key in OpenSSH's format/,
    },
    {
      what: "two active ones",
      change: () => changed("roots", 1, { state: "active" }),
      message: /"roots" of test does not have the one in use as its only active generation/,
    },
    {
      what: "no active one",
      change: () => changed("intermediates", 0, { state: "retiring" }),
      message: /"intermediates" of test does not have the one in use/,
    },
    {
      what: "an active one that is not in use",
      change: () => ({ sshUserKeys: retiring["sshUserKeys"] }),
      message: /"sshUserKeys" of test does not have the one in use/,
    },
    {
      what: "a bundle that begins with another intermediate",
      change: () => ({ intermediateBundle: retiring["intermediateBundle"] }),
      message: /"intermediateBundle" of test does not begin with intermediateCertificate/,
    },
    {
      what: "an empty bundle",
      change: () => ({ intermediateBundle: "x" }),
      message: /"intermediateBundle" of test is not a list of certificates in PEM/,
    },
    {
      what: "an invalid renewal time",
      change: () => ({ rootRenewalTime: "soon" }),
      message: /"rootRenewalTime" of test is not an RFC 3339 instant/,
    },
  ];
  for (const { what, change, message } of refused) {
    void it(`are refused for ${what}`, () => {
      assert.throws(() => read({ ...published, ...change() }), withCode("OUTPUTS_UNREADABLE", message));
    });
  }
});

void describe("The former roots among a stack's outputs", () => {
  void it("are those on record, unless they are compromised", () => {
    const root = { name: "root", certificate: published["rootCertificate"] };
    const compromise = { generations: ["root"], steps: [], certificates: [root] };
    assert.deepEqual(read(gone).formerRoots, [published["rootFingerprint"]]);
    assert.deepEqual(read({ ...gone, compromise }).formerRoots, []);
  });
});
