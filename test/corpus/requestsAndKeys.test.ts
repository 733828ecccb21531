import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { publicKeyPemOf, requestPem } from "../../provider/x509/pem";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { makeCa, newKey, publicHalf } from "./caWorkshop";
import { ourWord, type Word, wordOf } from "./judges";

const directory = temporaryDirectory();

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const KEY = newKey();
const ENCRYPTED = openssl(["pkey", "-aes256", "-passout", "pass:secret"], KEY);
const REQUEST = openssl(["req", "-new", "-key", file("key.pem", KEY), "-subj", "/CN=Request"]);
const { certificatePem } = makeCa({ keyPem: KEY });
const RSA = newKey("RSA-2048");

/** The request that python's cryptography makes, with every kind of name in it. */
const PYTHON_REQUEST = `
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
key = serialization.load_pem_private_key(sys.stdin.buffer.read(), None)
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Request", _type=x509.name._ASN1Type.BMPString)])
names = x509.SubjectAlternativeName([x509.DNSName("a.example")])
builder = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(names, False)
sys.stdout.write(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode())
`;

/** A text given as a request or a public key, and the verdict on it. */
interface PemFile {
  readonly what: string;
  readonly make: () => string;
  readonly ours: "accepted" | ErrorCode;
  readonly openssl: Word;
}

const REQUESTS: readonly (PemFile & { readonly go: Word })[] = [
  { what: "a request of openssl", make: () => REQUEST, ours: "accepted", openssl: "accepted", go: "accepted" },
  {
    what: "a request of python's cryptography",
    make: () => runTool("python3", ["-c", PYTHON_REQUEST], KEY),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a request with the old label",
    make: () => REQUEST.replaceAll("CERTIFICATE", "NEW CERTIFICATE"),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a request after its text form",
    make: () => openssl(["req", "-text"], REQUEST),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a request with CRLF",
    make: () => REQUEST.replaceAll("\n", "\r\n"),
    ours: "accepted",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a key before its request",
    make: () => KEY + REQUEST,
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a request before its encrypted key",
    make: () => REQUEST + ENCRYPTED,
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "accepted",
    go: "accepted",
  },
  {
    what: "a certificate in place of a request",
    make: () => certificatePem,
    ours: "CSR_INVALID",
    openssl: "refused",
    go: "accepted",
  },
  {
    what: "a truncated request",
    make: () => REQUEST.slice(0, 200),
    ours: "CSR_INVALID",
    openssl: "refused",
    go: "refused",
  },
  {
    what: "a request without its last bytes",
    make: () =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${REQUEST.split("\n").slice(1, 3).join("\n")}\n-----END CERTIFICATE REQUEST-----\n`,
    ours: "CSR_INVALID",
    openssl: "refused",
    go: "refused",
  },
];

const KEYS: readonly PemFile[] = [
  { what: "SPKI", make: () => publicHalf(KEY), ours: "accepted", openssl: "accepted" },
  {
    what: "PKCS#1 of RSA",
    make: () => createPublicKey(RSA).export({ type: "pkcs1", format: "pem" }).toString(),
    ours: "accepted",
    openssl: "accepted",
  },
  { what: "a certificate", make: () => certificatePem, ours: "accepted", openssl: "refused" },
  {
    what: "SPKI after text",
    make: () => openssl(["pkey", "-pubin", "-pubout", "-text"], publicHalf(KEY)),
    ours: "accepted",
    openssl: "accepted",
  },
  { what: "the private key itself", make: () => KEY, ours: "PRIVATE_KEY_GIVEN", openssl: "refused" },
  {
    what: "the private key of SEC1 after its parameters",
    make: () => openssl(["ec", "-param_out"], KEY) + openssl(["ec"], KEY),
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "refused",
  },
  { what: "an encrypted private key", make: () => ENCRYPTED, ours: "PRIVATE_KEY_GIVEN", openssl: "refused" },
  {
    what: "a private key of OpenSSH",
    make: () => `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n`,
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "refused",
  },
  {
    what: "a private key of PuTTY",
    make: () => "PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\nPrivate-Lines: 1\nAAAA\n",
    ours: "PRIVATE_KEY_GIVEN",
    openssl: "refused",
  },
  {
    what: "a line of OpenSSH",
    make: () => "ecdsa-sha2-nistp256 AAAA comment\n",
    ours: "INPUT_INVALID",
    openssl: "refused",
  },
];

void describe("A request of another tool", { skip: missing("openssl", "step", "python3") }, () => {
  for (const { what, make, ours, openssl: ofOpenssl, go } of REQUESTS) {
    void it(`that is ${what} is ${ours === "accepted" ? ours : `refused with ${ours}`}`, () => {
      const text = make();
      const said = {
        ours: ourWord(() => requestPem(text, "csrPem")),
        openssl: wordOf(() => openssl(["req", "-noout", "-verify"], text)),
        go: wordOf(() => runTool("step", ["certificate", "inspect", file("given.csr", text)])),
      };
      assert.deepEqual(said, { ours, openssl: ofOpenssl, go });
      if (ours === "accepted") {
        assert.equal(openssl(["req", "-in", file("kept.csr", requestPem(text, "csrPem"))]), openssl(["req"], text));
      }
    });
  }
});

void describe("A public key of another tool", { skip: missing("openssl") }, () => {
  for (const { what, make, ours, openssl: ofOpenssl } of KEYS) {
    void it(`that is ${what} is ${ours === "accepted" ? ours : `refused with ${ours}`}`, () => {
      const text = make();
      const said = {
        ours: ourWord(() => publicKeyPemOf(text, "publicKeyPem")),
        openssl: wordOf(() => openssl(["pkey", "-pubin", "-noout"], text)),
      };
      assert.deepEqual(said, { ours, openssl: ofOpenssl });
    });
  }
});
