import { killAt, type KmsStack } from "../engine/kmsStack";
import { PulumiProject, type Run } from "../engine/project";
import type { StackProject } from "../engine/stackProject";
import { pluginDirectory } from "../pulumiPlugin/install";
import { CUT } from "../fixtures/connectionFaults";
import { type CloudKmsOptions, CloudKmsServer } from "./cloudKmsServer";
import { ConnectProxy, serviceAccountFile } from "./connectProxy";

/** The project of every key in these tests. */
export const PROJECT = "kms-pki-test";

/** The plugin's type of a key. */
export const KEY_TYPE = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion";

/** A stack with its keys in a fake Cloud KMS, which the code under test reaches under Google's own host name. */
export class CloudStack<Project extends StackProject = PulumiProject> implements KmsStack<Project> {
  private constructor(
    readonly project: Project,
    readonly server: CloudKmsServer,
    readonly proxy: ConnectProxy,
    /** The key file of the service account in its environment. */
    readonly credentialsFile: string,
  ) {}

  /** The root stack. */
  static async rootStack(
    config: Readonly<Record<string, string>> = {},
    options: CloudKmsOptions = {},
  ): Promise<CloudStack> {
    const defaults = { "kms-pki:kms": "cloudkms" };
    return CloudStack.over(await PulumiProject.rootStack({ ...defaults, ...config }), options);
  }

  /** Any project. */
  static async over<Project extends StackProject>(
    project: Project,
    options: CloudKmsOptions = {},
  ): Promise<CloudStack<Project>> {
    const server = await CloudKmsServer.start(options);
    const proxy = await ConnectProxy.start(server.grpcEndpoint);
    const credentialsFile = serviceAccountFile(project.scratch);
    const { HTTPS_PROXY = "", NO_PROXY = "" } = proxy.environment;
    project.usePlugin("gcp", pluginDirectory("gcp"));
    project.setEnvironment({
      GOOGLE_CLOUD_PROJECT: PROJECT,
      GOOGLE_APPLICATION_CREDENTIALS: credentialsFile,
      // In the form that gRPC for Node reads.
      https_proxy: HTTPS_PROXY,
      no_proxy: NO_PROXY,
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: proxy.caFile,
      METADATA_SERVER_DETECTION: "none",
      KMS_PKI_TEST_GCP_ENDPOINT: server.restEndpoint,
    });
    return new CloudStack(project, server, proxy, credentialsFile);
  }

  /** The environment in which step-ca reaches the keys. */
  get stepCaEnvironment(): Readonly<Record<string, string>> {
    return { ...this.proxy.environment, GOOGLE_APPLICATION_CREDENTIALS: this.credentialsFile };
  }

  get calls(): readonly string[] {
    return this.server.calls;
  }

  clear(): void {
    this.server.clear();
  }

  killedAt(this: CloudStack, args: readonly string[], at: string, keysRead: number): Promise<Run> {
    return killAt({ project: this.project, kms: this.server, cut: CUT, keyType: KEY_TYPE }, args, at, keysRead);
  }

  liveKeys(): Promise<string[]> {
    return Promise.resolve(
      this.versions()
        .filter(({ state }) => state !== "DESTROY_SCHEDULED" && state !== "DESTROYED")
        .map(({ name }) => name)
        .sort(),
    );
  }

  /** Every version of a key that was ever made, with its state. */
  versions(): { name: string; state: string }[] {
    return this.server.state.allVersions().map(({ name, state }) => ({ name, state }));
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.server.stop();
    this.project.remove();
  }
}
