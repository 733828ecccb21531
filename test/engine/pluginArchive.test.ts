import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { CHECKOUT, PulumiProject, UP_WITHOUT_PREVIEW } from "./project";

const STACK = ["--stack", "test"];

/** A program that says nothing of where the plugin is. */
const program = (options = ""): string => `
name: acme
runtime: yaml
resources:
  key: { type: kms-pki:SoftKey${options} }
`;

void describe("An archive of the plugin", { skip: missing("pulumi", "pulumi-language-yaml", "tar") }, () => {
  const folder = temporaryDirectory();
  const archives = join(folder, "archives");
  const system = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const asked: string[] = [];
  let version: string;
  let server: Server;
  let url: string;

  before(async () => {
    server = createServer(({ url: path = "" }, response) => {
      asked.push(path);
      const file = join(archives, basename(path));
      if (existsSync(file)) {
        response.end(readFileSync(file)); // with its length, which the engine requires
      } else {
        response.writeHead(404).end();
      }
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    execFileSync(join(CHECKOUT, "toolchain", "plugin.sh"), [archives], {
      stdio: "pipe",
      env: { ...process.env, PLUGIN_DOWNLOAD_URL: url },
    });
    [, version = ""] = /-v(.*)-linux-amd64/.exec(readdirSync(archives).join("\n")) ?? [];
  });
  after(() => {
    server.close();
  });

  /** A project with an installation of Pulumi that has no plugin. */
  const freshProject = async (text: string): Promise<PulumiProject> => {
    const project = await PulumiProject.existing((directory) => {
      writeFileSync(join(directory, "Pulumi.yaml"), text);
    });
    const home = join(project.scratch, "pulumi-home");
    mkdirSync(home);
    project.setEnvironment({ PULUMI_HOME: home });
    return project;
  };

  void it("is there for Linux, macOS and Windows, with a launcher, and nothing native", () => {
    const names = readdirSync(archives).map((name) => name.replace(`pulumi-resource-kms-pki-v${version}-`, ""));
    const systems = ["darwin", "linux", "windows"].flatMap((os) => [`${os}-amd64.tar.gz`, `${os}-arm64.tar.gz`]);
    assert.deepEqual(names.sort(), systems);
    for (const [name, launcher] of [
      ["darwin-arm64", "pulumi-resource-kms-pki"],
      ["windows-amd64", "pulumi-resource-kms-pki.cmd"],
    ] as const) {
      const archive = join(archives, `pulumi-resource-kms-pki-v${version}-${name}.tar.gz`);
      const listed = execFileSync("tar", ["-tzf", archive], { encoding: "utf8", maxBuffer: 2 ** 26 }).split("\n");
      assert.ok(listed.includes(launcher));
      assert.deepEqual(
        listed.filter((file) => /\.node$|node_modules\/(?:@aws-sdk|@google-cloud|pcsclite|pkcs11js)\//.test(file)),
        [],
      );
    }
  });

  void it("is installed from its file, and serves a program that names no plugin", async () => {
    const project = await freshProject(program());
    try {
      const file = join(archives, `pulumi-resource-kms-pki-v${version}-${system}.tar.gz`);
      await project.succeed(["plugin", "install", "resource", "kms-pki", version, "--file", file]);
      await project.succeed([...UP_WITHOUT_PREVIEW, ...STACK]);
      assert.ok(existsSync(join(project.directory, "keys", "key.pem")));
      await project.succeed([...UP_WITHOUT_PREVIEW, ...STACK, "--expect-no-changes"]);
    } finally {
      project.remove();
    }
  });

  void it("is fetched from the address that a program gives, and its schema has that address", async () => {
    const options = `, options: { version: ${version}, pluginDownloadURL: "${url}" }`;
    const project = await freshProject(program(options));
    project.setEnvironment({ PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false" });
    try {
      await project.succeed([...UP_WITHOUT_PREVIEW, ...STACK]);
      assert.ok(existsSync(join(project.directory, "keys", "key.pem")));
      assert.deepEqual([...new Set(asked)], [`/pulumi-resource-kms-pki-v${version}-${system}.tar.gz`]);
      const { stdout } = await project.succeed(["package", "get-schema", `kms-pki@${version}`]);
      const schema = JSON.parse(stdout) as { version: string; pluginDownloadURL: string };
      assert.deepEqual([schema.version, schema.pluginDownloadURL], [version, url]);
    } finally {
      project.remove();
    }
  });
});
