import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checked, Difference, Lifecycle } from "../../../../provider/lifecycle/provider";
import {
  type SoftKeyInputs,
  softKeyLifecycle,
  type SoftKeyRecord,
} from "../../../../provider/kms/softkms/lifecycle/softKey";
import type { Project } from "../../../fixtures/lifecycleContext";

/** The inputs of an unencrypted key. */
export const INPUTS: SoftKeyInputs = {
  name: "root",
  directory: "keys",
  algorithm: "ECDSA_P256",
  encryption: "none",
  owner: "urn:pulumi:prod::acme::root",
};

/** Calls a lifecycle as the engine does in one run of `up`. */
export class Run {
  readonly lifecycle: Lifecycle<SoftKeyInputs, SoftKeyRecord>;

  constructor(project: Project) {
    this.lifecycle = softKeyLifecycle(project.process());
  }

  async create(inputs = INPUTS): Promise<SoftKeyRecord> {
    const { inputs: checked, problems } = await this.check({}, inputs);
    assert.deepEqual(problems, []);
    return (await this.lifecycle.create(checked)).state;
  }

  /** Runs until the engine has both the replacement and the replaced key. */
  async replace(old: SoftKeyRecord, news: SoftKeyInputs): Promise<SoftKeyRecord> {
    const { inputs } = await this.check(old, news);
    const { changes, replaces } = await this.lifecycle.diff(old, inputs);
    assert.ok(changes && replaces !== undefined && replaces.length > 0);
    return this.create(news);
  }

  async check(olds: Partial<SoftKeyInputs>, news: SoftKeyInputs): Promise<Checked<SoftKeyInputs>> {
    return this.lifecycle.check(olds, news);
  }

  async diff(state: SoftKeyRecord, changes: Partial<SoftKeyInputs> = {}): Promise<Difference> {
    const { inputs } = await this.check(state, { ...INPUTS, ...changes });
    return this.lifecycle.diff(state, inputs);
  }
}

/** The names in the folder of keys. */
export function files(project: Project): string[] {
  return readdirSync(join(project.directory, "keys")).sort();
}

/** The content of a key file. */
export function read(project: Project, name: string): string {
  return readFileSync(join(project.directory, "keys", name), "utf8");
}
