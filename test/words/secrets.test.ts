import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { messageOf } from "../../provider/errors";
import { MANAGEMENT_KEY, PIN } from "../../provider/kms/yubikey/yubiKeySecretNames";
import { describeProblem } from "../../provider/words/problem";
import {
  checkSecret,
  findEarlierPassphrase,
  findSecret,
  type FoundSecret,
  locateSecret,
  PASSPHRASE,
  PROVISIONER_PASSWORD,
  requireNewPassphrase,
  requireProvisionerPassword,
  requireSecret,
  type SecretSources,
} from "../../provider/words/secrets";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { found } from "../inputs/found";

void describe("A secret", () => {
  const rootDirectory = temporaryDirectory();
  const file = (name: string, content: string): string => {
    writeFileSync(join(rootDirectory, name), content);
    return name;
  };
  mkdirSync(join(rootDirectory, "folder"));
  file("env.txt", "from the environment's file\n");
  file("config.txt", "from the config's file\n");
  file("empty.txt", "");
  file("newline.txt", "\n");

  const sources = (
    environment: Record<string, string | undefined>,
    config: Record<string, string> = {},
  ): SecretSources => ({ environment, config: (key) => config[key], rootDirectory });

  const everything = sources(
    { KMS_PKI_PASSPHRASE: "from the environment", KMS_PKI_PASSPHRASE_FILE: "env.txt" },
    { passphraseFile: "config.txt", passphrase: "from the config" },
  );

  const orders: readonly { what: string; sources: SecretSources; expected: string | undefined }[] = [
    { what: "the environment in preference to all others", sources: everything, expected: "from the environment" },
    {
      what: "the file that the environment names when the variable is empty",
      sources: { ...everything, environment: { KMS_PKI_PASSPHRASE: "", KMS_PKI_PASSPHRASE_FILE: "env.txt" } },
      expected: "from the environment's file",
    },
    {
      what: "the file that the config names when the environment has neither",
      sources: { ...everything, environment: { KMS_PKI_PASSPHRASE_FILE: "" } },
      expected: "from the config's file",
    },
    {
      what: "the config value when its file has the empty default",
      sources: sources({}, { passphraseFile: "", passphrase: "from the config" }),
      expected: "from the config",
    },
    { what: "nothing when there is none", sources: sources({}), expected: undefined },
    { what: "nothing when all are empty", sources: sources({}, { passphrase: "" }), expected: undefined },
    {
      what: "nothing from the other secret",
      sources: sources({ KMS_PKI_PROVISIONER_PASSWORD: "x" }, { provisionerPassword: "x" }),
      expected: undefined,
    },
  ];
  for (const { what, sources, expected } of orders) {
    void it(`is taken from ${what}`, () => {
      assert.equal(findSecret(PASSPHRASE, sources), expected);
    });
  }

  const files: readonly { what: string; content: string; expected: string }[] = [
    { what: "unchanged when there is no newline", content: "secret", expected: "secret" },
    { what: "without its last newline", content: "secret\n", expected: "secret" },
    { what: "without its last Windows newline", content: "secret\r\n", expected: "secret" },
    { what: "without trailing newlines", content: "secret\n\r\n\n", expected: "secret" },
    { what: "without trailing spaces and tabs", content: "secret \t \n", expected: "secret" },
    { what: "without a trailing no-break space", content: "secret\u00a0\u0085\u3000\n", expected: "secret" },
    {
      what: "with characters that Go does not treat as white space",
      content: "secret\ufeff\u200b\n",
      expected: "secret\ufeff\u200b",
    },
    { what: "with leading and inner white space", content: " se\ncret \n", expected: " se\ncret" },
    { what: "as UTF-8", content: "pässwörd🔑\n", expected: "pässwörd🔑" },
  ];
  for (const { what, content, expected } of files) {
    void it(`is read from a file ${what}`, () => {
      const name = file("secret.txt", content);
      assert.equal(findSecret(PASSPHRASE, sources({ KMS_PKI_PASSPHRASE_FILE: name })), expected);
    });
  }

  for (const { secret, name, variable } of [
    { secret: PASSPHRASE, name: "passphrase", variable: "PASSPHRASE" },
    { secret: PROVISIONER_PASSWORD, name: "provisionerPassword", variable: "PROVISIONER_PASSWORD" },
    { secret: PIN, name: "pin", variable: "PIN" },
    { secret: MANAGEMENT_KEY, name: "managementKey", variable: "MANAGEMENT_KEY" },
  ]) {
    void it(`loses its trailing white space when given as a value too: ${name}`, () => {
      assert.equal(findSecret(secret, sources({ [`KMS_PKI_${variable}`]: "secret \n" })), "secret");
      assert.deepEqual(locateSecret(secret, sources({}, { [name]: "secret\t" })), { value: "secret" });
      assert.equal(findSecret(secret, sources({ [`KMS_PKI_${variable}`]: " \n" })), undefined);
    });
  }

  void it("is also known as release 0.1.0 read it, if it is the passphrase", () => {
    const name = file("blanks.txt", "secret \n\n");
    assert.equal(findEarlierPassphrase(sources({ KMS_PKI_PASSPHRASE_FILE: name })), "secret \n");
    assert.equal(findEarlierPassphrase(sources({ KMS_PKI_PASSPHRASE: "secret \n" })), "secret \n");
    assert.equal(findEarlierPassphrase(sources({})), undefined);
  });

  const unfit: readonly { what: string; secret: string }[] = [
    { what: "has more bytes than OpenSSL accepts", secret: "ä".repeat(513) },
    { what: "comes from a file that is not UTF-8", secret: "p\ufffdssword" },
  ];
  for (const { what, secret } of unfit) {
    void it(`is refused for a new key when it ${what}, and is not in the message`, () => {
      const given = sources({ KMS_PKI_PASSPHRASE: secret });
      assert.equal(requireSecret(PASSPHRASE, given), secret);
      assert.throws(
        () => requireNewPassphrase(given),
        (error) => !String(error).includes(secret) && withCode("INPUT_INVALID", /passphrase of the key files/)(error),
      );
    });
  }

  void it("of 1,024 bytes is accepted for a new key", () => {
    assert.equal(requireNewPassphrase(sources({ KMS_PKI_PASSPHRASE: "ä".repeat(512) })).length, 512);
  });

  void it("is read from an absolute path, or one relative to the project folder", () => {
    const absolute = join(rootDirectory, "env.txt");
    assert.equal(findSecret(PASSPHRASE, sources({ KMS_PKI_PASSPHRASE_FILE: absolute })), "from the environment's file");
    assert.equal(
      findSecret(PASSPHRASE, sources({}, { passphraseFile: "folder/../config.txt" })),
      "from the config's file",
    );
  });

  const unusable: readonly { what: string; name: string; message: RegExp }[] = [
    { what: "is missing", name: "absent.txt", message: /"absent\.txt" .* cannot be read: ENOENT/ },
    { what: "is a folder", name: "folder", message: /"folder" .* cannot be read: EISDIR/ },
    { what: "is empty", name: "empty.txt", message: /"empty\.txt" .* is empty/ },
    { what: "contains only a newline", name: "newline.txt", message: /"newline\.txt" .* is empty/ },
  ];
  for (const { what, name, message } of unusable) {
    void it(`never falls back to another source when the environment's file ${what}`, () => {
      const environment = { KMS_PKI_PASSPHRASE_FILE: name };
      const find = (): unknown => findSecret(PASSPHRASE, { ...everything, environment });
      assert.throws(find, withCode("SECRET_MISSING", message));
      assert.throws(find, withCode("SECRET_MISSING", /KMS_PKI_PASSPHRASE_FILE names for the passphrase of the key/));
    });
    void it(`never falls back to another source when the config's file ${what}`, () => {
      assert.throws(
        () => findSecret(PASSPHRASE, sources({}, { passphraseFile: name, passphrase: "other" })),
        withCode("SECRET_MISSING", message),
      );
    });
  }

  void it("that is required but not given is refused with every way to give it", () => {
    assert.throws(
      () => requireSecret(PASSPHRASE, sources({})),
      withCode(
        "SECRET_MISSING",
        /KMS_PKI_PASSPHRASE_FILE or KMS_PKI_PASSPHRASE .*kms-pki:passphraseFile.*--secret kms-pki:passphrase"/,
      ),
    );
  });

  void it("is never in a problem's message, whichever source is refused", () => {
    const secret = "correct horse battery staple";
    const name = file("refused.txt", "\n");
    const problems = [
      ...checkSecret(() => requireSecret(PASSPHRASE, sources({}, { provisionerPassword: secret }))),
      ...checkSecret(() => requireSecret(PASSPHRASE, sources({}, { passphraseFile: name, passphrase: secret }))),
      ...checkSecret(() =>
        requireProvisionerPassword(
          sources({ KMS_PKI_PASSPHRASE: secret, KMS_PKI_PROVISIONER_PASSWORD_FILE: "absent.txt" }),
        ),
      ),
    ];
    assert.deepEqual(found(problems), ["SECRET_MISSING ", "SECRET_MISSING ", "SECRET_MISSING "]);
    assert.doesNotMatch(problems.map(describeProblem).join("\n"), /correct|horse|battery|staple/);
  });
});

void describe("A secret for one device", () => {
  const rootDirectory = temporaryDirectory();
  writeFileSync(join(rootDirectory, "own.txt"), "own\n");
  const sources = (environment: Record<string, string>, config: Record<string, string> = {}): SecretSources => ({
    environment,
    config: (key) => config[key],
    rootDirectory,
  });

  const places: readonly {
    what: string;
    sources: SecretSources;
    device?: number;
    expected: FoundSecret | undefined;
  }[] = [
    {
      what: "its own variable in preference to the common one",
      sources: sources({ KMS_PKI_PIN: "common", KMS_PKI_PIN_11: "own" }),
      device: 11,
      expected: { value: "own" },
    },
    {
      what: "its own file named by the environment",
      sources: sources({ KMS_PKI_PIN: "common", KMS_PKI_PIN_11_FILE: "own.txt" }),
      device: 11,
      expected: { file: "own.txt", source: "KMS_PKI_PIN_11_FILE" },
    },
    {
      what: "its own file named by the config in preference to the common variable",
      sources: sources({ KMS_PKI_PIN: "common" }, { pin_11File: "own.txt", pin_11: "later" }),
      device: 11,
      expected: { file: "own.txt", source: "kms-pki:pin_11File" },
    },
    {
      what: "its own secret config value in preference to the common variable",
      sources: sources({ KMS_PKI_PIN: "common" }, { pin_11: "own" }),
      device: 11,
      expected: { value: "own" },
    },
    {
      what: "the common one when its own are empty",
      sources: sources({ KMS_PKI_PIN_11: "", KMS_PKI_PIN_11_FILE: "" }, { pin_11: "", pin_11File: "", pin: "common" }),
      device: 11,
      expected: { value: "common" },
    },
    {
      what: "the common one when another device has its own",
      sources: sources({ KMS_PKI_PIN_11: "own", KMS_PKI_PIN_1: "own", KMS_PKI_PIN_FILE: "common.txt" }),
      device: 111,
      expected: { file: "common.txt", source: "KMS_PKI_PIN_FILE" },
    },
    {
      what: "the common one when the device is not known",
      sources: sources({ KMS_PKI_PIN_11: "own", KMS_PKI_PIN: "common" }),
      expected: { value: "common" },
    },
    {
      what: "nothing when there is none",
      sources: sources({ KMS_PKI_PIN_11: "own" }),
      device: 22,
      expected: undefined,
    },
  ];
  for (const { what, sources, device, expected } of places) {
    void it(`is found as ${what}, without reading a file`, () => {
      assert.deepEqual(locateSecret(PIN, sources, device), expected);
    });
  }

  void it("is read from its own file", () => {
    assert.equal(findSecret(PIN, sources({ KMS_PKI_PIN: "common" }, { pin_11File: "own.txt" }), 11), "own");
    assert.equal(findSecret(MANAGEMENT_KEY, sources({ KMS_PKI_MANAGEMENT_KEY_11: "own" }), 11), "own");
  });

  void it("never falls back to the common one when its own file cannot be read", () => {
    assert.throws(
      () => findSecret(PIN, sources({ KMS_PKI_PIN: "74839201", KMS_PKI_PIN_11_FILE: "absent.txt" }), 11),
      (error) =>
        !String(error).includes("74839201") &&
        withCode("SECRET_MISSING", /"absent\.txt" that KMS_PKI_PIN_11_FILE names for the PIN of the YubiKey/)(error),
    );
  });

  void it("that is required but not given is reported under the common name", () => {
    assert.throws(
      () => requireSecret(PIN, sources({ KMS_PKI_PIN_22: "x" }), 11),
      withCode("SECRET_MISSING", /KMS_PKI_PIN_FILE or KMS_PKI_PIN .*kms-pki:pinFile.*--secret kms-pki:pin"/),
    );
  });
});

void describe("The provisioner's password", () => {
  const sources = (environment: Record<string, string>): SecretSources => ({
    environment,
    config: () => undefined,
    rootDirectory: temporaryDirectory(),
  });

  void it("is its own when given", () => {
    const environment = { KMS_PKI_PROVISIONER_PASSWORD: "own", KMS_PKI_PASSPHRASE: "passphrase" };
    assert.equal(requireProvisionerPassword(sources(environment)), "own");
  });

  void it("is otherwise the passphrase", () => {
    assert.equal(requireProvisionerPassword(sources({ KMS_PKI_PASSPHRASE: "passphrase" })), "passphrase");
  });

  void it("is not the passphrase when its own file cannot be read", () => {
    const environment = { KMS_PKI_PROVISIONER_PASSWORD_FILE: "absent", KMS_PKI_PASSPHRASE: "passphrase" };
    assert.throws(() => requireProvisionerPassword(sources(environment)), withCode("SECRET_MISSING", /"absent"/));
  });

  void it("is reported under its own name when neither is given", () => {
    assert.throws(
      () => requireProvisionerPassword(sources({})),
      withCode("SECRET_MISSING", /password of the JWK provisioner is not given.*KMS_PKI_PROVISIONER_PASSWORD_FILE/),
    );
  });
});

void describe("A check of a secret", () => {
  void it("finds nothing when the secret is there", () => {
    assert.deepEqual(
      checkSecret(() => "secret"),
      [],
    );
  });

  void it("passes on every other error", () => {
    assert.throws(
      () =>
        checkSecret(() => {
          throw new TypeError("a defect");
        }),
      (error) => error instanceof TypeError && messageOf(error) === "a defect",
    );
  });
});
