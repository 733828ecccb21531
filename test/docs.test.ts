import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";
import { anchors, relativeLinks } from "./documentation/links";
import { documents, shellBlocks } from "./documentation/shellBlocks";
import { CHECKOUT } from "./engine/project";

/** The TypeScript in fenced blocks of a text, without the prefix of each line (` * ` in doc comments). */
function fencedTypeScript(text: string): string[] {
  return [...text.matchAll(/^([ *]*)```ts\n([\s\S]*?)^\1```$/gm)].map(([, margin = "", code = ""]) =>
    code
      .split("\n")
      .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^ *\*$/, "")))
      .join("\n"),
  );
}

function compile(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

function textOf(file: string): string {
  return readFileSync(join(CHECKOUT, file), "utf8");
}

/** Blocks of commands that no test can run, by words in them, and the reason. */
const NOT_RUN: readonly { readonly words: string; readonly why: string }[] = [
  {
    words: "npm install pulumi-kms-pki     #",
    why: "the package is on no registry yet; engine/package installs it packed",
  },
  { words: "npm install pulumi-kms-pki @pulumi/pulumi @pulumi/aws", why: "as above" },
  {
    words: "gets the plugin for the program in YAML",
    why: "the package is on no registry yet; engine/plugin previews the program, and engine/pluginAuthority exports such an authority",
  },
  {
    words: "npm install --save-dev pulumi-kms-pki-policies\n",
    why: "the package is on no registry yet; engine/policies installs it packed",
  },
  {
    words: "and in it the SDK for Python",
    why: "the package is on no registry yet; engine/python runs the program with the wheel of the SDK, and exports its authority",
  },
  {
    words: "pulumi package gen-sdk",
    why: "it takes a newer language host than can be built; engine/go runs the program with the SDK that Pulumi's generator makes",
  },
  {
    words: "npm install pulumi-kms-pki\n",
    why: "as above; engine/plugin and engine/python run the plugin of the checkout",
  },
  { words: "cmd/run-policy-pack", why: "engine/policies starts the pack in the same way, by a runtime of its own" },
  {
    words: "npm install @pulumi/aws @aws-sdk/client-kms",
    why: "engine/python, engine/go and engine/pluginAwskms run such programs with the packages of the checkout",
  },
  { words: "kms-pki adopt --import import.json", why: "engine/pluginImport runs it for a CA in another folder" },
  { words: "make plugin", why: "engine/pluginArchive packs the archives to a folder of its own, and installs one" },
  { words: "aws iam create-open-id-connect-provider", why: "it takes an account of AWS and one of GitHub" },
  { words: "gcloud iam workload-identity-pools create", why: "it takes an account of Google and one of GitHub" },
  { words: "pulumi stack init prod --secrets-provider", why: "it takes an account of AWS or Google for the state" },
  {
    words: "kms-pki:deploy.hosts[0].ssh",
    why: "it takes a host; cli/deploy/ssh has one, and engine/readme sets one without ssh",
  },
  {
    words: "systemctl show --property MainPID",
    why: "it takes step-ca as a service of systemd; cli/deploy/deploy signals one by its process",
  },
  {
    words: "kms-pki:compromised[0]",
    why: "world/compromise sets it, and world/compromiseStepCa runs the whole with step-ca",
  },
  { words: "gcloud privateca certificates create", why: "it takes an account of Google" },
  { words: "pulumi config set s3Bucket BUCKET", why: "it takes a bucket of AWS; world/crlExample runs the program" },
  {
    words: "pulumi config set certificateAuthorityArn ARN",
    why: "it takes a CA of AWS; world/awsPrivateCaExample runs the program",
  },
  {
    words: "pulumi config set pool POOL",
    why: "it takes a pool of Google's CA Service; world/googleCaServiceExample runs the program",
  },
  {
    words: "kms-pki:databaseType postgresql",
    why: "world/database sets it, and world/sharedDatabase runs step-ca on it",
  },
  {
    words: "pulumi config set databaseUrl",
    why: "it takes a cluster and an account of AWS or Google; world/kubernetesExample and kubernetes/cluster run it in parts",
  },
  { words: "helm upgrade --install", why: "it takes a cluster; cli/exportHelm reads the values" },
  { words: "kubectl create secret", why: "it takes a cluster; kubernetes/cluster runs it with one" },
  { words: "kubectl apply -k", why: "as above; cli/exportKustomize runs kustomize on the folder" },
  { words: "make test     #", why: "it is what runs this test" },
  { words: "make test                          #", why: "as above" },
];

void describe("The documentation", () => {
  const sources = [
    ...documents(),
    ...readdirSync(join(CHECKOUT, "provider"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join("provider", file)),
  ];
  const examples = sources.flatMap((source) =>
    fencedTypeScript(readFileSync(join(CHECKOUT, source), "utf8")).map((code) => ({ source, code })),
  );

  void it("has examples that each compile on their own against the package by its name", () => {
    assert.ok(examples.length >= 6, String(examples.length));
    const directory = join(CHECKOUT, "dist", "documentation");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const files = examples.map(({ source, code }, index) => {
      const file = join(directory, `${String(index)}-${source.replaceAll(/[^A-Za-z0-9]/g, "-")}.ts`);
      writeFileSync(file, code);
      return file;
    });
    assert.deepEqual(compile(files), []);
  });

  void it("has example projects that compile against the package by its name", () => {
    const all = readdirSync(join(CHECKOUT, "examples"));
    const projects = all.filter((project) => existsSync(join(CHECKOUT, "examples", project, "index.ts")));
    for (const example of [
      "softkms",
      "aws-kms",
      "cloud-kms",
      "yubikey",
      "offline-root",
      "crl",
      "aws-private-ca",
      "kubernetes",
      "google-ca-service",
    ]) {
      assert.ok(projects.includes(example), projects.join(", "));
    }
    // Compile them elsewhere, because the package would have to be installed in their folder.
    const directory = join(CHECKOUT, "dist", "examples");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const files = projects.map((project) => {
      const file = join(directory, `${project}.ts`);
      copyFileSync(join(CHECKOUT, "examples", project, "index.ts"), file);
      return file;
    });
    assert.deepEqual(compile(files), []);
  });

  void it("has an example for every resource and component that a program constructs", () => {
    const documented = examples.map(({ source }) => source);
    for (const file of [
      "resources/existingKey",
      "resources/certificate",
      "resources/certificateRequest",
      "resources/certificateRevocationList",
      "resources/jwkProvisioner",
      "kms/softkms/program/softKey",
      "kms/yubikey/program/yubiKey",
      "kms/yubikey/program/pivKey",
      "kms/yubikey/program/pivCertificate",
      "authority/program/certificateAuthority",
      "kms/awskms/program/awsKmsKeys",
      "kms/cloudkms/program/cloudKmsKeys",
      "kms/yubikey/program/pivKeys",
      "kms/pkcs11/program/pkcs11Key",
      "kms/pkcs11/program/pkcs11Certificate",
      "kms/pkcs11/program/pkcs11Keys",
    ]) {
      assert.ok(documented.includes(join("provider", `${file}.ts`)), file);
    }
  });

  void it("names every setting of the root stack in the tables of docs/", () => {
    const tables = documents()
      .filter((file) => /^docs\/[\w-]+\.md$/.test(file))
      .flatMap((file) => textOf(file).split("\n"))
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(" | ")[0] ?? "")
      .join("\n");
    const config = textOf("Pulumi.yaml").split("\nconfig:\n")[1] ?? "";
    const settings = [...config.matchAll(/^ {2}(\w+):$/gm)].map(([, name = ""]) => name);
    assert.ok(settings.length > 10);
    for (const setting of settings) {
      assert.ok(tables.includes(`\`${setting}\``), setting);
    }
  });

  void it("tells the Pulumi Registry what it asks for, with every setting of the provider", () => {
    for (const page of ["_index", "installation-configuration"]) {
      const [, front = ""] = /^---\n([^]*?)\n---\n/.exec(textOf(`docs/registry/${page}.md`)) ?? [];
      assert.match(front, /^title: \S.*\nmeta_desc: \S.*\nlayout: package$/, page);
    }
    const { config } = JSON.parse(textOf("provider/plugin/schema.json")) as { config: { variables: object } };
    const settings = [...textOf("docs/registry/installation-configuration.md").matchAll(/^\| `kms-pki:(\w+)`/gm)];
    assert.deepEqual(
      settings.map(([, name]) => name),
      Object.keys(config.variables),
    );
  });

  void it("describes every error code in docs/errors.md, and no other", () => {
    const described = textOf("docs/errors.md").split(/^### /m).slice(1);
    const codes = [...textOf("provider/errors.ts").matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code = ""]) => code);
    assert.ok(codes.length > 50, String(codes.length));
    assert.deepEqual(described.map((section) => section.split("\n")[0]).sort(), [...codes].sort());
    for (const section of described) {
      assert.match(section, /^- \*\*When:\*\* \S[^]*^- \*\*Why:\*\* \S[^]*^- \*\*What to do:\*\* \S/m);
    }
  });

  void it("describes no error code that the code never throws", () => {
    const made = readdirSync(join(CHECKOUT, "provider"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && file !== "errors.ts")
      .map((file) => textOf(join("provider", file)))
      .join("\n");
    const codes = [...textOf("provider/errors.ts").matchAll(/^ {2}\| ("[A-Z_]+")/gm)].map(([, code = ""]) => code);
    assert.deepEqual(
      codes.filter((code) => !made.includes(code)),
      [],
    );
  });

  void it("generates the API reference of every entry point of the package", () => {
    const { exports } = JSON.parse(textOf("package.json")) as { exports: Record<string, string | { types: string }> };
    const sources = Object.entries(exports).flatMap(([name, target]) =>
      typeof target === "string" || name === "./lifecycle" // the engine's own
        ? []
        : [target.types.replace("./dist/", "").replace(/\.d\.ts$/, ".ts")],
    );
    const { entryPoints } = JSON.parse(textOf("typedoc.json")) as { entryPoints: string[] };
    const found = entryPoints.flatMap((pattern) => globSync(pattern, { cwd: CHECKOUT }));
    assert.deepEqual(found.sort(), sources.sort());
  });

  void it("has relative links that all lead somewhere", () => {
    const links = documents().flatMap(relativeLinks);
    assert.ok(links.length > 100, String(links.length));
    const broken = links.filter(
      ({ path, anchor }) =>
        !existsSync(join(CHECKOUT, path)) || (anchor !== undefined && !anchors(path).includes(anchor)),
    );
    assert.deepEqual(
      broken.map(({ from, text }) => `${from}: ${text}`),
      [],
    );
  });

  void it("names only existing files in CONTRIBUTING, and at most eight for each task", () => {
    const [, tasks = ""] = textOf("CONTRIBUTING.md").split("## Common tasks\n");
    const sections = (tasks.split(/^## /m)[0] ?? "").split(/^### /m).slice(1);
    assert.equal(sections.length, 4);
    for (const section of sections) {
      const steps = section.split("\n").filter((line) => /^\d\. /.test(line));
      assert.ok(steps.length <= 8, section);
      const paths = [...section.matchAll(/`([\w./-]+\/[\w./-]*|[\w-]+\.(?:json|yaml|md))`/g)].map(
        ([, path = ""]) => path,
      );
      assert.ok(paths.length >= steps.length, section);
      const missing = paths.filter(
        (path) => !path.includes("NAME") && path !== "program/" && !existsSync(join(CHECKOUT, path)),
      );
      assert.deepEqual(missing, []);
    }
  });

  void it("has a README of at most 200 lines and a DESIGN of at most 120", () => {
    const lines = (file: string): number => textOf(file).trimEnd().split("\n").length;
    assert.ok(lines("README.md") <= 200, String(lines("README.md")));
    assert.ok(lines("DESIGN.md") <= 120, String(lines("DESIGN.md")));
  });

  void it("has no shell line that is neither tested nor listed with a reason", () => {
    const tests = readdirSync(join(CHECKOUT, "test"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFileSync(join(CHECKOUT, "test", file), "utf8"))
      .join("\n");
    const run = [...tests.matchAll(/shellBlock\(\s*(?:README|"([^"]+)"),\s*"((?:[^"\\]|\\.)+)"/g)].map(
      ([, file = "README.md", words = ""]) => ({ file, words: JSON.parse(`"${words}"`) as string }),
    );
    const excused = NOT_RUN.map(({ words }) => words);
    for (const { file, text } of shellBlocks()) {
      assert.ok(
        run.some((block) => block.file === file && text.includes(block.words)) ||
          excused.some((words) => text.includes(words)),
        `${file} has lines that no test runs:\n${text}`,
      );
    }
    for (const words of excused) {
      assert.ok(
        shellBlocks().some(({ text }) => text.includes(words)),
        `no block holds "${words}" any more`,
      );
    }
  });
});
