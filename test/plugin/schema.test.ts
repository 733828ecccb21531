import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as lifecycles from "../../provider/lifecycle";
import { pluginType, resourceType } from "../../provider/kms/resourceType";
import { RESOURCE_CLASSES } from "../../provider/plugin/resourceClasses";
import { RESOURCE_TYPES } from "../../provider/plugin/resourceTypes";
import { declaredBy } from "../../provider/resources/lifecycleResource";
import { CHECKOUT } from "../engine/project";
import { schemaText } from "./generatedSchema";

interface Property {
  readonly description?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly oneOf?: readonly Property[];
}

interface ObjectType {
  readonly aliases?: readonly { readonly type: string }[];
  readonly properties: Readonly<Record<string, Property>>;
  readonly inputProperties?: Readonly<Record<string, Property>>;
}

interface Schema {
  readonly types: Readonly<Record<string, ObjectType>>;
  readonly resources: Readonly<Record<string, ObjectType>>;
}

const TEXT = readFileSync(join(CHECKOUT, "provider", "plugin", "schema.json"), "utf8");
const SCHEMA = JSON.parse(TEXT) as Schema;

/** Arguments with which each resource has no problem, where it needs any. */
const later = new Promise<string>(() => undefined);
const key = { uri: "softkms:path=keys/root.pem", algorithm: "ECDSA_P256", publicKeyPem: later };
const ARGUMENTS: Readonly<Record<string, object>> = {
  Certificate: { key, subject: { commonName: "Root" } },
  CertificateRequest: { key, subject: { commonName: "CA" } },
  CertificateRevocationList: { issuer: { key, certificatePem: later } },
  ExistingKey: { uri: "softkms:path=keys/root.pem" },
  Pkcs11Certificate: { key, certificatePem: later },
  Pkcs11Key: { kms: "pkcs11:token=ca" },
  PivCertificate: { key, certificatePem: later },
  PivKey: { slot: "9a" },
};

void describe("The schema of the plugin", () => {
  void it("is what the types of the arguments and their doc comments give (npm run schema writes it)", async () => {
    assert.equal(TEXT, await schemaText());
  });

  void it("has every resource that the package can run", () => {
    const former = ["publicKey", "yubiKeyKey", "yubiKeyCertificate"];
    const run = Object.keys(lifecycles).filter((name) => !former.includes(name));
    const served = Object.keys(RESOURCE_TYPES).map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    assert.deepEqual(served.sort(), run.sort());
    assert.deepEqual(Object.keys(RESOURCE_CLASSES).sort(), Object.keys(RESOURCE_TYPES).sort());
    for (const [name, Class] of Object.entries(RESOURCE_CLASSES)) {
      assert.equal(Class.name, name);
    }
  });

  void it("lets every resource move from a program in TypeScript", () => {
    for (const name of Object.keys(RESOURCE_TYPES)) {
      const resource = SCHEMA.resources[pluginType(name)];
      const types = resource?.aliases?.map(({ type }) => type) ?? [resourceType(name)]; // only components declare it
      assert.ok(types.includes(resourceType(name)), `${name}: ${types.join()}`);
    }
  });

  void it("describes every argument", () => {
    for (const [token, { inputProperties = {} }] of Object.entries({
      ...SCHEMA.resources,
      ...SCHEMA.types,
    })) {
      for (const [name, property] of Object.entries(inputProperties)) {
        assert.match(property.description ?? "", /./, `${token}.${name}`);
      }
    }
  });

  void it("names the defaults that the resources have", async () => {
    let compared = 0;
    for (const [name, Class] of Object.entries(RESOURCE_CLASSES)) {
      const inputs = SCHEMA.resources[`kms-pki:index:${name}`]?.inputProperties ?? {};
      const args = ARGUMENTS[name] ?? {};
      if (Object.keys(inputs).length === 0) {
        continue; // only components declare it
      }
      const { problems, inputs: declared } = declaredBy(() => new Class("name", args as never));
      assert.deepEqual(problems, [], name);
      const properties = declared() as Record<string, unknown>;
      for (const [argument, { description = "" }] of Object.entries(inputs)) {
        const said = [/Default `([^`]+)`/, /`([^`]+)` \(default\)/, /Default (true|false)/].flatMap(
          (form) => form.exec(description)?.[1] ?? [],
        );
        const isApplied = argument in properties && properties[argument] !== undefined;
        if (said.length > 0 && isApplied && !(argument in args)) {
          assert.equal(String(await (properties[argument] as Promise<unknown>)), said[0], `${name}.${argument}`);
          compared += 1;
        }
      }
    }
    assert.ok(compared >= 12, String(compared));
  });

  void it("has no choice between an object and something else, in which SDKs would not translate the names", () => {
    const choices = [...JSON.stringify(SCHEMA).matchAll(/"oneOf":\[([^\]]*)\]/g)].map(([, types = ""]) => types);
    assert.ok(choices.length > 5);
    assert.deepEqual(
      choices.filter((types) => types.includes("$ref")),
      [],
    );
  });

  void it("refers only to types that it has", () => {
    const references = [...JSON.stringify(SCHEMA).matchAll(/"#\/types\/([^"]+)"/g)].map(([, token = ""]) => token);
    assert.deepEqual([...new Set(references)].sort(), Object.keys(SCHEMA.types).sort());
  });
});
