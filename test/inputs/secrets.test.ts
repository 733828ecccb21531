import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { messageOf } from "../../provider/errors";
import { describeProblem } from "../../provider/inputs/problem";
import {
  checkSecret,
  findSecret,
  requireProvisionerPassword,
  requireSecret,
  type SecretSources,
} from "../../provider/inputs/secrets";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { found } from "./found";

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
    { what: "the environment before all others", sources: everything, expected: "from the environment" },
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
      what: "the config's value when its file is the empty default",
      sources: sources({}, { passphraseFile: "", passphrase: "from the config" }),
      expected: "from the config",
    },
    { what: "nothing when there is none", sources: sources({}), expected: undefined },
    { what: "nothing when all are empty", sources: sources({}, { passphrase: "" }), expected: undefined },
    {
      what: "nothing of the other secret",
      sources: sources({ KMS_PKI_PROVISIONER_PASSWORD: "x" }, { provisionerPassword: "x" }),
      expected: undefined,
    },
  ];
  for (const { what, sources, expected } of orders) {
    void it(`is taken from ${what}`, () => {
      assert.equal(findSecret("passphrase", sources), expected);
    });
  }

  const files: readonly { what: string; content: string; expected: string }[] = [
    { what: "as it is without a newline", content: "secret", expected: "secret" },
    { what: "without its last newline", content: "secret\n", expected: "secret" },
    { what: "without its last Windows newline", content: "secret\r\n", expected: "secret" },
    { what: "without one newline of two", content: "secret\n\n", expected: "secret\n" },
    { what: "with its spaces and inner newlines", content: " se\ncret \n", expected: " se\ncret " },
    { what: "as UTF-8", content: "pässwörd🔑\n", expected: "pässwörd🔑" },
  ];
  for (const { what, content, expected } of files) {
    void it(`is read from a file ${what}`, () => {
      const name = file("secret.txt", content);
      assert.equal(findSecret("passphrase", sources({ KMS_PKI_PASSPHRASE_FILE: name })), expected);
    });
  }

  void it("is read from an absolute path as well as from one below the project's folder", () => {
    const absolute = join(rootDirectory, "env.txt");
    assert.equal(
      findSecret("passphrase", sources({ KMS_PKI_PASSPHRASE_FILE: absolute })),
      "from the environment's file",
    );
    assert.equal(
      findSecret("passphrase", sources({}, { passphraseFile: "folder/../config.txt" })),
      "from the config's file",
    );
  });

  const unusable: readonly { what: string; name: string; message: RegExp }[] = [
    { what: "is missing", name: "absent.txt", message: /"absent\.txt" .* cannot be read: ENOENT/ },
    { what: "is a folder", name: "folder", message: /"folder" .* cannot be read: EISDIR/ },
    { what: "is empty", name: "empty.txt", message: /"empty\.txt" .* is empty/ },
    { what: "holds a newline alone", name: "newline.txt", message: /"newline\.txt" .* is empty/ },
  ];
  for (const { what, name, message } of unusable) {
    void it(`never falls through to another source when the environment's file ${what}`, () => {
      const environment = { KMS_PKI_PASSPHRASE_FILE: name };
      const find = (): unknown => findSecret("passphrase", { ...everything, environment });
      assert.throws(find, withCode("SECRET_MISSING", message));
      assert.throws(find, withCode("SECRET_MISSING", /KMS_PKI_PASSPHRASE_FILE names for the passphrase of the key/));
    });
    void it(`never falls through to another source when the config's file ${what}`, () => {
      assert.throws(
        () => findSecret("passphrase", sources({}, { passphraseFile: name, passphrase: "other" })),
        withCode("SECRET_MISSING", message),
      );
    });
  }

  void it("that is required and given nowhere is refused with every way to give it", () => {
    assert.throws(
      () => requireSecret("passphrase", sources({})),
      withCode(
        "SECRET_MISSING",
        /KMS_PKI_PASSPHRASE_FILE or KMS_PKI_PASSPHRASE .*kms-pki:passphraseFile.*--secret kms-pki:passphrase"/,
      ),
    );
  });

  void it("never stands in a problem's message, whichever source is refused", () => {
    const secret = "correct horse battery staple";
    const name = file("refused.txt", "\n");
    const problems = [
      ...checkSecret(() => requireSecret("passphrase", sources({}, { provisionerPassword: secret }))),
      ...checkSecret(() => requireSecret("passphrase", sources({}, { passphraseFile: name, passphrase: secret }))),
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

void describe("The provisioner's password", () => {
  const sources = (environment: Record<string, string>): SecretSources => ({
    environment,
    config: () => undefined,
    rootDirectory: temporaryDirectory(),
  });

  void it("is its own when it has one", () => {
    const environment = { KMS_PKI_PROVISIONER_PASSWORD: "own", KMS_PKI_PASSPHRASE: "passphrase" };
    assert.equal(requireProvisionerPassword(sources(environment)), "own");
  });

  void it("is else the passphrase", () => {
    assert.equal(requireProvisionerPassword(sources({ KMS_PKI_PASSPHRASE: "passphrase" })), "passphrase");
  });

  void it("is not the passphrase when its own file cannot be read", () => {
    const environment = { KMS_PKI_PROVISIONER_PASSWORD_FILE: "absent", KMS_PKI_PASSPHRASE: "passphrase" };
    assert.throws(() => requireProvisionerPassword(sources(environment)), withCode("SECRET_MISSING", /"absent"/));
  });

  void it("is asked for by its own name when neither is given", () => {
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

  void it("lets every other error through", () => {
    assert.throws(
      () =>
        checkSecret(() => {
          throw new TypeError("a defect");
        }),
      (error) => error instanceof TypeError && messageOf(error) === "a defect",
    );
  });
});
