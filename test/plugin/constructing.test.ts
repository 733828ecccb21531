import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, before, describe, it } from "node:test";
import { isSealed, type Properties, sealed } from "../../provider/plugin/wire";
import { UNKNOWN } from "../../provider/words/unknown";
import { setEnvironment } from "../fixtures/environment";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { PluginClient } from "./pluginClient";
import { ResourceMonitor } from "./resourceMonitor";

/** A provider with a passphrase of its own, and its engine. */
interface Provider {
  readonly plugin: PluginClient;
  readonly monitor: ResourceMonitor;
  readonly construct: (name: string, args: Properties, isPreview?: boolean) => Promise<Properties>;
}

void describe("Components that are constructed at once in one process", { skip: missing("openssl") }, () => {
  const directory = temporaryDirectory();
  const providers: Provider[] = [];
  before(() => {
    process.chdir(directory);
    setEnvironment({ PULUMI_KMS_PKI_PLUGIN: "1" });
  });
  afterEach(() => {
    for (const { plugin, monitor } of providers.splice(0)) {
      plugin.stop();
      monitor.stop();
    }
  });

  const providerWith = async (settings: Properties, starting = PluginClient.start()): Promise<Provider> => {
    const plugin = await starting;
    const monitor = await ResourceMonitor.start(plugin);
    await plugin.attach(monitor.address);
    await plugin.configure(settings);
    const provider: Provider = {
      ...{ plugin, monitor },
      construct: (name, args, isPreview) =>
        plugin.construct("CertificateAuthority", name, args, monitor.address, { isPreview }),
    };
    providers.push(provider);
    return provider;
  };

  void it("use the secrets of their own providers", async () => {
    const words = { one: "the-passphrase-of-one-provider", two: "the-passphrase-of-another-one" };
    const made = Object.entries(words).map(async ([name, passphrase]) => {
      const { construct, monitor } = await providerWith({ passphrase: sealed(passphrase) });
      const outputs = await construct(name, { keys: { softkms: { directory: name } }, authorityName: name });
      assert.ok(monitor.urns.every((urn) => urn.endsWith(`::${name}`) || urn.includes(`::${name}-`)));
      return outputs;
    });
    const [one, two] = await Promise.all(made);
    assert.match(openssl(["x509", "-noout", "-subject"], String(one?.["rootCertificate"])), /one Root/);
    assert.match(openssl(["x509", "-noout", "-subject"], String(two?.["rootCertificate"])), /two Root/);
    for (const [name, passphrase] of Object.entries(words)) {
      const files = readdirSync(join(directory, name)).filter((file) => file.endsWith(".pem"));
      assert.equal(files.length, 4);
      for (const file of files) {
        openssl(["pkey", "-noout", "-in", join(directory, name, file), "-passin", `pass:${passphrase}`]);
      }
    }
  });

  void it("are refused each by its own faults, and the other is made", async () => {
    const settings = { passphrase: sealed("the-passphrase-of-both-providers") };
    const [good, bad] = [await providerWith(settings), await providerWith(settings)];
    const keys = { softkms: { directory: "three" } };
    const [made, refused] = await Promise.allSettled([
      good.construct("good", { keys, authorityName: "Good" }),
      bad.construct("bad", { keys: { softkms: { directory: "four" } }, algorithm: "DSA" }),
    ]);
    assert.equal(made.status, "fulfilled");
    assert.equal(refused.status, "rejected");
    assert.match(String(refused.reason), /ALGORITHM_UNSUPPORTED: "DSA"/);
    assert.deepEqual(bad.monitor.urns, []);
  });

  void it("of one process tell each its own fault, however often it was told", async () => {
    const { construct, monitor } = await providerWith({ passphrase: sealed("the-passphrase-of-a-provider") });
    for (const name of ["one", "other", "other"]) {
      const fault = `"keys" of CertificateAuthority "${name}" names no key management service. Give an object with`;
      await assert.rejects(construct(name, { keys: {} }), { details: new RegExp(`^INPUT_INVALID: ${fault}`) });
      await assert.rejects(construct(name, { keys: { softkms: {} }, algorithm: "DSA" }), {
        details: new RegExp(`CertificateAuthority "${name}" has a problem:[^]*ALGORITHM_UNSUPPORTED: "DSA"`),
      });
    }
    assert.deepEqual(monitor.urns, []);
  });

  void it("fail if the inputs of a child cannot be computed", async () => {
    const settings = { passphrase: sealed("the-passphrase-of-a-provider") };
    const { plugin, monitor } = await providerWith(settings, PluginClient.spawn(directory));
    const args = { keys: { softkms: { directory: "seven" } } };
    // Without an organization, the SDK cannot ask the engine for the state.
    const failing = plugin.construct("CertificateAuthority", "seven", args, monitor.address, { organization: "" });
    await assert.rejects(failing, /INTERNAL: .*Missing organization name/);
  });

  void it("keep a secret secret, and take what a preview does not know", async () => {
    const { construct } = await providerWith({ passphrase: sealed("the-passphrase-of-a-provider") });
    const keys = { softkms: { directory: "five" } };
    const outputs = await construct("secret", {
      keys,
      authorityName: sealed("Hidden"),
      dnsNames: [sealed("ca.example.com")],
    });
    assert.ok(isSealed(outputs["rootCertificate"]));
    const planned = await construct(
      "planned",
      { keys: { softkms: { directory: "six" } }, authorityName: UNKNOWN },
      true,
    );
    assert.ok("rootCertificate" in planned);
  });
});
