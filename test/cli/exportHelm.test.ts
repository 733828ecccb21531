import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { parse } from "yaml";
import { databaseBlock } from "../../provider/stepca/database";
import { mergeJson } from "../../provider/stepca/config";
import { isJsonObject, type JsonObject } from "../../provider/stepca/jsonObject";
import { fingerprintSha256, readCertificate } from "../../provider/x509/certificate";
import type { Authority, Outputs } from "./authority";
import { encryptedAuthority } from "./encryptedAuthority";
import { type Answer, call } from "./testShell";

/** The names of the chart's values that an export may use, and the types of what they hold. */
const CHART: JsonObject = {
  inject: {
    enabled: "boolean",
    config: { files: { "ca.json": "object", "defaults.json": "object" }, templates: "object" },
    certificates: { intermediate_ca: "string", root_ca: "string", ssh_host_ca: "string", ssh_user_ca: "string" },
    secrets: {
      ca_password: "string",
      provisioner_password: "string",
      x509: { enabled: "boolean", intermediate_ca_key: "string", root_ca_key: "string" },
      ssh: {
        enabled: "boolean",
        ...{ host_ca_key: "string", host_ca_password: "string", user_ca_key: "string", user_ca_password: "string" },
      },
    },
  },
  bootstrap: { enabled: "boolean", configmaps: "boolean", secrets: "boolean" },
  service: { targetPort: "number" },
  ca: { db: { enabled: "boolean" }, env: "object" },
  args: "object",
  extraVolumes: "object",
  extraVolumeMounts: "object",
};

/** What the chart puts into ca.json beside the values. */
const DEFAULTS: JsonObject = {
  ...{ root: "/home/step/certs/root_ca.crt", federateRoots: [], address: "0.0.0.0:9000", logger: { format: "json" } },
  db: { type: "badger", dataSource: "/home/step/db" },
  authority: { claims: { maxTLSCertDuration: "24h", disableRenewal: false, defaultUserSSHCertDuration: "24h" } },
};

let authority: Authority;
let outputs: Outputs;
let withoutSsh: Outputs;
/** The outputs in a rotation. */
let rotated: Outputs;

before(async () => {
  ({ authority, outputs, withoutSsh, rotated } = await encryptedAuthority());
});
after(() => {
  authority.remove();
});
afterEach(() => {
  rmSync(authority.path("ca"), { recursive: true, force: true });
});

function run(
  stack: Outputs,
  environment: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<Answer> {
  return call(["export", "--outputs", "-", "--dir", "ca", "--helm", ...options], {
    ...{ cwd: authority.directory, environment },
    stdin: JSON.stringify(stack),
  });
}

function withConfig(fields: JsonObject, stack = outputs): Outputs {
  return { ...stack, caConfig: { ...(stack["caConfig"] as JsonObject), ...fields } };
}

async function values(stack: Outputs, environment: Readonly<Record<string, string>> = {}): Promise<JsonObject> {
  const { exitCode, stderr } = await run(stack, environment);
  assert.equal(exitCode, 0, stderr);
  const read = parse(readFileSync(authority.path("ca", "values.yaml"), "utf8")) as JsonObject;
  assert.deepEqual(unknownValues(read, CHART, ""), []);
  return read;
}

function unknownValues(value: unknown, type: unknown, path: string): string[] {
  return isJsonObject(value) && isJsonObject(type)
    ? Object.entries(value).flatMap(([name, field]) => unknownValues(field, type[name], `${path}.${name}`))
    : typeof value === type
      ? []
      : [path];
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((within, name) => (within as JsonObject)[name], value);
}

/** The ca.json that the chart makes, by Helm's rule for defaults: values are merged over them, and null removes one. */
function chartConfig(read: JsonObject): JsonObject {
  const removed = (value: unknown): unknown =>
    isJsonObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, field]) => field !== null)
            .map(([name, field]) => [name, removed(field)]),
        )
      : value;
  return removed(mergeJson(DEFAULTS, at(read, "inject", "config", "files", "ca.json") as JsonObject)) as JsonObject;
}

void describe("The values of smallstep's chart", () => {
  void it("hold certificates, encrypted keys and a ca.json with the chart's paths, and only names that the chart has", async () => {
    const read = await values(outputs);
    assert.equal(statSync(authority.path("ca", "values.yaml")).mode & 0o777, 0o600);
    assert.equal(at(read, "inject", "enabled"), true);
    assert.equal(at(read, "inject", "certificates", "root_ca"), String(outputs["rootCertificate"]).trim());
    assert.equal(
      at(read, "inject", "certificates", "intermediate_ca"),
      String(outputs["intermediateCertificate"]).trim(),
    );
    assert.equal(at(read, "inject", "certificates", "ssh_user_ca"), outputs["sshUserPublicKey"]);
    assert.equal(at(read, "service", "targetPort"), 443);
    const keys = JSON.stringify(at(read, "inject", "secrets"));
    assert.equal(keys.split("BEGIN ENCRYPTED PRIVATE KEY").length - 1, 3);
    assert.equal(at(read, "inject", "secrets", "x509", "root_ca_key"), "");
    assert.equal(
      at(read, "inject", "config", "files", "defaults.json", "fingerprint"),
      fingerprintSha256(readCertificate(String(outputs["rootCertificate"]))),
    );
  });

  void it("make the chart write the stack's ca.json, without the chart's own defaults", async () => {
    const { root, crt, key, ssh, db, authority: settings, ...others } = chartConfig(await values(outputs));
    assert.deepEqual(
      { root, crt, key, ssh, db },
      {
        root: "/home/step/certs/root_ca.crt",
        crt: "/home/step/certs/intermediate_ca.crt",
        key: "/home/step/secrets/intermediate_ca_key",
        ssh: { hostKey: "/home/step/secrets/ssh_host_ca_key", userKey: "/home/step/secrets/ssh_user_ca_key" },
        db: { type: "badgerv2", dataSource: "/home/step/db" },
      },
    );
    const config = outputs["caConfig"] as JsonObject;
    const { provisioners } = config["authority"] as JsonObject;
    assert.deepEqual(settings, { claims: {}, provisioners });
    const { root: _, crt: __, key: ___, ssh: ____, db: _____, authority: ______, ...ofStack } = config;
    assert.deepEqual(others, ofStack);
  });

  void it("keep the claims of the stack", async () => {
    const claims = { maxTLSCertDuration: "720h" };
    const { authority: settings } = chartConfig(await values(withConfig({ authority: { claims, provisioners: [] } })));
    assert.deepEqual(settings, { claims, provisioners: [] });
  });

  void it("take the passphrase of key files from a Secret that you make, and say so", async () => {
    const { stdout, stderr } = await run(outputs);
    assert.equal(stdout, "✔ Helm Values: ca/values.yaml");
    assert.match(stderr, /^note: make the Secret "step-ca-passphrase" with the passphrase .* as "passphrase"$/);
    const read = await values(outputs);
    const [{ mountPath } = { mountPath: "" }] = read["extraVolumeMounts"] as { mountPath: string }[];
    assert.deepEqual(read["args"], ["--password-file", `${mountPath}/passphrase`, "/home/step/config/ca.json"]);
    assert.deepEqual(at(read, "extraVolumes", "0", "secret"), { secretName: "step-ca-passphrase" });
  });

  void it("have no keys and no passphrase when the keys are in a KMS", async () => {
    const uri = (name: string): string => `awskms:key-id=${name}`;
    const inKms = withConfig(
      {
        key: uri("i"),
        kms: { type: "awskms", uri: "awskms:region=eu-west-1" },
        ssh: { hostKey: uri("h"), userKey: uri("u") },
      },
      { ...outputs, intermediateKey: uri("i"), sshUserKey: uri("u"), sshHostKey: uri("h") },
    );
    const read = await values(inKms);
    assert.equal(at(read, "inject", "secrets", "x509", "enabled"), false);
    assert.doesNotMatch(JSON.stringify(read), /PRIVATE KEY/);
    assert.equal("args" in read, false);
    assert.equal(chartConfig(read)["key"], uri("i"));
  });

  void it("name no SSH keys for an authority without", async () => {
    const read = await values(withoutSsh);
    assert.equal(at(read, "inject", "secrets", "ssh", "enabled"), false);
    assert.equal(at(read, "inject", "certificates", "ssh_host_ca"), "");
  });

  void it("put the files of a rotation beside ca.json, which names them there", async () => {
    const read = await values(rotated);
    const config = chartConfig(read);
    const named = [config["root"], config["crt"]].flat().map(String);
    assert.equal(named.length, 3);
    const beside = at(read, "inject", "config", "templates") as JsonObject;
    for (const path of named) {
      assert.match(String(beside[path.replace("/home/step/config/", "")]), /BEGIN CERTIFICATE/, path);
    }
  });

  void it("have nothing of a password of PostgreSQL with an @ that is not escaped", async () => {
    const db = databaseBlock({ type: "postgresql", name: "stepca" });
    const url = { KMS_PKI_DATABASE_URL: "postgresql://stepca:a@s3cret@db/?application_name=a@b" };
    assert.deepEqual(chartConfig(await values(withConfig({ db }), url))["db"], {
      ...{ type: "postgresql", database: "stepca" },
      dataSource: "postgresql://stepca@db/?application_name=a@b",
    });
  });

  void it("have room for a password of PostgreSQL that its URL does not name", async () => {
    const db = databaseBlock({ type: "postgresql", name: "stepca", url: "postgresql://stepca@db:5432/" });
    const read = await values(withConfig({ db }));
    assert.equal(at(chartConfig(read), "db", "dataSource"), "postgresql://stepca@db:5432/");
    const secretKeyRef = { name: "step-ca-database", key: "password", optional: true };
    assert.deepEqual(at(read, "ca", "env"), [{ name: "PGPASSWORD", valueFrom: { secretKeyRef } }]);
    const { stderr } = await run(withConfig({ db }));
    assert.match(stderr, /"step-ca-database" with the password of the database, if it has one, as "password"/);
  });

  void it("leave the password of PostgreSQL to a Secret that you make", async () => {
    const db = databaseBlock({ type: "postgresql", name: "stepca" });
    const url = { KMS_PKI_DATABASE_URL: "postgresql://stepca:s3cret@db:5432/?sslmode=verify-full" };
    const read = await values(withConfig({ db }), url);
    assert.deepEqual(chartConfig(read)["db"], {
      ...{ type: "postgresql", database: "stepca" },
      dataSource: "postgresql://stepca@db:5432/?sslmode=verify-full",
    });
    assert.deepEqual(at(read, "ca"), {
      db: { enabled: false },
      env: [
        {
          name: "PGPASSWORD",
          valueFrom: { secretKeyRef: { name: "step-ca-database", key: "password", optional: false } },
        },
      ],
    });
    assert.doesNotMatch(readFileSync(authority.path("ca", "values.yaml"), "utf8"), /s3cret/);
    assert.match((await run(withConfig({ db }), url)).stderr, /"step-ca-database" with the password of the database/);
  });

  const refused: readonly { readonly what: string; readonly config: JsonObject; readonly says: RegExp }[] = [
    {
      what: "a password of MySQL",
      config: { db: { type: "mysql", dataSource: "u:s3cret@tcp(db)/x" } },
      says: /^CONFIG_INVALID: ca\.json holds a password or a PIN.*--kustomize/,
    },
    {
      what: "a password in the query of a URL",
      config: { db: { type: "postgresql", dataSource: "postgresql://db/x?user=u&password=s3cret" } },
      says: /^CONFIG_INVALID: ca\.json holds a password/,
    },
    {
      what: "a PIN",
      config: { kms: { type: "softkms", pin: "s3cret" } },
      says: /^CONFIG_INVALID: ca\.json holds a password or a PIN/,
    },
    {
      what: "an address that only the container itself reaches",
      config: { address: "127.0.0.1:9443" },
      says: /^CONFIG_INVALID: step-ca would listen on 127\.0\.0\.1:9443.*":9000"/,
    },
    {
      what: "a key that is not encrypted",
      config: { key: "softkms:path=keys/root.pem" },
      says: /^CONFIG_INVALID: the key ".*root\.pem" is not encrypted/,
    },
    {
      what: "a key that is not there",
      config: { key: "softkms:path=keys/none.pem" },
      says: /^FILE_UNUSABLE: .*none\.pem/,
    },
  ];
  for (const { what, config, says } of refused) {
    void it(`are refused for ${what}, and nothing is written`, async () => {
      const { exitCode, stdout, stderr } = await run(withConfig(config));
      assert.equal(exitCode, 1);
      assert.match(stderr, says);
      assert.doesNotMatch(stdout + stderr, /s3cret|PRIVATE KEY/);
      assert.equal(existsSync(authority.path("ca")), false);
    });
  }

  void it("are refused together with another form", async () => {
    for (const other of [["--kustomize"], ["--merge", "x"], ["--prefix", "/x"]]) {
      const { exitCode, stderr } = await call(["export", "--helm", ...other], { cwd: authority.directory });
      assert.equal(exitCode, 64);
      assert.match(stderr, new RegExp(`--helm and ${other[0] ?? ""} exclude each other`));
    }
  });

  void it("are not written over those of another CA, or over values that are no export, without --force", async () => {
    const other = await encryptedAuthority();
    const file = authority.path("ca", "values.yaml");
    try {
      await values(outputs);
      const written = readFileSync(file);
      const { exitCode, stderr } = await run(other.outputs);
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /^CA_MISMATCH: "root_ca" in "ca\/values\.yaml" belongs to another CA: .*Nothing was written/,
      );
      assert.deepEqual(readFileSync(file), written);
      await values(rotated); // a later export of the same CA
      await values(outputs);
      assert.equal((await run(withoutSsh, {}, ["--force"])).exitCode, 0);
      writeFileSync(file, "replicaCount: 2\n");
      const own = await run(outputs);
      assert.match(own.stderr, /^CA_MISMATCH: "root_ca" in "ca\/values\.yaml" is not a certificate/);
      assert.equal(readFileSync(file, "utf8"), "replicaCount: 2\n");
      assert.equal((await run(outputs, {}, ["--force"])).exitCode, 0);
    } finally {
      other.authority.remove();
    }
  });
});
