import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { PkiError } from "../../provider/errors";
import { findSecret, PASSPHRASE as PASSPHRASE_SECRET } from "../../provider/words/secrets";
import type { Context } from "../../provider/lifecycle/context";
import * as lifecycles from "../../provider/lifecycle";
import { type DynamicProvider, dynamicProvider, type Lifecycle } from "../../provider/lifecycle/provider";
import { PASSPHRASE } from "../fixtures/lifecycleContext";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

interface Inputs {
  readonly a: string;
}

/** The arguments of a lifecycle's calls. */
const calls: unknown[][] = [];

const LIFECYCLE: Lifecycle<Inputs, Inputs> = {
  check: (olds, news) => {
    calls.push(["check", olds, news]);
    return { inputs: { a: `${news.a}, completed` }, problems: [] };
  },
  diff: (state, news) => {
    calls.push(["diff", state, news]);
    return { changes: state.a !== news.a };
  },
  create: (inputs) => {
    calls.push(["create", inputs]);
    return Promise.resolve({ id: "id", state: { a: "made" } });
  },
  read: (state) => {
    calls.push(["read", state]);
    return Promise.resolve({ a: "read" });
  },
  update: (state, news) => {
    calls.push(["update", state, news]);
    return Promise.resolve({ a: "updated" });
  },
  delete: (state) => {
    calls.push(["delete", state]);
    return Promise.resolve();
  },
};

/** A provider that differs from the one above in a call. */
function provider(own: Partial<Lifecycle<Inputs, Inputs>> = {}): DynamicProvider {
  return dynamicProvider(() => ({ ...LIFECYCLE, ...own }));
}

const OLD = { a: "old", __provider: "the code" };
const NEW = { a: "new", __provider: "the code" };

void describe("A lifecycle called by the SDK", () => {
  afterEach(() => {
    calls.length = 0;
  });

  const methods: readonly {
    name: string;
    call: (provider: DynamicProvider) => Promise<unknown>;
    answer: unknown;
    called: unknown[];
  }[] = [
    {
      name: "check",
      call: (provider) => provider.check(OLD, NEW),
      answer: { inputs: { a: "new, completed" }, failures: [] },
      called: ["check", { a: "old" }, { a: "new" }],
    },
    {
      name: "diff",
      call: (provider) => provider.diff("id", OLD, NEW),
      answer: { changes: true, replaces: [] },
      called: ["diff", { a: "old" }, { a: "new" }],
    },
    {
      name: "create",
      call: (provider) => provider.create(NEW),
      answer: { id: "id", outs: { a: "made" } },
      called: ["create", { a: "new" }],
    },
    {
      name: "read",
      call: (provider) => provider.read("id", OLD),
      answer: { id: "id", props: { a: "read" } },
      called: ["read", { a: "old" }],
    },
    {
      name: "update",
      call: (provider) => provider.update("id", OLD, NEW),
      answer: { outs: { a: "updated" } },
      called: ["update", { a: "old" }, { a: "new" }],
    },
    {
      name: "delete",
      call: (provider) => provider.delete("id", OLD),
      answer: undefined,
      called: ["delete", { a: "old" }],
    },
  ];
  for (const { name, call, answer, called } of methods) {
    void it(`answers ${name} without seeing what the SDK adds`, async () => {
      assert.deepEqual(await call(provider()), answer);
      assert.deepEqual(calls, [called]);
    });

    void it(`fails ${name} with only a message`, async () => {
      const thrown = new PkiError("KEY_EXISTS", `${name} found it`, "Move it away", { cause: new Error("inner") });
      const fail = (): Promise<never> => Promise.reject(thrown);
      await assert.rejects(call(provider({ [name]: fail })), (error) => {
        assert.ok(error instanceof Error);
        assert.equal(error.message, `KEY_EXISTS: ${name} found it. Move it away.`);
        assert.doesNotMatch(String(error), /KEY_EXISTS/, "the SDK prints it beside the engine");
        assert.equal(error.stack, "");
        assert.deepEqual(Object.keys(error), []);
        assert.equal(error.cause, undefined);
        return true;
      });
    });

    void it(`fails ${name} in the same way when the lifecycle throws synchronously`, async () => {
      const fail = (): never => {
        throw new TypeError("a defect");
      };
      await assert.rejects(call(provider({ [name]: fail })), (error: Error) => {
        assert.deepEqual({ message: error.message, stack: error.stack }, { message: "a defect", stack: "" });
        return true;
      });
    });
  }

  void it("reports an error once, however many resources fail for the same key", async () => {
    const disabled = new PkiError("KEY_DISABLED", "the key is disabled", "Enable it");
    const failing = provider({ create: () => Promise.reject(disabled), read: () => Promise.reject(disabled) });
    await assert.rejects(failing.create(NEW), { message: "KEY_DISABLED: the key is disabled. Enable it." });
    const again = {
      message:
        "KEY_DISABLED: this resource failed with the same error as another one in this run. See that error for what to do.",
    };
    await assert.rejects(failing.create(NEW), again);
    await assert.rejects(provider({ read: () => Promise.reject(disabled) }).read("id", OLD), again);
  });

  void it("names the properties that cause a replacement", async () => {
    const diff = (): { changes: boolean; replaces: string[] } => ({ changes: true, replaces: ["a"] });
    assert.deepEqual(await provider({ diff }).diff("id", OLD, NEW), { changes: true, replaces: ["a"] });
  });

  void it("passes on every problem, as the engine prints it", async () => {
    const problem = { code: "INPUT_INVALID", reason: "it is wrong", remedy: "Correct it" } as const;
    const problems = [
      { ...problem, property: "a" },
      { ...problem, property: "" },
    ];
    const { inputs, failures } = await provider({ check: (_olds, inputs) => ({ inputs, problems }) }).check({}, NEW);
    assert.deepEqual(inputs, { a: "new" });
    assert.deepEqual(failures, [
      { property: "a", reason: "INPUT_INVALID: it is wrong. Correct it." },
      { property: "", reason: "INPUT_INVALID: it is wrong. Correct it." },
    ]);
  });

  void it("is configured before the call returns, for every kind of resource", () => {
    const contexts: Context[] = [];
    const [first] = ["one", "two"].map(() =>
      dynamicProvider((context) => {
        contexts.push(context);
        return LIFECYCLE;
      }),
    );
    assert.equal(contexts[0], contexts[1]);
    const find = (): unknown =>
      contexts[1] && findSecret(PASSPHRASE_SECRET, { ...contexts[1].secrets, environment: {} });
    assert.equal(find(), undefined);
    const config: Record<string, string> = { "kms-pki:passphrase": "secret", passphrase: "of another namespace" };
    assert.equal(first?.configure({ config: { get: (key) => config[key] } }), undefined);
    assert.equal(find(), "secret");
    first?.configure({ config: { get: () => undefined } });
  });
});

void describe("The providers that the engine runs", () => {
  before(() => {
    process.chdir(temporaryDirectory());
    delete process.env["KMS_PKI_PASSPHRASE"];
    delete process.env["KMS_PKI_PASSPHRASE_FILE"];
    delete process.env["KMS_PKI_PROVISIONER_PASSWORD"];
    delete process.env["KMS_PKI_PROVISIONER_PASSWORD_FILE"];
  });
  afterEach(() => {
    delete process.env["KMS_PKI_PASSPHRASE_FILE"];
  });

  void it("include one for each kind of resource", () => {
    assert.deepEqual(Object.keys(lifecycles).sort(), [
      ...[
        "authorityId",
        "certificate",
        "certificateRequest",
        "certificateRevocationList",
        "existingKey",
        "jwkProvisioner",
        "pivCertificate",
        "pivKey",
      ],
      ...["pkcs11Certificate", "pkcs11Key"],
      ...["publicKey", "rotationRun", "softKey", "yubiKey", "yubiKeyCertificate", "yubiKeyKey"],
    ]);
    for (const kind of Object.values(lifecycles)) {
      const methods = ["check", "configure", "create", "delete", "diff", "read", "update"];
      assert.deepEqual(Object.keys(kind()).sort(), methods);
    }
  });

  const news = {
    softKey: {
      name: "root",
      directory: "keys",
      algorithm: "ECDSA_P256",
      encryption: "passphrase",
      owner: "test",
      __provider: "the code",
    },
    jwkProvisioner: { provisioner: "admin", __provider: "the code" },
  } as const;
  for (const kind of ["softKey", "jwkProvisioner"] as const) {
    void it(`refuse a ${kind} without its secret, and name no property`, async () => {
      const { failures } = await lifecycles[kind]().check({}, news[kind]);
      assert.deepEqual(
        failures.map(({ property, reason }) => ({ property, code: reason.split(":")[0] })),
        [{ property: "", code: "SECRET_MISSING" }],
      );
    });

    void it(`refuse a ${kind} whose secret file cannot be read, and name no property`, async () => {
      process.env["KMS_PKI_PASSPHRASE_FILE"] = "absent";
      const { failures } = await lifecycles[kind]().check({}, news[kind]);
      assert.deepEqual(
        failures.map(({ property }) => property),
        [""],
      );
      assert.match(failures[0]?.reason ?? "", /^SECRET_MISSING: the file "absent" that KMS_PKI_PASSPHRASE_FILE names/);
    });

    void it(`accept a ${kind} with its secret, and return neither secret nor code`, async () => {
      process.env["KMS_PKI_PASSPHRASE"] = PASSPHRASE;
      try {
        const answer = await lifecycles[kind]().check({}, news[kind]);
        assert.deepEqual(answer.failures, []);
        assert.doesNotMatch(JSON.stringify(answer), new RegExp(`${PASSPHRASE}|the code`));
      } finally {
        delete process.env["KMS_PKI_PASSPHRASE"];
      }
    });
  }
});
