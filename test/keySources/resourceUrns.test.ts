import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ComponentResource, type ComponentResourceOptions, runtime } from "@pulumi/pulumi";
import { findRecorded } from "../../provider/keySources/recordedResources";
import { childUrns, knownResource, plannedResource } from "../../provider/keySources/resourceUrns";
import { slotsIn } from "../../provider/kms/yubikey/program/pivKeySlots";
import { resourceType } from "../../provider/kms/resourceType";

const TYPE = "kms-pki:index:CertificateAuthority";
const RUN = resourceType("RotationRun");

before(async () => {
  await runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: () => ({}),
  });
});

/** A URN in the project and stack of the mocks. */
function urn(types: string, name: string): string {
  return `urn:pulumi:stack::project::${types}::${name}`;
}

/** A component above an authority. */
function parent(name: string, options?: ComponentResourceOptions): ComponentResource {
  return new ComponentResource("acme:index:Parent", name, {}, options);
}

/** Alias options, and the former URN of the record of `pki`'s rotation. */
const ALIASES: readonly {
  what: string;
  options: () => ComponentResourceOptions;
  /** Types and name of the record. */
  record: [string, string];
}[] = [
  { what: "no alias", options: () => ({}), record: [`${TYPE}$${RUN}`, "pki-rotation"] },
  {
    what: "another name",
    options: () => ({ aliases: [{ name: "ca" }] }),
    record: [`${TYPE}$${RUN}`, "ca-rotation"],
  },
  {
    what: "a URN",
    options: () => ({ aliases: [urn(`acme:index:Old$${TYPE}`, "ca")] }),
    record: [`acme:index:Old$${TYPE}$${RUN}`, "ca-rotation"],
  },
  {
    what: "another type",
    options: () => ({ aliases: [{ type: "acme:index:Authority" }] }),
    record: [`acme:index:Authority$${RUN}`, "pki-rotation"],
  },
  {
    what: "no former parent",
    options: () => ({ parent: parent("house"), aliases: [{ parent: undefined as never, name: "ca" }] }),
    record: [`${TYPE}$${RUN}`, "ca-rotation"],
  },
  {
    what: "another parent",
    options: () => ({ aliases: [{ parent: parent("former") }] }),
    record: [`acme:index:Parent$${TYPE}$${RUN}`, "pki-rotation"],
  },
  {
    what: "another project and stack",
    options: () => ({ aliases: [{ project: "old", stack: "dev" }] }),
    record: [`${TYPE}$${RUN}`, "pki-rotation"],
  },
  {
    what: "a parent with an alias",
    options: () => ({ parent: parent("pki", { aliases: [{ name: "house", type: "acme:index:House" }] }) }),
    record: [`acme:index:House$${TYPE}$${RUN}`, "house-rotation"],
  },
  {
    what: "an alias of its own under a parent with one",
    options: () => ({
      aliases: [{ name: "house-ca" }],
      parent: parent("home", { aliases: [{ type: "acme:index:House" }] }),
    }),
    record: [`acme:index:House$${TYPE}$${RUN}`, "house-ca-rotation"],
  },
  {
    what: "a grandparent with an alias",
    options: () => ({
      parent: parent("wing", { parent: parent("house", { aliases: [{ type: "acme:index:House" }] }) }),
    }),
    record: [`acme:index:House$acme:index:Parent$${TYPE}$${RUN}`, "pki-rotation"],
  },
  {
    what: "an alias added later",
    options: () => ({ aliases: [Promise.resolve(urn(TYPE, "ca"))] }),
    record: [`${TYPE}$${RUN}`, "ca-rotation"],
  },
];

void describe("The recorded state of a child", () => {
  for (const { what, options, record } of ALIASES) {
    const [types, name] = record;
    const former = what.includes("project") ? urn(types, name).replace("stack::project", "dev::old") : urn(types, name);

    void it(`is found before its parent is declared, with ${what}`, async () => {
      const authority = await plannedResource(TYPE, "pki", options());
      const recorded = new Map([[former, { lastRun: "2026-01-01T00:00:00Z" }]]);
      const found = findRecorded(recorded, childUrns(authority, RUN, "pki-rotation"));
      assert.deepEqual(
        found,
        { lastRun: "2026-01-01T00:00:00Z" },
        childUrns(authority, RUN, "pki-rotation").join("\n"),
      );
    });

    void it(`is found after its parent is declared, with ${what}`, async () => {
      const known = await knownResource(new ComponentResource(TYPE, "pki", {}, options()));
      assert.ok(
        childUrns(known, RUN, "pki-rotation").includes(former),
        childUrns(known, RUN, "pki-rotation").join("\n"),
      );
    });
  }

  void it("is taken from the current name when a former name has one as well", async () => {
    const authority = await plannedResource(TYPE, "pki", { aliases: [{ name: "ca" }] });
    const recorded = new Map([
      [urn(`${TYPE}$${RUN}`, "ca-rotation"), { lastRun: "before" }],
      [urn(`${TYPE}$${RUN}`, "pki-rotation"), { lastRun: "now" }],
    ]);
    assert.deepEqual(findRecorded(recorded, childUrns(authority, RUN, "pki-rotation")), { lastRun: "now" });
  });

  void it("is not found under an unrelated name", async () => {
    const authority = await plannedResource(TYPE, "pki", { aliases: [{ name: "ca" }] });
    const recorded = new Map([[urn(`${TYPE}$${RUN}`, "other-rotation"), {}]]);
    assert.equal(findRecorded(recorded, childUrns(authority, RUN, "pki-rotation")), undefined);
  });
});

void describe("The recorded slots of a renamed authority", () => {
  const KEY = resourceType("PivKey");
  const key = (name: string, slot: string, deleteKey = false): [string, object] => [
    urn(`${TYPE}$${KEY}`, name),
    { slot, deleteKey },
  ];
  const recorded = new Map([
    key("ca-root-key", "9a", true),
    key("ca-root-g1-key", "82"),
    key("ca-root-g2-key", "83", true),
    key("other-root-g3-key", "84", true),
    key("ca-intermediate-key", "9c", true),
  ]) as ReadonlyMap<string, Readonly<Record<string, unknown>>>;

  void it("are those of its generations and those that this run frees", async () => {
    const authority = await plannedResource(TYPE, "pki", { aliases: [{ name: "ca" }] });
    const { own, freed } = slotsIn(recorded, authority, "root", [1, 2]);
    assert.deepEqual(
      [...own],
      [
        [1, "82"],
        [2, "83"],
      ],
    );
    assert.deepEqual(freed, ["9a"]);
  });
});
