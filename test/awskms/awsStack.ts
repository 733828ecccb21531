import {
  DescribeKeyCommand,
  type KeyMetadata,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { killAt, type KmsStack } from "../engine/kmsStack";
import { PulumiProject, type Run } from "../engine/project";
import type { StackProject } from "../engine/stackProject";
import { pluginDirectory } from "../pulumiPlugin/install";
import { KmsProxy } from "./kmsProxy";
import { CUT } from "../fixtures/connectionFaults";
import { Ministack, type MinistackChoice } from "./ministack";

/** Credentials that the emulator accepts. */
export const AWS_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test-secret-access-key",
  AWS_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** The plugin's type of a key. */
export const KEY_TYPE = "aws:kms/key:Key";

/** A stack with its keys in the emulator, with a proxy that only the calls of the code under test pass through. */
export class AwsStack<Project extends StackProject = PulumiProject> implements KmsStack<Project> {
  /** Calls the emulator directly, as its owner at a console would. */
  readonly client: KMSClient;

  private constructor(
    readonly project: Project,
    readonly ministack: Ministack,
    /** Sees the calls of our provider and our program. The plugin calls the emulator itself. */
    readonly kms: KmsProxy,
  ) {
    this.client = new KMSClient({
      endpoint: ministack.endpoint,
      region: AWS_ENVIRONMENT.AWS_REGION,
      credentials: { accessKeyId: "test", secretAccessKey: AWS_ENVIRONMENT.AWS_SECRET_ACCESS_KEY },
    });
  }

  /** The root stack. */
  static async rootStack(config: Readonly<Record<string, string>> = {}): Promise<AwsStack> {
    const defaults = { "kms-pki:kms": "awskms" };
    return AwsStack.over(await PulumiProject.rootStack({ ...defaults, ...config }));
  }

  /** Any project. */
  static async over<Project extends StackProject>(
    project: Project,
    choice: MinistackChoice = {},
  ): Promise<AwsStack<Project>> {
    const ministack = await Ministack.start(choice);
    const kms = await KmsProxy.start(ministack.endpoint);
    project.usePlugin("aws", pluginDirectory("aws"));
    project.setEnvironment({
      ...AWS_ENVIRONMENT,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      KMS_PKI_TEST_AWS_ENDPOINT: ministack.endpoint,
    });
    return new AwsStack(project, ministack, kms);
  }

  /** The environment in which step-ca reaches the keys. */
  get stepCaEnvironment(): Readonly<Record<string, string>> {
    return { ...AWS_ENVIRONMENT, AWS_ENDPOINT_URL_KMS: this.ministack.endpoint };
  }

  get calls(): readonly string[] {
    return this.kms.calls;
  }

  clear(): void {
    this.kms.clear();
  }

  killedAt(this: AwsStack, args: readonly string[], at: string, keysRead: number): Promise<Run> {
    return killAt({ project: this.project, kms: this.kms, cut: CUT, keyType: KEY_TYPE }, args, at, keysRead);
  }

  async liveKeys(): Promise<string[]> {
    return (await this.keys())
      .filter(({ KeyState }) => KeyState !== "PendingDeletion")
      .map(({ KeyId = "" }) => KeyId)
      .sort();
  }

  /** All keys, including those scheduled for deletion. */
  async keys(): Promise<KeyMetadata[]> {
    const { Keys = [] } = await this.client.send(new ListKeysCommand({}));
    return Promise.all(Keys.map(({ KeyId }) => this.describe(KeyId ?? "")));
  }

  async describe(keyId: string): Promise<KeyMetadata> {
    const { KeyMetadata: key } = await this.client.send(new DescribeKeyCommand({ KeyId: keyId }));
    if (key === undefined) {
      throw new Error(`no key ${keyId}`);
    }
    return key;
  }

  /** The aliases other than Amazon's own: name and key. */
  async aliases(): Promise<Record<string, string>> {
    const { Aliases = [] } = await this.client.send(new ListAliasesCommand({}));
    return Object.fromEntries(
      Aliases.filter(({ AliasName }) => AliasName?.startsWith("alias/aws/") === false).map((alias) => [
        alias.AliasName ?? "",
        alias.TargetKeyId ?? "",
      ]),
    );
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.kms.stop();
    await this.ministack.stop();
    this.project.remove();
  }
}
