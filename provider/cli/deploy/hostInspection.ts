import { holdsDatabasePassword } from "../../stepca/database";
import type { X509Certificate } from "node:crypto";
import { fingerprintSha256 } from "../../x509/certificate";
import { readCertificates } from "../../x509/pem";
import { subjectLine } from "../../x509/subjectLine";
import type { JsonObject } from "../../stepca/jsonObject";
import { type CaFolder, type Presence, staleMinutes } from "./caFolder";
import type { HostSettings } from "./deploySettings";
import type { HandoverContext } from "./handoverContext";
import { configIn } from "./caConfigText";
import { asked, hostError } from "./hostError";
import { presentStates } from "./presentState";
import { changedFields, NEXT_CONFIG, type Release } from "./release";
import { trustOf } from "./hostTrust";
import { isDeadRun, isIdentity } from "./runIdentity";
import { type Chain, chainFault, isSameChain, issuersOf } from "./servedChain";
import type { StepCaService } from "./stepCaService";
import type { SentFile } from "./tarArchive";

/** What is on a host, in comparison with what it is to have. */
export class HostInspection {
  readonly #host: HostSettings;
  readonly #release: Release;
  readonly #folder: CaFolder;
  readonly #context: HandoverContext;
  #presence: Presence | undefined;
  #before: Chain = [];
  #isServed = false;
  #formerRoots: readonly X509Certificate[] = [];

  constructor(host: HostSettings, release: Release, folder: CaFolder, context: HandoverContext) {
    this.#host = host;
    this.#release = release;
    this.#folder = folder;
    this.#context = context;
  }

  /** The chain that step-ca served; empty if nothing answered. */
  get before(): Chain {
    return this.#before;
  }

  /** Whether step-ca serves what it should, and no handover was cut off. */
  get isServed(): boolean {
    return this.#isServed;
  }

  /** The roots that the authority gave up and that what is served needs; empty if it is under the roots of the stack. */
  get formerRoots(): readonly X509Certificate[] {
    return this.#formerRoots;
  }

  /** What people should know of the host. */
  get warnings(): string[] {
    const clock = this.#presence?.clock;
    return [
      ...(clock?.isOff === true ? [`warning: ${clock.description}. Correct the clock that is wrong`] : []),
      ...this.#formerRoots.map(
        (root) =>
          `warning: it serves a chain under "${subjectLine(root)}", which the stack gave up before this host trusted the next root. ` +
          "Clients that trust only that one do not trust what the stack says. Give them the roots of kms-pki export",
      ),
    ];
  }

  /** Whether the host has every file that step-ca should read. */
  get hasAll(): boolean {
    return this.#hasConfig && this.missing(this.#release.files).every(({ name }) => name === NEXT_CONFIG);
  }

  /** The run that was cut off; undefined if none was. */
  get deadRun(): string | undefined {
    return this.#presence?.owner;
  }

  /** Those of some files of which the host has no identical one. */
  missing(files: readonly SentFile[]): SentFile[] {
    return files.filter((file) => this.#presence?.has(file) !== true);
  }

  /** The files that the host lacks, under the names that they get there. */
  get missingNames(): string[] {
    const { files, copies } = this.#release;
    const others = [...files.filter(({ name }) => name !== NEXT_CONFIG), ...copies];
    return [...(this.#hasConfig ? [] : ["ca.json"]), ...this.missing(others).map(({ name }) => name)];
  }

  /**
   * Finds what is there, and changes nothing.
   *
   * @throws PkiError `HOST_UNREACHABLE`, `KEY_NOT_FOUND`, `CONFIG_INVALID`, `DEPLOY_RUNNING`, `HANDOVER_FAILED`, `CA_MISMATCH`,
   * `CLOCK_SKEWED`
   */
  async look(service: StepCaService): Promise<void> {
    const { keyFiles, issuers } = this.#release;
    try {
      await this.refresh(keyFiles);
    } catch (cause) {
      const remedy = `Look at how ${this.#host.name} is reached, then run this again. Nothing was changed there`;
      throw hostError(this.#host, "HOST_UNREACHABLE", "it cannot be asked", remedy, cause);
    }
    const lacking = keyFiles.find((file) => this.#presence?.hasKey(file) !== true);
    if (lacking !== undefined) {
      throw hostError(
        this.#host,
        "KEY_NOT_FOUND",
        `ca.json names the key file ${lacking}, which is not on the host`,
        "Copy it there, readable for step-ca's user alone, then run this again. Nothing was changed there",
      );
    }
    this.#refuseOpenPassword();
    this.#refuseLiveRun();
    this.#before = await service.served();
    const fault = await this.fault(this.#before, false);
    this.#formerRoots = fault === undefined ? [] : await this.#requireOwnAuthority();
    this.#isServed =
      this.hasAll && this.deadRun === undefined && fault === undefined && isSameChain(issuersOf(this.#before), issuers);
    if (!this.#isServed) {
      this.#refuseWrongClock();
    }
  }

  /** Asks again which files are there. Throws `HostFailure`. */
  async refresh(keyFiles: readonly string[] = []): Promise<void> {
    const { files, copies } = this.#release;
    const names = ["ca.json", ...[...files, ...copies].map(({ name }) => name)];
    this.#presence = await this.#folder.present(names, keyFiles);
  }

  /** The fields of ca.json that a handover changes. Throws `HostFailure`. */
  async changedFields(): Promise<string[]> {
    return changedFields(await this.presentConfig(), this.#release.config);
  }

  /** The ca.json on the host; empty if there is none, or it is no JSON. Throws `HostFailure`. */
  async presentConfig(): Promise<JsonObject> {
    return configIn((await this.#folder.show(["ca.json"])).get("ca.json"));
  }

  /** Why a chain does not verify up to the roots that the host is to have; undefined if it does, or is empty. */
  fault(chain: Chain, isTimeless: boolean): Promise<string | undefined> {
    return chain.length === 0
      ? Promise.resolve(undefined)
      : chainFault(chain, this.#release.rootsPem, isTimeless, this.#context.here);
  }

  get #hasConfig(): boolean {
    const config = this.#release.files.find(({ name }) => name === NEXT_CONFIG);
    return config !== undefined && this.#presence?.has(config, "ca.json") === true;
  }

  /** Refuses to write a password where everybody reads it: ca.json keeps its mode. */
  #refuseOpenPassword(): void {
    if (this.#presence?.isOpen === true && holdsDatabasePassword(this.#release.config)) {
      throw hostError(
        this.#host,
        "CONFIG_INVALID",
        "every user of the host can read ca.json there, and the URL of the database holds a password",
        `Run there: chmod o= ${this.#host.directory}/ca.json. Nothing was changed there`,
      );
    }
  }

  #refuseLiveRun(): void {
    const { owner, isOld = false } = this.#presence ?? {};
    if (owner === undefined) {
      return;
    }
    if (!isIdentity(owner)) {
      const reason = "hand-over/owner on the host does not name a run";
      throw hostError(this.#host, "HANDOVER_FAILED", reason, "Remove it there, then run this again");
    }
    // This process has the lock of the machine, so a lock with its own identity is left from an earlier run.
    if (!isOld && owner !== this.#context.run && !isDeadRun(owner)) {
      throw hostError(
        this.#host,
        "DEPLOY_RUNNING",
        `another run hands over to step-ca just now: ${owner} (machine, process, its start)`,
        "Wait until it has ended, then run this again. Should it have been killed on another machine, its place is taken " +
          `${String(staleMinutes(this.#host.waitSeconds))} minutes after it began. Nothing was changed there`,
      );
    }
  }

  /** Refuses a clock by which step-ca would serve what it or its clients think invalid. */
  #refuseWrongClock(): void {
    const clock = this.#presence?.clock;
    const { roots, issuers } = trustOf(this.#release);
    const fault = clock?.fault([...issuers, ...roots]);
    if (clock !== undefined && fault !== undefined) {
      throw hostError(
        this.#host,
        "CLOCK_SKEWED",
        `${clock.description}: ${fault}`,
        "Correct the clock that is wrong, then run this again. Nothing was changed there",
      );
    }
  }

  /** Refuses a chain that would not verify at any time. Returns the former roots that it needs to verify. */
  async #requireOwnAuthority(): Promise<X509Certificate[]> {
    if (this.#context.newAuthority || (await this.fault(this.#before, true)) === undefined) {
      return [];
    }
    const { formerRoots, here } = this.#context;
    const states = await asked(this.#host, () => presentStates(this.#folder, this, this.#release));
    for (const root of states.flatMap(({ rootsPem }) => (rootsPem === "" ? [] : readCertificates(rootsPem, "root")))) {
      if (
        formerRoots.includes(fingerprintSha256(root)) &&
        (await chainFault(this.#before, root.toString(), true, here)) === undefined
      ) {
        return [root];
      }
    }
    throw hostError(
      this.#host,
      "CA_MISMATCH",
      `what ${this.#host.url} serves is under no root that the stack has, or records to have had: who trusts the one would not trust the other`,
      "Is it the right stack, and the right URL? If so, the authority was replaced. Give all clients the roots of kms-pki export, then run " +
        "kms-pki deploy --new-authority, which gives it to all hosts, or to none. Nothing was changed there",
    );
  }
}
