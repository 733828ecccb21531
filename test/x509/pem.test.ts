import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { certificatePem, certificatesPem, holdsPrivateKey, publicKeyPemOf, requestPem } from "../../provider/x509/pem";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { opensslRequest } from "./opensslRequest";

const directory = temporaryDirectory();
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const SEC1 = privateKey.export({ type: "sec1", format: "pem" }).toString();
const ENCRYPTED = privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const PUBLIC = publicKey.export({ type: "spki", format: "pem" }).toString();
const CERTIFICATE = opensslRequest(directory, privateKey, ["-x509", "-subj", "/CN=R"]);
const OTHER = opensslRequest(directory, privateKey, ["-x509", "-subj", "/CN=S"]);
const REQUEST = opensslRequest(directory, privateKey, ["-subj", "/CN=Q"]);
const TRUSTED = openssl(["x509", "-addtrust", "serverAuth", "-trustout"], CERTIFICATE);

const READERS = { certificatePem, certificatesPem, requestPem, publicKeyPemOf };

void describe("A PEM input", () => {
  const forms: Readonly<Record<string, string>> = {
    "a BOM before it": `\uFEFF${CERTIFICATE}`,
    "CRLF line ends": CERTIFICATE.replaceAll("\n", "\r\n"),
    "CR line ends": CERTIFICATE.replaceAll("\n", "\r"),
    "text before and after it": `subject=CN = R\n\n${CERTIFICATE}\nBag Attributes: <No Attributes>\n`,
    "no line end at its end": CERTIFICATE.trimEnd(),
    "its base64 in one line": CERTIFICATE.replaceAll(/(?<=[^-])\n(?=[^-])/g, ""),
    "the label X509 CERTIFICATE": CERTIFICATE.replaceAll("CERTIFICATE", "X509 CERTIFICATE"),
    "the label TRUSTED CERTIFICATE and notes on trust": TRUSTED,
    "a public key and parameters beside it": `${PUBLIC}-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${CERTIFICATE}`,
  };
  for (const [form, text] of Object.entries(forms)) {
    void it(`with ${form} is kept as just the certificate, as openssl writes it`, () => {
      assert.equal(certificatePem(text, "rootCertificate"), CERTIFICATE);
      assert.equal(certificatesPem(text, "rootCertificate"), CERTIFICATE);
    });
  }

  void it("with a chain is kept as a chain, in its order", () => {
    const chain = `1 s:CN = R\n${CERTIFICATE}2 s:CN = S\n${OTHER}`;
    assert.equal(certificatesPem(chain, "chainPem"), CERTIFICATE + OTHER);
    assert.equal(certificatePem(chain, "chainPem"), CERTIFICATE);
  });

  void it("with a request is kept as just the request, with the label of RFC 7468", () => {
    const old = `Certificate Request:\n${REQUEST.replaceAll("CERTIFICATE", "NEW CERTIFICATE")}`;
    assert.equal(requestPem(old, "csrPem"), REQUEST);
  });

  void it("with a public key is kept as SPKI, whether it was PKCS#1 or in a certificate", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
    const spki = rsa.export({ type: "spki", format: "pem" }).toString();
    assert.equal(publicKeyPemOf(rsa.export({ type: "pkcs1", format: "pem" }).toString(), "publicKeyPem"), spki);
    assert.equal(publicKeyPemOf(CERTIFICATE, "publicKeyPem"), PUBLIC);
    assert.equal(publicKeyPemOf(CERTIFICATE + spki, "publicKeyPem"), spki);
  });

  const refused: readonly {
    what: string;
    text: string;
    code: "INPUT_INVALID" | "CSR_INVALID";
    read: keyof typeof READERS;
    says: RegExp;
  }[] = [
    { what: "nothing", text: "", code: "INPUT_INVALID", read: "certificatePem", says: /rootCertificate holds no PEM/ },
    {
      what: "a request in place of a certificate",
      text: REQUEST,
      code: "INPUT_INVALID",
      read: "certificatePem",
      says: /"CERTIFICATE REQUEST"/,
    },
    {
      what: "PKCS#7 in place of a certificate",
      text: CERTIFICATE.replaceAll("CERTIFICATE", "PKCS7"),
      code: "INPUT_INVALID",
      read: "certificatesPem",
      says: /"PKCS7"/,
    },
    {
      what: "a certificate in place of a request",
      text: CERTIFICATE,
      code: "CSR_INVALID",
      read: "requestPem",
      says: /"CERTIFICATE"/,
    },
    {
      what: "a certificate with a request's label",
      text: CERTIFICATE.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST"),
      code: "CSR_INVALID",
      read: "requestPem",
      says: /damaged/,
    },
    {
      what: "a key with a request's label",
      text: KEY.replaceAll("PRIVATE KEY", "CERTIFICATE REQUEST"),
      code: "CSR_INVALID",
      read: "requestPem",
      says: /damaged/,
    },
    {
      what: "a key with a certificate's label",
      text: KEY.replaceAll("PRIVATE KEY", "CERTIFICATE"),
      code: "INPUT_INVALID",
      read: "certificatesPem",
      says: /damaged/,
    },
    {
      what: "a key with a public key's label",
      text: KEY.replaceAll("PRIVATE KEY", "PUBLIC KEY"),
      code: "INPUT_INVALID",
      read: "publicKeyPemOf",
      says: /damaged/,
    },
    {
      what: "a certificate without its last line",
      text: CERTIFICATE.replace(/-----END.*\n/, ""),
      code: "INPUT_INVALID",
      read: "certificatePem",
      says: /cut off/,
    },
    {
      what: "a complete certificate before a truncated one",
      text: CERTIFICATE + OTHER.slice(0, 200),
      code: "INPUT_INVALID",
      read: "certificatePem",
      says: /cut off/,
    },
    {
      what: "invalid base64",
      text: CERTIFICATE.replace("\nM", "\n*"),
      code: "INPUT_INVALID",
      read: "certificatePem",
      says: /damaged/,
    },
  ];
  for (const { what, text, code, read, says } of refused) {
    void it(`refuses ${what}, and says what it found`, () => {
      assert.throws(() => READERS[read](text, "rootCertificate"), withCode(code, says));
    });
  }

  void it("never lets a private key through, wherever it is in the text and whatever its form", () => {
    const keys = [
      KEY,
      SEC1,
      ENCRYPTED,
      KEY.slice(0, 90),
      KEY.replaceAll("\n", "\r\n"),
      `${"-".repeat(4)} BEGIN SSH2 ENCRYPTED PRIVATE KEY ${"-".repeat(4)}\n`,
    ];
    const rest = [CERTIFICATE, OTHER, REQUEST, PUBLIC, TRUSTED, "text\n", "\uFEFF", ""];
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.array(fc.constantFrom(...rest)),
        fc.array(fc.constantFrom(...rest)),
        fc.constantFrom(...Object.values(READERS)),
        (key, before, after, read) => {
          assert.throws(
            () => read([...before, key, ...after].join(""), "csrPem"),
            (error: unknown) => {
              assert.ok(withCode("PRIVATE_KEY_GIVEN", /^PRIVATE_KEY_GIVEN: csrPem holds a private key/)(error));
              return !String(error).includes(key.slice(30, 60));
            },
          );
        },
      ),
    );
  });

  void it("keeps nothing of a key without its PEM boundaries", () => {
    const bare = KEY.split("\n").slice(1, -2).join("\n");
    assert.equal(certificatesPem(`${bare}\n${CERTIFICATE}${bare}`, "rootCertificate"), CERTIFICATE);
    assert.ok(createPrivateKey(KEY).equals(privateKey));
  });

  void it("is not refused for text that mentions a private key", () => {
    assert.equal(holdsPrivateKey(`# The PRIVATE KEY of this is offline.\n${CERTIFICATE}`), false);
    assert.ok(createPublicKey(PUBLIC).equals(new X509Certificate(CERTIFICATE).publicKey));
  });
});
