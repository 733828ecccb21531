import assert from "node:assert/strict";
import { type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { SlotAttestation } from "../../../../provider/kms/yubikey/yubikey";
import { FakeYubiKey, newPublicKey } from "../../../fixtures/fakeYubiKey";
import { NEW_EC_KEY, openssl } from "../../../fixtures/openssl";
import { temporaryDirectory } from "../../../fixtures/temporaryDirectory";
import { withCode } from "../../../fixtures/withCode";
import { missing } from "../../../tools";
import { isOfKeyIn, KeyRun } from "./pivKeyRun";

/** A manufacturer of YubiKeys with one device, made with openssl, so that none of our code wrote what is verified. */
class Maker {
  readonly #folder = temporaryDirectory();

  constructor() {
    this.#selfSigned("root");
    const request = this.#path("device.csr");
    openssl([...this.#newKey("device"), "-subj", "/CN=Device", "-out", request]);
    this.#issue("device", ["-req", "-in", request], "root", ["basicConstraints=critical,CA:TRUE"]);
  }

  get rootPem(): string {
    return readFileSync(this.#path("root.crt"), "utf8");
  }

  /** The device's statement about a key: its serial number, and the key's policies in Yubico's encoding. */
  attest(
    publicKey: KeyObject,
    said: { serial?: number | "none"; policies?: string; firmware?: string } = {},
  ): SlotAttestation {
    const { serial = 11, policies = "03:01", firmware = "05:07:01" } = said;
    const key = this.#path("attested.pub");
    writeFileSync(key, publicKey.export({ type: "spki", format: "pem" }));
    this.#issue("attested", ["-new", "-force_pubkey", key, "-subj", "/CN=Attestation"], "device", [
      `1.3.6.1.4.1.41482.3.3=DER:${firmware}`,
      ...(serial === "none" ? [] : [`1.3.6.1.4.1.41482.3.7=DER:02:01:${serial.toString(16).padStart(2, "0")}`]),
      ...(policies === "none" ? [] : [`1.3.6.1.4.1.41482.3.8=DER:${policies}`]),
    ]);
    return { certificate: this.#der("attested"), intermediate: this.attestationKey };
  }

  get attestationKey(): Buffer {
    return this.#der("device");
  }

  #selfSigned(name: string): void {
    openssl([...this.#newKey(name), "-x509", "-subj", `/CN=${name}`, "-out", this.#path(`${name}.crt`)]);
  }

  #newKey(name: string): string[] {
    const keyout = this.#path(`${name}.key`);
    return ["req", ...NEW_EC_KEY, "-keyout", keyout];
  }

  #issue(name: string, subject: readonly string[], issuer: string, extensions: readonly string[]): void {
    const file = this.#path(`${name}.cnf`);
    writeFileSync(file, `[v3]\n${extensions.join("\n")}\n`);
    const signer = ["-CA", this.#path(`${issuer}.crt`), "-CAkey", this.#path(`${issuer}.key`)];
    const out = ["-days", "3650", "-out", this.#path(`${name}.crt`)];
    openssl(["x509", ...subject, ...signer, "-extfile", file, "-extensions", "v3", ...out]);
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #der(name: string): Buffer {
    return new X509Certificate(readFileSync(this.#path(`${name}.crt`))).raw;
  }
}

void describe("The attestation root of a PivKey", { skip: missing("openssl") }, () => {
  let maker: Maker;
  let other: Maker;
  before(() => {
    maker = new Maker();
    other = new Maker();
  });

  /** A device of a manufacturer. */
  const deviceOf = ({ attestationKey }: Maker, firmware = "5.7.1"): FakeYubiKey => {
    const device = new FakeYubiKey(11, firmware);
    device.attestationKey = attestationKey;
    return device;
  };

  void it("accepts a key that the device attests under it", async () => {
    const device = deviceOf(maker);
    device.attestation = ({ publicKey }) => maker.attest(publicKey);
    const record = await new KeyRun(device).create({ attestationRootPem: maker.rootPem });
    assert.ok(isOfKeyIn(device, record));
    const { content } = JSON.parse(record.attestation ?? "") as { content: string };
    const recorded = Buffer.from(content, "base64").toString();
    const [attestation, intermediate] = recorded
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem));
    assert.ok(attestation?.verify(intermediate?.publicKey ?? assert.fail()));
    assert.ok(intermediate?.verify(new X509Certificate(maker.rootPem).publicKey));
  });

  const rejected: readonly {
    what: string;
    attestation: (key: { publicKey: KeyObject }) => SlotAttestation;
    message: RegExp;
  }[] = [
    {
      what: "under another root",
      attestation: ({ publicKey }) => other.attest(publicKey),
      message: /no given root has signed/,
    },
    {
      what: "with unknown policies",
      attestation: ({ publicKey }) => maker.attest(publicKey, { policies: "04:01" }),
      message: /is attested with no known PIN policy, not always/,
    },
    {
      what: "without its policies, as in attestations of other applications",
      attestation: ({ publicKey }) => maker.attest(publicKey, { policies: "none" }),
      message: /it is not an attestation of a PIV key/,
    },
    {
      what: "without a serial number, when the device reports one",
      attestation: ({ publicKey }) => maker.attest(publicKey, { serial: "none" }),
      message: /is attested with no known serial number, not 11/,
    },
    {
      what: "for another key",
      attestation: () => maker.attest(newPublicKey("ECDSA_P256")),
      message: /it is for another key/,
    },
    {
      what: "for another device",
      attestation: ({ publicKey }) => maker.attest(publicKey, { serial: 22 }),
      message: /is attested with the serial number 22, not 11/,
    },
    {
      what: "with another PIN policy",
      attestation: ({ publicKey }) => maker.attest(publicKey, { policies: "01:01" }),
      message: /is attested with the PIN policy never, not always/,
    },
    {
      what: "with another touch policy",
      attestation: ({ publicKey }) => maker.attest(publicKey, { policies: "03:02" }),
      message: /is attested with the touch policy always, not never/,
    },
  ];
  for (const { what, attestation, message } of rejected) {
    void it(`rejects a key that is attested ${what}, and makes no second one`, async () => {
      const device = deviceOf(maker);
      device.attestation = attestation;
      const change = { attestationRootPem: maker.rootPem };
      await assert.rejects(new KeyRun(device).create(change), withCode("ATTESTATION_REJECTED", message));
      const left = device.keys.get("9a");
      await assert.rejects(new KeyRun(device).create(change), withCode("ATTESTATION_REJECTED", message));
      assert.equal(device.keys.get("9a"), left);
      assert.ok(isOfKeyIn(device, await new KeyRun(device).create()), "without a root it is taken");
    });
  }

  void it("rejects an imported key, which no device attests", async () => {
    const device = deviceOf(maker);
    device.put("9a", "ECDSA_P256", { origin: "imported" });
    await assert.rejects(
      new KeyRun(device).create({ attestationRootPem: maker.rootPem, use: "adopt" }),
      withCode("ATTESTATION_REJECTED", /does not attest the key/),
    );
  });

  void it("accepts a key attested without a serial number, by a device that reports none", async () => {
    const device = deviceOf(maker, "4.3.5");
    device.attestation = ({ publicKey }) => maker.attest(publicKey, { serial: "none", firmware: "04:03:05" });
    assert.ok(isOfKeyIn(device, await new KeyRun(device).create({ attestationRootPem: maker.rootPem })));
  });

  for (const { what, device: rejectedDevice, message } of [
    { what: "leads to another root", device: () => deviceOf(other), message: /no given root has signed/ },
    {
      what: "is missing",
      device: () => Object.assign(deviceOf(maker), { attestationKey: undefined }),
      message: /the device cannot attest keys/,
    },
    {
      what: "is not a certificate",
      device: () => Object.assign(deviceOf(maker), { attestationKey: Buffer.from("garbage") }),
      message: /the attestation's intermediate is not a certificate/,
    },
    {
      what: "does not exist in its firmware",
      device: () => deviceOf(maker, "4.2.0"),
      message: /the device cannot attest keys/,
    },
  ]) {
    void it(`rejects a device whose attestation key ${what}, before a PIN is tried and a key is overwritten`, async () => {
      const device = rejectedDevice();
      const before = device.put("9a");
      await assert.rejects(
        new KeyRun(device).create({ attestationRootPem: maker.rootPem, use: "overwrite" }),
        withCode("ATTESTATION_REJECTED", message),
      );
      assert.equal(device.keys.get("9a")?.publicKey, before);
      assert.deepEqual(device.takeCalls(), []);
    });
  }
});
