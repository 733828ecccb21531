import {
  DescribeKeyCommand,
  type KeyMetadata,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { setTimeout as sleep } from "node:timers/promises";
import { ended, PulumiProject, type Run } from "../engine/project";
import { pluginDirectory } from "../pulumiPlugin/install";
import { CUT, type Fault, KmsProxy } from "./kmsProxy";
import { Ministack } from "./ministack";

/** Credentials that the emulator takes. */
export const AWS_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test-secret-access-key",
  AWS_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** A stack with its keys in the emulator, with a proxy through which the calls of the code under test go alone. */
export class AwsStack {
  /** Asks the emulator directly, as its owner at a console does. */
  readonly client: KMSClient;

  private constructor(
    readonly project: PulumiProject,
    readonly ministack: Ministack,
    /** Sees what our provider and our program ask; the plugin asks the emulator itself. */
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
    const defaults = { "kms-pki:kms": "awskms", "kms-pki:deletionProtection": "false" };
    return AwsStack.over(await PulumiProject.rootStack({ ...defaults, ...config }));
  }

  /** Any project. */
  static async over(project: PulumiProject): Promise<AwsStack> {
    const ministack = await Ministack.start();
    const kms = await KmsProxy.start(ministack.endpoint);
    project.usePlugin("aws", pluginDirectory("aws"));
    project.setEnvironment({
      ...AWS_ENVIRONMENT,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      KMS_PKI_TEST_AWS_ENDPOINT: ministack.endpoint,
    });
    return new AwsStack(project, ministack, kms);
  }

  /** What step-ca needs to reach the keys. */
  get stepCaEnvironment(): Readonly<Record<string, string>> {
    return { ...AWS_ENVIRONMENT, AWS_ENDPOINT_URL_KMS: this.ministack.endpoint };
  }

  /**
   * Runs the CLI and kills it (its own process, SIGKILL) at a call of ours.
   *
   * @param at `<operation>:<n>:<before|after>`: before the service hears of the n-th call, or before we hear its answer
   * @param keysRead how many keys we read before: then the engine has recorded them, and no creation is cut off
   */
  async killedAt(args: readonly string[], at: string, keysRead: number): Promise<Run> {
    const [operation = "", number, moment] = at.split(":");
    const child = this.project.start(args);
    const pass: Fault = (forward) => forward();
    const kill: Fault = async (forward) => {
      if (moment === "after") {
        await forward();
      }
      while (this.kms.calls.filter((call) => call === "GetPublicKey").length < keysRead) {
        await sleep(10);
      }
      child.kill("SIGKILL");
      throw CUT;
    };
    this.kms.clear();
    this.kms.inject(operation, pass, Number(number) - 1);
    this.kms.inject(operation, kill);
    return ended(child);
  }

  /** The keys that there are, those about to be deleted too. */
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

  /** The aliases that are not Amazon's own: name and key. */
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
