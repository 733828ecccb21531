import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { databaseBlock } from "../../provider/stepca/database";
import type { JsonObject } from "../../provider/stepca/jsonObject";
import { Authority, type Outputs } from "./authority";
import { type Answer, call } from "./testShell";

const URL = "postgresql://stepca:s3cret@db.example.com:5432/stepca";

let authority: Authority;
let outputs: Outputs;

before(async () => {
  authority = await Authority.create();
  outputs = await authority.outputs();
});
after(() => {
  authority.remove();
});
afterEach(() => {
  rmSync(authority.path("ca"), { recursive: true, force: true });
});

/** Exports an authority with a database. */
function run(
  database: Parameters<typeof databaseBlock>[0],
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Answer> {
  const caConfig = { ...(outputs["caConfig"] as JsonObject), db: databaseBlock(database) };
  return call(["export", "--outputs", "-", ...args], {
    ...{ cwd: authority.directory, environment },
    stdin: JSON.stringify({ ...outputs, caConfig }),
  });
}

function written(name = "ca.json"): unknown {
  return (JSON.parse(readFileSync(authority.path("ca", name), "utf8")) as JsonObject)["db"];
}

void describe("An export of an authority with a database", () => {
  const places: readonly {
    readonly where: string;
    readonly database: Omit<NonNullable<Parameters<typeof databaseBlock>[0]>, "type">;
    readonly environment: Readonly<Record<string, string>>;
  }[] = [
    { where: "its own environment variable", database: {}, environment: { KMS_PKI_DATABASE_URL: URL } },
    {
      where: "the file that the variable with _FILE names",
      ...{ database: {}, environment: { KMS_PKI_DATABASE_URL_FILE: "database-url" } },
    },
    { where: "a named variable", database: { urlEnvironment: "OTHER" }, environment: { OTHER: `${URL}\n` } },
    { where: "a named file", database: { urlFile: "database-url" }, environment: {} },
  ];
  for (const { where, database, environment } of places) {
    void it(`reads the URL from ${where}, and prints it nowhere`, async () => {
      writeFileSync(authority.path("database-url"), `${URL}\n`);
      const { exitCode, stdout, stderr } = await run({ type: "postgresql", ...database }, environment);
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(written(), { type: "postgresql", dataSource: URL });
      assert.equal(statSync(authority.path("ca", "ca.json")).mode & 0o777, 0o600);
      assert.doesNotMatch(stdout + stderr, /s3cret/);
    });
  }

  void it("writes the name of the database beside its URL, and the same for another host", async () => {
    const url = "stepca:s3cret@tcp(db:3306)/";
    const database = { type: "mysql", name: "pki" } as const;
    const { exitCode } = await run(database, { KMS_PKI_DATABASE_URL: url }, ["--prefix", "/etc/step-ca"]);
    assert.equal(exitCode, 0);
    assert.deepEqual(written(), { type: "mysql", dataSource: url, database: "pki" });
  });

  for (const url of [
    "stepca:a b/?c@d(e)@tcp(db:3306)/pki?tls=true",
    "mysql:s3cret@tcp6([::1]:3306)/pki",
    "stepca:s3cret@unix(/run/mysqld/mysqld.sock)/pki",
    "stepca@tcp(db)/pki?collation=a@b",
    "/pki",
  ]) {
    void it(`takes ${url} for a URL of MySQL with a database`, async () => {
      const { exitCode, stderr } = await run({ type: "mysql" }, { KMS_PKI_DATABASE_URL: url });
      assert.equal(exitCode, 0, stderr);
      assert.deepEqual(written(), { type: "mysql", dataSource: url });
    });
  }

  const refused: readonly {
    readonly what: string;
    readonly database: NonNullable<Parameters<typeof databaseBlock>[0]>;
    readonly url?: string;
    readonly says: RegExp;
  }[] = [
    {
      ...{ what: "no URL in the environment", database: { type: "mysql" } },
      says: /^SECRET_MISSING: the URL of the database is not given.*KMS_PKI_DATABASE_URL_FILE or KMS_PKI_DATABASE_URL /,
    },
    {
      ...{ what: "a file that is not there", database: { type: "mysql", urlFile: "none" }, url: URL },
      says: /^SECRET_MISSING: .*"none".*cannot be read/,
    },
    {
      ...{ what: "a URL of MySQL for PostgreSQL", database: { type: "postgresql" }, url: "u:s3cret@tcp(db)/x" },
      says: /^CONFIG_INVALID: .*KMS_PKI_DATABASE_URL is not one that step-ca reads for postgresql.*postgresql:\/\//,
    },
    {
      ...{ what: "a URL of PostgreSQL for MySQL", database: { type: "mysql" }, url: URL },
      says: /^CONFIG_INVALID: .*for mysql.*tcp\(host:3306\)/,
    },
    {
      ...{ what: "a URL of MySQL in the form of other programs", database: { type: "mysql" } },
      ...{ url: "mysql://u:s3cret@db/x", says: /^CONFIG_INVALID: .*for mysql.*tcp\(host:3306\)/ },
    },
    {
      ...{ what: "a mixture of both forms", database: { type: "mysql" } },
      ...{ url: "mysql://u:s3cret@tcp(db:3306)/x", says: /^CONFIG_INVALID: .*for mysql/ },
    },
    {
      ...{ what: "a URL of MySQL whose host has no network", database: { type: "mysql" }, url: "u:s3cret@db/x" },
      says: /^CONFIG_INVALID: .*for mysql/,
    },
    {
      ...{ what: "a URL of MySQL without a database", database: { type: "mysql" }, url: "u:s3cret@tcp(db)/?tls=true" },
      says: /^CONFIG_INVALID: .*names no database/,
    },
  ];
  for (const { what, database, url, says } of refused) {
    void it(`is refused for ${what}, and nothing is written`, async () => {
      const { exitCode, stdout, stderr } = await run(database, url === undefined ? {} : { KMS_PKI_DATABASE_URL: url });
      assert.equal(exitCode, 1);
      assert.match(stderr, says);
      assert.doesNotMatch(stdout + stderr, /s3cret/);
      assert.equal(existsSync(authority.path("ca")), false);
    });
  }

  void it("changes db in an existing ca.json, unless every user of the host could read the password there", async () => {
    mkdirSync(authority.path("ca"));
    const path = authority.path("ca", "own.json");
    writeFileSync(path, '{ "db": { "type": "mysql", "dataSource": "x", "database": "old", "own": 1 } }');
    const merge = (): Promise<Answer> =>
      run({ type: "postgresql" }, { KMS_PKI_DATABASE_URL: URL }, ["--merge", "ca/own.json"]);
    chmodSync(path, 0o644);
    const { exitCode, stderr } = await merge();
    assert.equal(exitCode, 1);
    assert.match(stderr, /^CONFIG_INVALID: "ca\/own.json" is open to every user.*chmod o= ca\/own.json/);
    assert.deepEqual(written("own.json"), { type: "mysql", dataSource: "x", database: "old", own: 1 });
    chmodSync(path, 0o640);
    assert.equal((await merge()).exitCode, 0);
    assert.deepEqual(written("own.json"), { type: "postgresql", dataSource: URL, own: 1 });
  });

  void it("leaves db of an existing ca.json to its host without a database that is shared", async () => {
    mkdirSync(authority.path("ca"));
    writeFileSync(authority.path("ca", "own.json"), '{ "db": { "type": "bbolt" } }');
    assert.equal((await run(undefined, {}, ["--merge", "ca/own.json"])).exitCode, 0);
    assert.deepEqual(written("own.json"), { type: "bbolt" });
  });
});
