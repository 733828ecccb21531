// It must come first.
import { until } from "../fixtures/waiting";
import { TRUSTED_ROOTS } from "./trustedRoots";
import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { inspect } from "node:util";
import type { ErrorCode } from "../../provider/errors";
import { CloudKms, type CloudKmsOptions } from "../../provider/kms/cloudkms/cloudkms";
import { setEnvironment } from "../fixtures/environment";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import type { ProtectionLevel } from "./cloudKmsState";
import { CloudKmsServer } from "./cloudKmsServer";
import { ConnectProxy, serviceAccountFile } from "./connectProxy";

const LOCATION = "projects/kms-pki-test/locations/europe-west3";
const RING = `${LOCATION}/keyRings/pki`;

/** The properties of a new key; by default a software key that signs with P-256. */
export interface KeyTraits {
  readonly purpose?: string;
  readonly algorithm?: string;
  readonly protectionLevel?: ProtectionLevel;
  /** Whether its first version is still being generated when it is returned. */
  readonly pending?: boolean;
}

/**
 * A fake Cloud KMS for the tests of one file. The environment of this process presents it as Google's own, so the
 * code under test contains nothing about it. gRPC reads some of that only once, so there is one per process.
 */
export class FakeCloudKms {
  #keys = 0;

  private constructor(
    /** Sees the calls of the code under test. Changes that the test makes to its `state` are not counted. */
    readonly server: CloudKmsServer,
    readonly proxy: ConnectProxy,
    /** A folder for the files of this test. */
    readonly directory: string,
    /** The key file of the service account in the environment. */
    readonly credentialsFile: string,
  ) {}

  static async start(): Promise<FakeCloudKms> {
    const server = await CloudKmsServer.start({ generationMilliseconds: { HSM: 0 } });
    const proxy = await ConnectProxy.start(server.grpcEndpoint);
    const directory = temporaryDirectory();
    const credentialsFile = serviceAccountFile(directory);
    copyFileSync(proxy.caFile, TRUSTED_ROOTS);
    const { HTTPS_PROXY = "", NO_PROXY = "" } = proxy.environment;
    setEnvironment({
      https_proxy: HTTPS_PROXY,
      no_proxy: NO_PROXY,
      grpc_proxy: undefined,
      GOOGLE_APPLICATION_CREDENTIALS: credentialsFile,
      GOOGLE_CLOUD_PROJECT: undefined,
      METADATA_SERVER_DETECTION: "none",
      // The user who runs the tests may have credentials in their home folder.
      CLOUDSDK_CONFIG: undefined,
      HOME: directory,
    });
    server.state.createKeyRing({ parent: LOCATION, keyRingId: "pki" });
    return new FakeCloudKms(server, proxy, directory, credentialsFile);
  }

  /** The backend under test, as in a new process. */
  open(options: Partial<CloudKmsOptions> = {}): CloudKms {
    return new CloudKms({ rootDirectory: this.directory, notice: () => undefined, ...options });
  }

  /**
   * Makes a key.
   *
   * @returns the name of its first version
   */
  async createKey(traits: KeyTraits = {}): Promise<string> {
    const { purpose = "ASYMMETRIC_SIGN", algorithm = "EC_SIGN_P256_SHA256", protectionLevel = "SOFTWARE" } = traits;
    this.#keys += 1;
    const cryptoKeyId = `key-${String(this.#keys)}`;
    await this.server.state.createCryptoKey({
      parent: RING,
      cryptoKeyId,
      cryptoKey: { purpose, versionTemplate: { algorithm, protectionLevel } },
    });
    const version = `${RING}/cryptoKeys/${cryptoKeyId}/cryptoKeyVersions/1`;
    const isReady = (): boolean => traits.pending === true || this.stateOf(version) === "ENABLED";
    await until(`${version} is enabled`, isReady, { pause: 10 });
    return version;
  }

  /** The service's description of a version. */
  stateOf(version: string): unknown {
    return this.server.state.getCryptoKeyVersion({ name: version })["state"];
  }

  /** Enables or disables a version, as its owner at a console would. */
  setState(version: string, state: "ENABLED" | "DISABLED"): void {
    const cryptoKeyVersion = { name: version, state };
    this.server.state.updateCryptoKeyVersion({ cryptoKeyVersion, updateMask: { paths: ["state"] } });
  }

  /** Schedules a version for destruction. */
  destroy(version: string): void {
    this.server.state.destroyCryptoKeyVersion({ name: version });
  }

  /** Accepts an error with this code that shows no secret, and nothing about the library's retries. */
  failure(code: ErrorCode, message = /./): (error: unknown) => true {
    return (error) => {
      const { private_key: secret } = JSON.parse(readFileSync(this.credentialsFile, "utf8")) as { private_key: string };
      assert.ok(!inspect(error, { depth: null }).includes(secret.slice(100, 120)), inspect(error));
      assert.doesNotMatch(String(error), /\n| {2}|(?<!\.)\.\.(?!\.)|retries|Previous errors/);
      return withCode(code, message)(error);
    };
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.server.stop();
  }
}
