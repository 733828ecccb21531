import assert from "node:assert/strict";
import { type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { after, before, describe, it } from "node:test";
import { until } from "../fixtures/waiting";
import { generationLabel } from "../../provider/rotation/authorityPart";
import type { RotationArgs } from "../../provider/rotation/rotation";
import { SshServer } from "../fixtures/sshServer";
import { missing, runTool } from "../tools";
import { provisionerFlags } from "../engine/issuesCertificates";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { RotationStack } from "../engine/rotationStack";
import { freePort } from "../fixtures/freePort";
import { issuersFrom } from "../engine/servedIssuers";
import { StepCa } from "../engine/stepCa";
import { certificatesOf, leadsToServed, type Served } from "./served";
import { WorldProject } from "./worldProject";

const DAY = 86_400_000;
/** step-ca and its clients have the time of today, so the rotation has come as far as its last moment here by now. */
const START = Date.now() - 101 * DAY;
const SCHEDULE = {
  start: new Date(START).toISOString(),
  ...{ every: "100d", publishBefore: "40d", retireAfter: "40d" },
};

/** All keys have one schedule, so at each moment there is a key of each kind in the same states. */
const ROTATION: RotationArgs = { root: SCHEDULE, intermediate: SCHEDULE, ssh: SCHEDULE };

/** A day of each moment, and the generations then. */
const MOMENTS = [
  { on: 10, states: { 0: "active, alone" } },
  { on: 70, states: { 0: "active before the published one", 1: "published" } },
  { on: 100.5, states: { 1: "active after the retiring one", 0: "retiring" } },
] as const;

/** Two kinds that share nothing are compromised together, which saves half of the runs. */
const TOGETHER = [
  ["root", "ssh-user"],
  ["intermediate", "ssh-host"],
] as const;

/** What a project tells. */
type Outputs = Served & {
  readonly crls: readonly { readonly name: string; readonly url: string; readonly pem: string }[];
  readonly intermediateCertificate: string;
  readonly sshTrustedUserCaKeys: string;
  readonly sshCertAuthority: string;
};

const skip = missing("step-ca", "step", "openssl", "ssh", "ssh-keygen", "sshd");

void describe("step-ca, openssl and OpenSSH on the day on which a key is compromised", { skip }, () => {
  let stack: RotationStack<WorldProject>;
  let port: number;
  let ca: StepCa | undefined;
  /** What was issued before, by the generation that signed it. */
  const [leaves, users, hosts] = [new Map<number, string>(), new Map<number, string>(), new Map<number, string>()];
  /** The lists of intermediates as they were last in service, by name. */
  const lists = new Map<string, string>();
  let known: Outputs;

  const scratch = (file: string): string => join(stack.project.scratch, file);
  const written = (file: string, text: string): string => {
    writeFileSync(scratch(file), text);
    return scratch(file);
  };
  const outputsOf = async (project: WorldProject): Promise<Outputs> => (await project.outputs()) as unknown as Outputs;

  /** Exports, reloads step-ca, and waits until it serves what the outputs say. */
  const handOver = async (project: WorldProject): Promise<Outputs> => {
    const directory = join(stack.project.directory, "ca");
    const exported = await project.kmsPki(["export", "--dir", directory]);
    assert.equal(exported.code, 0, exported.output);
    nameLists(join(directory, "ca.json"));
    const outputs = await outputsOf(project);
    ca ??= await StepCa.start(directory, stack.project.passphraseFile, port, scratch("step"));
    ca.reload();
    const expected = servedBy(outputs);
    let served: unknown;
    const serves = async (): Promise<boolean> => {
      served = await ask(port);
      return JSON.stringify(served) === JSON.stringify(expected);
    };
    await until("step-ca serves what the outputs say", serves, {
      known: () => `${JSON.stringify({ served, expected })}\n${String(ca?.log)}`,
    });
    return outputs;
  };
  let issued = 0;
  const issue = async (args: readonly string[], name: string): Promise<string> => {
    await ca?.step([...args, ...provisionerFlags(stack.project)]);
    return scratch(join("step", name));
  };
  /** A leaf that names the list of its issuer. */
  const issueTls = ({ crls, intermediates: [active] }: Outputs): Promise<string> => {
    issued += 1;
    const name = `leaf-${String(issued)}.crt`;
    const list = crls.find((each) => each.name === generationLabel("intermediate", active?.generation ?? -1));
    const said = ["--set", `crl=${list?.url ?? ""}`];
    return issue(["ca", "certificate", "localhost", name, `${name}.key`, ...said], name);
  };
  const issueSsh = (kind: "user" | "host"): Promise<string> => {
    issued += 1;
    const [name, principal] = [`${kind}-${String(issued)}`, kind === "user" ? SshServer.user : "127.0.0.1"];
    const flags = [...(kind === "host" ? ["--host"] : []), "--no-password", "--insecure", "--no-agent"];
    return issue(["ssh", "certificate", principal, name, "--principal", principal, ...flags], name);
  };
  /** What openssl says of a leaf that a client verifies with one root and the lists of its issuers. */
  const verified = (leaf: string, root: string, { crls }: Outputs): string => {
    const all = [...new Map([...lists, ...crls.map(({ name, pem }) => [name, pem] as const)]).values()];
    const files = ["-CAfile", written("root.pem", root), "-CRLfile", written("lists.pem", all.join(""))];
    try {
      return runTool("openssl", ["verify", "-x509_strict", "-crl_check_all", ...files, "-untrusted", leaf, leaf]);
    } catch (error) {
      return String((error as { readonly stderr?: unknown }).stderr);
    }
  };
  const remember = async (outputs: Outputs): Promise<void> => {
    const [tls, user, host] = [outputs.intermediates, outputs.sshUserKeys, outputs.sshHostKeys].map(
      ([active]) => active?.generation ?? -1,
    ) as [number, number, number];
    leaves.set(tls, await issueTls(outputs));
    users.set(user, await issueSsh("user"));
    hosts.set(host, await issueSsh("host"));
    for (const { name, pem } of outputs.crls) {
      lists.set(name, pem);
    }
    known = outputs;
  };

  before(async () => {
    port = await freePort();
    const project = await WorldProject.rootStack({ "kms-pki:address": `127.0.0.1:${String(port)}` });
    stack = await RotationStack.over(project, ROTATION);
    await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl", every: "300d" });
  });
  after(async () => {
    await ca?.stop();
    stack.project.remove();
  });

  /** One up with these names, and the handover. */
  const compromise = async (labels: readonly string[], check: (outputs: Outputs) => Promise<void>): Promise<void> => {
    const copy = stack.project.copy();
    try {
      await copy.setConfigObject("kms-pki:compromised", labels);
      await copy.succeed(UP_WITHOUT_PREVIEW);
      const outputs = await handOver(copy);
      assert.deepEqual(outputs.compromise?.generations, labels);
      await check(outputs);
    } finally {
      copy.remove();
    }
  };

  const checkTls = async (outputs: Outputs, part: "root" | "intermediate", number: number): Promise<void> => {
    const list = part === "root" ? "roots" : "intermediates";
    const lost = new X509Certificate(known[list].find(({ generation }) => generation === number)?.certificate ?? "")
      .publicKey;
    for (const each of certificatesOf(outputs.intermediateBundle)) {
      assert.ok(!each.publicKey.equals(lost) && !each.verify(lost), `${each.subject} is of the compromised key`);
    }
    const next = await issueTls(outputs);
    for (const { certificate: root } of outputs.roots) {
      assert.match(verified(next, root, outputs), /: OK/);
      for (const [generation, leaf] of leaves) {
        const said = verified(leaf, root, outputs);
        if (part === "intermediate" && generation === number) {
          assert.match(said, /error 23 at 1 depth lookup: certificate revoked/);
        }
        assert.equal(
          said.includes(": OK"),
          leadsTo(leaf, root, lost),
          `a leaf of generation ${String(generation)}: ${said}`,
        );
      }
    }
  };

  const checkUsers = async ({ sshTrustedUserCaKeys, compromise: plan }: Outputs, number: number): Promise<void> => {
    const next = await issueSsh("user");
    const [trusted, revoked] = [written("trusted", sshTrustedUserCaKeys), written("revoked", "")];
    const server = await SshServer.start(scratch(`sshd-${String(issued)}`), await freePort(), trusted, revoked);
    try {
      assert.ok(server.admits(next));
      for (const [generation, user] of users) {
        assert.equal(server.admits(user), generation !== number, `a user of generation ${String(generation)}`);
      }
      written("trusted", known.sshTrustedUserCaKeys);
      written("revoked", plan?.sshRevokedKeys ?? "");
      for (const [generation, user] of users) {
        assert.equal(server.admits(user), generation !== number, `a user of generation ${String(generation)}`);
      }
    } finally {
      await server.stop();
    }
  };

  const checkHosts = async ({ sshCertAuthority, compromise: plan }: Outputs, number: number): Promise<void> => {
    const all = [...hosts, [undefined, await issueSsh("host")] as const];
    const trusted = written("known_hosts", `${sshCertAuthority}\n`);
    const former = written("former", `${known.sshCertAuthority}\n${plan?.sshRevokedHosts ?? ""}`);
    for (const [generation, host] of all) {
      const nobody = written("nobody", "");
      const server = await SshServer.start(scratch(`sshd-${String(issued)}`), await freePort(), nobody, nobody, host);
      try {
        assert.equal(server.isTrusted(trusted), generation !== number, `a host of generation ${String(generation)}`);
        if (generation !== undefined) {
          assert.equal(server.isTrusted(former), generation !== number, `a host of generation ${String(generation)}`);
        }
      } finally {
        await server.stop();
      }
    }
  };

  for (const { on, states } of MOMENTS) {
    void it(`serve and trust what there is on day ${String(on)}`, async () => {
      stack.at(START + on * DAY);
      await stack.up();
      await remember(await handOver(stack.project));
    });

    for (const [generation, state] of Object.entries(states)) {
      for (const [tls, ssh] of TOGETHER) {
        void it(`take the ${tls} and the ${ssh} key that is ${state} out of service in one up`, async () => {
          const number = Number(generation);
          await compromise([generationLabel(tls, number), generationLabel(ssh, number)], async (outputs) => {
            await checkTls(outputs, tls, number);
            await (ssh === "ssh-user" ? checkUsers : checkHosts)(outputs, number);
          });
        });
      }
    }
  }
});

/** Whether the certificates in the file of a leaf lead to a root, if none of them counts that a lost key has or has signed. */
function leadsTo(leafFile: string, rootPem: string, lost: KeyObject): boolean {
  const sound = certificatesOf(readFileSync(leafFile, "utf8")).filter(
    (each) => !each.verify(lost) && !each.publicKey.equals(lost),
  );
  const [leaf] = certificatesOf(readFileSync(leafFile, "utf8"));
  return leaf?.serialNumber === sound[0]?.serialNumber && leadsToServed(rootPem, sound.map(String).join(""));
}

/** Lets the JWK provisioner of a ca.json put the URL of a list into the certificates for which it is asked. */
function nameLists(file: string): void {
  const config = JSON.parse(readFileSync(file, "utf8")) as { authority: { provisioners: object[] } };
  const template = `{
    "subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}, "keyUsage": ["digitalSignature"],
    "extKeyUsage": ["serverAuth", "clientAuth"], "crlDistributionPoints": ["{{ .Insecure.User.crl }}"]
  }`;
  const provisioners = config.authority.provisioners.map((each) => ({ ...each, options: { x509: { template } } }));
  writeFileSync(file, JSON.stringify({ ...config, authority: { ...config.authority, provisioners } }));
}

/** What a step-ca serves: its chain, its roots and its SSH CA keys. */
interface Answers {
  readonly chain: readonly string[];
  readonly roots: readonly string[];
  readonly ssh: readonly string[];
}

/** What step-ca must serve according to the outputs. */
function servedBy({ intermediateBundle, roots, sshUserKeys, sshHostKeys }: Outputs): Answers {
  return {
    chain: certificatesOf(intermediateBundle).map(({ fingerprint256 }) => fingerprint256),
    roots: fingerprints(roots.map(({ certificate }) => certificate)),
    ssh: [...sshUserKeys, ...sshHostKeys].map(({ publicKey }) => publicKey.split(" ")[1] ?? "").sort(),
  };
}

/** What step-ca serves; undefined if it does not answer. */
async function ask(port: number): Promise<Answers | undefined> {
  try {
    const [{ chain, body: roots }, { body: ssh }] = [await answer(port, "/roots"), await answer(port, "/ssh/roots")];
    const { crts } = roots as { readonly crts: string[] };
    const { userKey, hostKey } = ssh as { readonly userKey: string[]; readonly hostKey: string[] };
    return { chain, roots: fingerprints(crts), ssh: [...userKey, ...hostKey].sort() };
  } catch {
    return undefined;
  }
}

function fingerprints(pems: readonly string[]): string[] {
  return pems.map((pem) => new X509Certificate(pem).fingerprint256).sort();
}

function answer(port: number, path: string): Promise<{ chain: string[]; body: unknown }> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, rejectUnauthorized: false, agent: false }, (response) => {
      assert.ok(response.socket instanceof TLSSocket);
      const chain = issuersFrom(response.socket);
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => {
        resolve({ chain, body: JSON.parse(text) });
      });
    }).on("error", reject);
  });
}
