import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { RESOURCE_TYPES } from "../../provider/plugin/resourceTypes";
import { type Properties, sealed } from "../../provider/plugin/wire";
import { ALGORITHM_NAMES } from "../../provider/kms/algorithms";
import { UNKNOWN } from "../../provider/words/unknown";
import { PASSPHRASE } from "../fixtures/lifecycleContext";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { PluginClient } from "./pluginClient";
import { outputNames, schemaText } from "../../provider/plugin/schema";

const TYPES = Object.keys(RESOURCE_TYPES);
/** As many as an engine sends at once on eight cores. */
const AT_ONCE = 32;
const RUNS = Math.ceil(10_000 / TYPES.length / AT_ONCE);

interface Inputs {
  readonly resources: Readonly<Record<string, { readonly inputProperties: object }>>;
}

/** Values that a program, or a state that someone edited, may have. */
const leaf = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    UNKNOWN,
    "",
    "softkms:path=keys/a.pem",
    "9a",
    "1/3",
    "30d",
    "2026-01-01T00:00:00Z",
    "pkcs11:token=ca",
    "{}",
    "[]",
  ),
  fc.constantFrom(...ALGORITHM_NAMES),
  fc.integer({ min: -2, max: 1e12 }),
  fc.boolean(),
  fc.constant(null),
);
const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        "uri",
        "algorithm",
        "publicKeyPem",
        "certificatePem",
        "key",
        "commonName",
        "__proto__",
        "toString",
      ),
      tie("value"),
      { maxKeys: 3 },
    ),
    tie("value").map(sealed),
  ),
})).value;

/** Properties of a type by their names, and others. */
function properties(type: string): fc.Arbitrary<Properties> {
  const inputs = (JSON.parse(schemaText()) as Inputs).resources[`kms-pki:index:${type}`]?.inputProperties ?? {};
  const names = [
    ...Object.keys(inputs),
    ...outputNames(type),
    "owner",
    "declaration",
    "signingKey",
    "slots",
    "uri",
    "__kept",
    "__declared",
  ];
  return fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 5 })), value, { maxKeys: 8 });
}

/** Parts of ids of imports. No file or key is there. */
const idPart = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom("a.crt", "softkms:path=keys/a.pem", "pkcs11:token=ca", "0".repeat(32), "ca.json", "awskms:"),
);

interface RandomRequest {
  readonly method: (typeof METHODS)[number];
  readonly id: string;
  readonly olds: Properties;
  readonly news: Properties;
}

const METHODS = ["check", "diff", "previewed create", "previewed update", "read", "import", "delete"] as const;

function requestAbout(type: string): fc.Arbitrary<RandomRequest> {
  return fc.record({
    method: fc.constantFrom(...METHODS),
    id: fc.array(idPart, { maxLength: 4 }).map((parts) => parts.join(",")),
    olds: properties(type),
    news: properties(type),
  });
}

const CODED = /^(?:\d+ [A-Z]+: )?[A-Z][A-Z_0-9]+: /;

void describe("Any request of an engine", () => {
  let plugin: PluginClient;

  before(async () => {
    plugin = await PluginClient.spawn(temporaryDirectory());
    await plugin.configure({ passphrase: PASSPHRASE });
  });

  after(() => {
    plugin.stop();
  });

  const answered = async (type: string, { method, id, olds, news }: RandomRequest): Promise<void> => {
    switch (method) {
      case "check": {
        const { failures } = await plugin.check(type, "a", news, olds);
        assert.ok(
          failures.every(({ reason }) => CODED.test(reason)),
          JSON.stringify(failures),
        );
        break;
      }
      case "diff":
        await plugin.diff(type, "a", olds, news);
        break;
      case "previewed create":
        await plugin.create(type, "a", news, true);
        break;
      case "previewed update":
        await plugin.update(type, "a", olds, news, true);
        break;
      case "read":
        await plugin.read(type, "a", "id", news, olds);
        break;
      case "import":
        await plugin.import(type, "a", id);
        break;
      case "delete":
        await plugin.delete(type, "a", olds);
        break;
    }
  };

  for (const type of TYPES) {
    void it(`about ${type} is answered, or refused with a code`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(requestAbout(type), { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
          const answers = await Promise.allSettled(requests.map((request) => answered(type, request)));
          for (const answer of answers) {
            if (answer.status === "rejected") {
              const { details, message } = answer.reason as { details?: string; message: string };
              assert.match(details ?? message, CODED);
            }
          }
        }),
        { numRuns: RUNS },
      );
      const { outputs } = await plugin.make("AuthorityId", "alive", {});
      assert.match(String(outputs["authorityId"]), /^[0-9a-f]{32}$/);
    });
  }
});
