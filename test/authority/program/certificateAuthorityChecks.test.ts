import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type AuthoritySettings, authoritySettings } from "../../../provider/authority/program/authoritySettings";
import { checkCertificateAuthority } from "../../../provider/authority/program/certificateAuthorityChecks";
import type { KeySource } from "../../../provider/keySources/keySource";
import type { KeyRole } from "../../../provider/authority/keyNames";
import type { ExternalIssuer } from "../../../provider/resources/certificateArgs";
import type { Algorithm } from "../../../provider/kms/algorithms";
import { setEnvironment } from "../../fixtures/environment";
import { found } from "../../inputs/found";
import { issueRoot } from "../../x509/issuing";

/** A source that reports one problem for each key requested from it. */
class Source implements KeySource {
  readonly kms = { type: "softkms" };
  readonly asked: (readonly KeyRole[])[] = [];

  constructor(private readonly name = "") {}

  problems(_algorithm: Algorithm, roles: readonly KeyRole[]): ReturnType<KeySource["problems"]> {
    this.asked.push(roles);
    return this.name === ""
      ? []
      : roles.map((role) => ({ code: "INPUT_INVALID", property: `${this.name}.${role}`, reason: "no", remedy: "Yes" }));
  }

  declareKey(): never {
    throw new Error("nothing is declared by a check");
  }
}

const SETTINGS = authoritySettings({
  keys: new Source(),
  root: { subject: { commonName: "Root" } },
  intermediate: { subject: { commonName: "Intermediate" } },
  dnsNames: ["localhost"],
  address: ":443",
});

let existing: ExternalIssuer;
before(async () => {
  setEnvironment({ KMS_PKI_PROVISIONER_PASSWORD: "secret" });
  const key = { uri: "softkms:path=root.pem", algorithm: "ECDSA_P256", publicKeyPem: "" } as const;
  existing = { certificatePem: await issueRoot(), key };
});

const SSH: readonly KeyRole[] = ["ssh-user-key", "ssh-host-key"];

void describe("The sources of an authority's keys", () => {
  const cases: readonly {
    what: string;
    /** The names of the sources of root, intermediate and SSH keys; absent if the settings omit them. */
    sources: { root?: string; intermediate: string; ssh?: string };
    ssh?: boolean;
    existingRoot?: boolean;
    /** The keys requested from each source, by the name of the source. */
    asked: Readonly<Record<string, readonly KeyRole[]>>;
  }[] = [
    {
      what: "a single source is asked once for all keys",
      sources: { root: "a", intermediate: "a" },
      asked: { a: ["root", "intermediate", ...SSH] },
    },
    {
      what: "a single source is not asked for SSH keys when there are none",
      sources: { root: "a", intermediate: "a" },
      ssh: false,
      asked: { a: ["root", "intermediate"] },
    },
    {
      what: "the intermediate's source is also the root's by default",
      sources: { intermediate: "a" },
      asked: { a: ["root", "intermediate", ...SSH] },
    },
    {
      what: "the root's source is asked only for the root",
      sources: { root: "a", intermediate: "b" },
      asked: { a: ["root"], b: ["intermediate", ...SSH] },
    },
    {
      what: "each source is asked for its own keys",
      sources: { root: "a", intermediate: "b", ssh: "c" },
      asked: { a: ["root"], b: ["intermediate"], c: SSH },
    },
    {
      what: "the root's source may also be that of the SSH keys",
      sources: { root: "a", intermediate: "b", ssh: "a" },
      asked: { a: ["root", ...SSH], b: ["intermediate"] },
    },
    {
      what: "the source of absent SSH keys is not asked",
      sources: { root: "a", intermediate: "a", ssh: "c" },
      ssh: false,
      asked: { a: ["root", "intermediate"] },
    },
    {
      what: "the source of an existing root is not asked",
      sources: { root: "a", intermediate: "b" },
      existingRoot: true,
      asked: { b: ["intermediate", ...SSH] },
    },
    {
      what: "a single source is not asked for an existing root",
      sources: { root: "a", intermediate: "a" },
      existingRoot: true,
      asked: { a: ["intermediate", ...SSH] },
    },
  ];
  for (const { what, sources, ssh = true, existingRoot = false, asked } of cases) {
    void it(what, () => {
      const made = new Map<string, Source>();
      const named = (name: string): Source => {
        const source = made.get(name) ?? new Source(name);
        made.set(name, source);
        return source;
      };
      const settings: AuthoritySettings = {
        ...SETTINGS,
        ssh,
        ...(existingRoot ? { root: existing, hasExistingRoot: true } : {}),
        sources: {
          intermediate: named(sources.intermediate),
          ...(sources.root === undefined ? {} : { root: named(sources.root) }),
          ...(sources.ssh === undefined ? {} : { ssh: named(sources.ssh) }),
        },
      };
      const problems = found(checkCertificateAuthority(settings));
      const all = Object.fromEntries([...made].map(([name, source]) => [name, source.asked]));
      const none = Object.fromEntries([...made.keys()].map((name) => [name, []]));
      assert.deepEqual(all, {
        ...none,
        ...Object.fromEntries(Object.entries(asked).map(([name, roles]) => [name, [roles]])),
      });
      const expected = Object.entries(asked).flatMap(([name, roles]) =>
        roles.map((role) => `INPUT_INVALID ${name}.${role}`),
      );
      assert.deepEqual(problems, expected, "all that they find is told");
    });
  }

  void it("are not asked about an invalid algorithm", () => {
    const source = new Source("a");
    const settings = { ...SETTINGS, algorithm: "DSA" as Algorithm, sources: { root: source, intermediate: source } };
    assert.deepEqual(found(checkCertificateAuthority(settings)), ["ALGORITHM_UNSUPPORTED algorithm"]);
    assert.deepEqual(source.asked, []);
  });
});

void describe("The check of an authority under an existing root", () => {
  const check = (settings: Partial<AuthoritySettings>): string[] =>
    found(checkCertificateAuthority({ ...SETTINGS, sources: { intermediate: new Source() }, ...settings }));

  void it("ignores the settings of a root that the stack does not make", () => {
    assert.deepEqual(check({ root: existing, hasExistingRoot: true }), []);
    const long = { ...SETTINGS.intermediate, validity: "100000h", pathLength: 1 };
    assert.deepEqual(
      check({ root: existing, hasExistingRoot: true, intermediate: long }),
      [],
      "the root's own limits are known when it signs",
    );
    assert.deepEqual(check({ intermediate: long }), [
      "VALIDITY_EXCEEDS_ISSUER intermediate.validity",
      "PATH_LENGTH_VIOLATED intermediate.pathLength",
    ]);
  });

  void it("refuses a root certificate that is not a certificate", () => {
    assert.deepEqual(check({ root: { ...existing, certificatePem: "none" }, hasExistingRoot: true }), [
      "INPUT_INVALID root.certificatePem",
    ]);
  });

  void it("still finds what is wrong with the intermediate", () => {
    const intermediate = { subject: { commonName: "Intermediate", country: "XYZ" }, validity: "soon" };
    assert.deepEqual(check({ root: existing, hasExistingRoot: true, intermediate }).sort(), [
      "COUNTRY_INVALID intermediate.subject.country",
      "VALIDITY_INVALID intermediate.validity",
    ]);
  });
});
