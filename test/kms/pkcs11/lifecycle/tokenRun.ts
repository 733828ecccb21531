import assert from "node:assert/strict";
import type { Lifecycle } from "../../../../provider/lifecycle/provider";
import {
  type Pkcs11KeyInputs,
  pkcs11KeyLifecycle,
  type Pkcs11KeyRecord,
} from "../../../../provider/kms/pkcs11/lifecycle/pkcs11Key";
import { tokenKmsUri } from "../../../../provider/kms/pkcs11/pkcs11Uri";
import { setEnvironment } from "../../../fixtures/environment";
import { Project } from "../../../fixtures/lifecycleContext";
import { FaultyModule } from "../../../pkcs11/faultyModule";
import { asUser, PIN, softHsm, type TestModule } from "../../../pkcs11/token";

const AUTHORITY = "0123456789abcdef0123456789abcdef";

/** A token, and the engine's operations with a key in it. */
export class TokenProject extends Project {
  readonly real: TestModule;
  readonly module: FaultyModule;

  constructor() {
    super();
    this.real = softHsm("ca", "other");
    this.module = new FaultyModule(this.real);
    this.environment["KMS_PKI_TOKEN_PIN"] = PIN;
    setEnvironment(this.module.environment);
  }

  /** The inputs of a key. */
  inputs(label = "ca-root", changes: Partial<Pkcs11KeyInputs> = {}): Pkcs11KeyInputs {
    return {
      kms: this.kms("ca"),
      label,
      algorithm: "ECDSA_P256",
      deleteKey: false,
      owner: `urn:pulumi:prod::acme::${label}#${AUTHORITY}`,
      ...changes,
    };
  }

  /** A token, as in `kms.uri` of ca.json. */
  kms(token: string): string {
    return tokenKmsUri({ modulePath: this.module.modulePath, token });
  }

  /** The lifecycle of keys in a new process. */
  lifecycle(): Lifecycle<Pkcs11KeyInputs, Pkcs11KeyRecord> {
    return pkcs11KeyLifecycle(this.process());
  }

  /** Makes a key as the engine does. */
  async create(inputs: Pkcs11KeyInputs, lifecycle = this.lifecycle()): Promise<Pkcs11KeyRecord> {
    const { inputs: checked, problems } = await lifecycle.check({}, inputs);
    assert.deepEqual(problems, []);
    return (await lifecycle.create(checked)).state;
  }

  /** Runs OpenSC's tool on a token. */
  tool(...args: readonly string[]): string {
    return asUser(this.real, "ca", ...args);
  }

  /** The labels of the keys in the token. */
  get labels(): string[] {
    const listed = this.tool("--list-objects", "--type", "privkey");
    return [...listed.matchAll(/^ +label: +(\S+)$/gm)].map(([, label = ""]) => label).sort();
  }
}

/** The CKA_ID in a key's URI. */
export function idIn(uri: string): string {
  return /id=([0-9a-f]+)/.exec(uri)?.[1] ?? "";
}
