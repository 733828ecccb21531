import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { CHECKOUT } from "../engine/project";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { findTool, missing } from "../tools";
import { issue } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";
import { issueList } from "./listing";
import { readCertificate } from "../../provider/x509/certificate";

const run = promisify(execFile);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const URL_OF = { root: "http://crl.example.com/root.crl", issuing: "http://crl.example.com/issuing.crl" };
const READERS = join(CHECKOUT, "test", "x509", "readers");

/** What the lists say in a case. */
type Case = "nothing is revoked" | "the intermediate is revoked" | "the leaf is revoked";

/** A program that verifies a path with lists: whether it accepts it, and what it says. */
interface Reader {
  readonly name: string;
  readonly skip: string | false;
  readonly verify: (when: Case, at: Date) => Promise<{ readonly accepts: boolean; readonly says: string }>;
  /** What it says of a revoked certificate, and of a list that has ended. */
  readonly revoked: RegExp;
  readonly ended: RegExp;
  /** It takes the clock of this machine, so it cannot be asked about another time. */
  readonly takesOwnClock?: true;
}

/** Certificates and lists that begin a day ago, so that programs which take the machine's clock read them. */
const BEGINNING = new Date(Math.floor(Date.now() / 1000) * 1000 - DAY);
const NEXT_UPDATE = new Date(BEGINNING.getTime() + 10 * DAY);

void describe("Revocation lists", { skip: missing("openssl") }, () => {
  const directory = temporaryDirectory();
  const file = (name: string): string => join(directory, name);
  const listsOf = (when: Case): string => file(`${when.replaceAll(" ", "-")}.crls`);
  const write = (name: string, content: string): string => {
    writeFileSync(file(name), content);
    return content;
  };
  const leafKey = keyPair("ECDSA_P256", "leaf");
  let chain = "";

  before(async () => {
    const [rootSigner, issuingSigner] = [new KeySigner(), new KeySigner(keyPair("ECDSA_P384"), "ECDSA_P384")];
    const root = await issue({
      ...{ profile: "root", subject: { commonName: "Read Root" }, signer: rootSigner, now: BEGINNING },
    });
    const issuing = await issue({
      ...{ profile: "intermediate", subject: { commonName: "Read Issuing" }, signer: rootSigner, issuerPem: root },
      ...{ publicKey: issuingSigner.publicKey, crlDistributionPoints: [URL_OF.root], now: BEGINNING },
    });
    const leaf = await issue({
      ...{ profile: "leaf", subject: { commonName: "Read Leaf" }, signer: issuingSigner, issuerPem: issuing },
      ...{ publicKey: leafKey.publicKey, dnsNames: ["localhost"], validitySeconds: 30 * 86_400, now: BEGINNING },
      crlDistributionPoints: [URL_OF.issuing],
    });
    write("root.pem", root);
    write("issuing.pem", issuing);
    chain = write("leaf.pem", leaf) + issuing;
    const dates = { thisUpdate: BEGINNING, nextUpdate: NEXT_UPDATE };
    const entryOf = (pem: string) =>
      ({
        serialNumber: readCertificate(pem).serialNumber.toLowerCase(),
        reason: "keyCompromise",
        revokedAt: BEGINNING,
      }) as const;
    const lists = async (isIssuingRevoked: boolean, isLeafRevoked: boolean): Promise<string> =>
      (await issueList({
        ...{ ...dates, signer: rootSigner, issuerPem: root, onlyContainsCACerts: true },
        entries: isIssuingRevoked ? [entryOf(issuing)] : [],
      })) +
      (await issueList({
        ...{ ...dates, signer: issuingSigner, issuerPem: issuing, url: URL_OF.issuing },
        entries: isLeafRevoked ? [entryOf(leaf)] : [],
      }));
    writeFileSync(listsOf("nothing is revoked"), await lists(false, false));
    writeFileSync(listsOf("the intermediate is revoked"), await lists(true, false));
    writeFileSync(listsOf("the leaf is revoked"), await lists(false, true));
  });

  const told = async (command: string, args: readonly string[]): Promise<{ accepts: boolean; says: string }> => {
    try {
      const { stdout, stderr } = await run(findTool(command) ?? command, args, { cwd: directory });
      return { accepts: !/^(?!valid)/.test(stdout) || stdout.includes(": OK"), says: stdout + stderr };
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      return { accepts: false, says: stdout + stderr };
    }
  };

  /** Serves the leaf over TLS while a client asks for a page. */
  const served = async <Answer>(ask: (port: number) => Promise<Answer>): Promise<Answer> => {
    const server = createServer({ cert: chain, key: leafKey.privateKey.export({ type: "pkcs8", format: "pem" }) });
    server.on("request", (_request, response) => response.end("served"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await ask((server.address() as AddressInfo).port);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };

  const paths = (when: Case, at: Date): string[] => [
    ...[file("root.pem"), listsOf(when), at.toISOString().replace(".000Z", "Z"), file("leaf.pem"), file("issuing.pem")],
  ];
  const readers: readonly Reader[] = [
    {
      name: "openssl verify -crl_check_all",
      skip: false,
      verify: (when, at) =>
        told("openssl", [
          ...["verify", "-crl_check_all", "-extended_crl", "-x509_strict"],
          ...["-attime", String(at.getTime() / 1000), "-CAfile", file("root.pem"), "-untrusted", file("issuing.pem")],
          ...["-CRLfile", listsOf(when), file("leaf.pem")],
        ]),
      revoked: /certificate revoked/,
      ended: /CRL has expired/,
    },
    {
      name: "Java's PKIX",
      skip: missing("java"),
      verify: (when, at) => told("java", [join(READERS, "VerifyPath.java"), ...paths(when, at)]),
      revoked: /^REVOKED /,
      ended: /^UNDETERMINED_REVOCATION_STATUS /,
    },
    {
      name: "Go's crypto/x509",
      skip: missing("go"),
      verify: (when, at) => told("go", ["run", join(READERS, "verifyPath.go"), ...paths(when, at)]),
      revoked: /is revoked, reason 1/,
      ended: /is not current/,
    },
    {
      name: "curl",
      skip: missing("curl"),
      verify: (when) =>
        served(async (port) => {
          const url = `https://localhost:${String(port)}/`;
          const options = ["--silent", "--show-error", "--cacert", file("root.pem"), "--crlfile", listsOf(when)];
          const { says } = await told("curl", [...options, url]);
          return { accepts: says === "served", says };
        }),
      revoked: /certificate revoked/,
      ended: /./,
      takesOwnClock: true,
    },
    {
      name: "Node's TLS",
      skip: false,
      verify: (when) => served((port) => askNode(port, when)),
      revoked: /CERT_REVOKED/,
      ended: /./,
      takesOwnClock: true,
    },
  ];

  /** Node reads one list of each text. */
  const askNode = (port: number, when: Case): Promise<{ accepts: boolean; says: string }> =>
    new Promise((resolve) => {
      const ca = readFileSync(file("root.pem"), "utf8");
      const crl = readFileSync(listsOf(when), "utf8").split(/(?<=-----END X509 CRL-----\n)/);
      const asked = request({ host: "127.0.0.1", servername: "localhost", port, ca, crl, agent: false }, (response) => {
        response.resume();
        resolve({ accepts: true, says: String(response.statusCode) });
      });
      asked.on("error", (error: NodeJS.ErrnoException) => {
        resolve({ accepts: false, says: String(error.code) });
      });
      asked.end();
    });

  for (const { name, skip, verify, revoked, ended, takesOwnClock } of readers) {
    void describe(`read by ${name}`, { skip }, () => {
      const now = new Date(BEGINNING.getTime() + DAY);

      void it("accept a chain as long as nothing in it is revoked", async () => {
        const { accepts, says } = await verify("nothing is revoked", now);
        assert.ok(accepts, says);
      });

      for (const when of ["the intermediate is revoked", "the leaf is revoked"] as const) {
        void it(`refuse a chain when ${when}`, async () => {
          const { accepts, says } = await verify(when, now);
          assert.ok(!accepts, says);
          assert.match(says, revoked);
        });
      }

      if (takesOwnClock !== true) {
        void it("make every chain fail once they have expired, but not up to an hour before, which Java allows for clock skew", async () => {
          const before = await verify("nothing is revoked", new Date(NEXT_UPDATE.getTime() - HOUR));
          assert.ok(before.accepts, before.says);
          const { accepts, says } = await verify("nothing is revoked", new Date(NEXT_UPDATE.getTime() + HOUR));
          assert.ok(!accepts, says);
          assert.match(says, ended);
        });
      }
    });
  }
});
