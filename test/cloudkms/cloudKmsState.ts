import { alreadyExists, failedPrecondition, invalidArgument, notFound } from "./cloudKmsError";
import { CryptoKeyVersion, type SavedVersion } from "./cryptoKeyVersion";
import { IamPolicies, type SavedPolicies } from "./iamPolicies";
import { camelCase, page } from "./listing";
import {
  type CryptoKeyMessage,
  type CryptoKeyVersionMessage,
  type Policy,
  type RequestMessage,
  type ResponseMessage,
  timestamp,
} from "./messages";
import { childName, nameOf, parentOf } from "./resourceName";
import { checkLabels, checkTemplate } from "./cryptoKeyChecks";

/** How a key is protected. Google has more levels, which need your own key manager. */
export type ProtectionLevel = "SOFTWARE" | "HSM";

const DAY = 86_400;

interface CryptoKey {
  message: CryptoKeyMessage & { readonly name: string; readonly purpose: string };
  readonly versions: CryptoKeyVersion[];
}

interface KeyRing {
  readonly name: string;
  readonly createTime: object;
}

interface SavedState {
  readonly keyRings: readonly KeyRing[];
  readonly keys: readonly { readonly message: CryptoKey["message"]; readonly versions: readonly SavedVersion[] }[];
  readonly policies: SavedPolicies;
}

/** The key rings and keys of all projects, which exist as soon as they are named. Nothing is ever deleted. */
export class CloudKmsState {
  /** How long a new version is `PENDING_GENERATION`. Infinity means forever. */
  readonly generationMilliseconds: Record<ProtectionLevel, number>;
  readonly #keyRings = new Map<string, KeyRing>();
  readonly #keys = new Map<string, CryptoKey>();
  readonly #policies = new IamPolicies();
  #passed = 0;

  constructor(generationMilliseconds: Readonly<Partial<Record<ProtectionLevel, number>>> = {}) {
    this.generationMilliseconds = { SOFTWARE: 0, HSM: 300, ...generationMilliseconds };
  }

  /** Its whole content as JSON, including private keys, for {@link CloudKmsState.restore}. */
  save(): string {
    const keys = [...this.#keys.values()].map(({ message, versions }) => ({
      message,
      versions: versions.map((version) => version.save()),
    }));
    const saved: SavedState = { keyRings: [...this.#keyRings.values()], keys, policies: this.#policies.save() };
    return JSON.stringify(saved, null, 2);
  }

  /** Restores the content of another instance whose keys had all been generated. */
  restore(text: string): void {
    const { keyRings, keys, policies } = JSON.parse(text, reviveBuffer) as SavedState;
    for (const keyRing of keyRings) {
      this.#keyRings.set(keyRing.name, keyRing);
    }
    for (const { message, versions } of keys) {
      const restored = versions.map((version) => CryptoKeyVersion.restored(version, () => this.#now()));
      this.#keys.set(message.name, { message, versions: restored });
    }
    this.#policies.restore(policies);
  }

  /** Lets time pass in the service: destroys what is scheduled for destruction. It does not speed up the generation of keys. */
  passTime(milliseconds: number): void {
    this.#passed += milliseconds;
  }

  createKeyRing({ parent, keyRingId }: RequestMessage): ResponseMessage {
    const name = childName(nameOf("Location", parent), "keyRings", keyRingId);
    if (this.#keyRings.has(name)) {
      throw alreadyExists("KeyRing", name);
    }
    const keyRing = { name, createTime: timestamp(this.#now()) };
    this.#keyRings.set(name, keyRing);
    return keyRing;
  }

  getKeyRing({ name }: RequestMessage): ResponseMessage {
    return this.#keyRing(name);
  }

  listKeyRings(request: RequestMessage): ResponseMessage {
    const parent = nameOf("Location", request.parent);
    const all = [...this.#keyRings.values()].filter(({ name }) => parentOf(name) === parent);
    return page("keyRings", sorted(all), request);
  }

  async createCryptoKey(request: RequestMessage): Promise<ResponseMessage> {
    const { parent, cryptoKeyId, cryptoKey = {}, skipInitialVersionCreation = false } = request;
    const name = childName(nameOf("KeyRing", parent), "cryptoKeys", cryptoKeyId);
    const { purpose, labels = {}, importOnly = false, destroyScheduledDuration } = cryptoKey;
    if (purpose === undefined) {
      throw invalidArgument("The field crypto_key.purpose is required.");
    }
    const { protectionLevel = "SOFTWARE" } = cryptoKey.versionTemplate ?? {};
    const isImplied = purpose === "ENCRYPT_DECRYPT";
    const algorithm = cryptoKey.versionTemplate?.algorithm ?? (isImplied ? "GOOGLE_SYMMETRIC_ENCRYPTION" : undefined);
    checkTemplate(algorithm, protectionLevel, purpose);
    checkLabels(labels);
    if (cryptoKey.rotationPeriod !== undefined && purpose !== "ENCRYPT_DECRYPT") {
      throw invalidArgument(`Automatic rotation is not supported for keys with purpose ${purpose}.`);
    }
    const destroySeconds = destroyScheduledDuration?.seconds ?? (destroyScheduledDuration ? 0 : 30 * DAY);
    if (destroySeconds < (importOnly ? 0 : DAY) || destroySeconds > 120 * DAY) {
      throw invalidArgument("The field crypto_key.destroy_scheduled_duration must be between 24 hours and 120 days.");
    }
    if (importOnly && !skipInitialVersionCreation) {
      throw invalidArgument("An import only key must be created with skip_initial_version_creation.");
    }
    this.#keyRing(parent);
    if (this.#keys.has(name)) {
      throw alreadyExists("CryptoKey", name);
    }
    const message = {
      name,
      purpose,
      createTime: timestamp(this.#now()),
      versionTemplate: { protectionLevel, algorithm },
      destroyScheduledDuration: { seconds: destroySeconds },
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(importOnly ? { importOnly } : {}),
    } as CryptoKey["message"];
    const key: CryptoKey = { message, versions: [] };
    this.#keys.set(name, key);
    if (!skipInitialVersionCreation) {
      await this.#newVersion(key);
    }
    return keyMessage(key);
  }

  getCryptoKey({ name }: RequestMessage): ResponseMessage {
    return keyMessage(this.#key(name));
  }

  listCryptoKeys(request: RequestMessage): ResponseMessage {
    const { name: parent } = this.#keyRing(request.parent);
    const all = [...this.#keys.values()].map(keyMessage).filter(({ name }) => parentOf(name) === parent);
    return page("cryptoKeys", sorted(all), request);
  }

  updateCryptoKey({ cryptoKey = {}, updateMask }: RequestMessage): ResponseMessage {
    const key = this.#key(cryptoKey.name);
    let message = key.message;
    for (const path of pathsOf(updateMask)) {
      if (path === "labels") {
        const { labels = {} } = cryptoKey;
        checkLabels(labels);
        const { labels: _, ...others } = message;
        message = Object.keys(labels).length === 0 ? others : { ...message, labels };
      } else if (path === "versionTemplate" || path === "versionTemplate.algorithm") {
        const { protectionLevel } = message.versionTemplate ?? {};
        const { algorithm, protectionLevel: wanted } = cryptoKey.versionTemplate ?? {};
        if (path === "versionTemplate" && wanted !== protectionLevel) {
          throw invalidArgument("The field crypto_key.version_template.protection_level is immutable.");
        }
        checkTemplate(algorithm, protectionLevel, message.purpose);
        message = { ...message, versionTemplate: { ...message.versionTemplate, ...(algorithm && { algorithm }) } };
      } else {
        throw invalidArgument(`The field crypto_key.${snakeCase(path)} cannot be updated.`);
      }
    }
    key.message = message;
    return keyMessage(key);
  }

  async createCryptoKeyVersion({ parent }: RequestMessage): Promise<CryptoKeyVersionMessage & ResponseMessage> {
    const key = this.#key(parent);
    if (key.message.importOnly === true) {
      throw failedPrecondition(`${key.message.name} may contain imported versions only.`);
    }
    return { ...(await this.#newVersion(key)) };
  }

  getCryptoKeyVersion({ name }: RequestMessage): ResponseMessage {
    return { ...this.#version(name).message() };
  }

  listCryptoKeyVersions(request: RequestMessage): ResponseMessage {
    const { versions } = this.#key(request.parent);
    const view = request.view ?? "CRYPTO_KEY_VERSION_VIEW_UNSPECIFIED";
    const all = versions.map((version) => version.message(view));
    return page("cryptoKeyVersions", all, request);
  }

  updateCryptoKeyVersion({ cryptoKeyVersion = {}, updateMask }: RequestMessage): ResponseMessage {
    const version = this.#version(cryptoKeyVersion.name);
    for (const path of pathsOf(updateMask)) {
      if (path !== "state") {
        throw invalidArgument(`The field crypto_key_version.${snakeCase(path)} cannot be updated.`);
      }
      version.setState(cryptoKeyVersion.state);
    }
    return { ...version.message() };
  }

  destroyCryptoKeyVersion({ name }: RequestMessage): ResponseMessage {
    const version = this.#version(name);
    version.scheduleDestruction(this.#key(parentOf(version.name)).message.destroyScheduledDuration?.seconds ?? 0);
    return { ...version.message() };
  }

  restoreCryptoKeyVersion({ name }: RequestMessage): ResponseMessage {
    const version = this.#version(name);
    version.restore();
    return { ...version.message() };
  }

  /** Every version of every key that was ever made. */
  allVersions(): readonly CryptoKeyVersion[] {
    return [...this.#keys.values()].flatMap(({ versions }) => versions);
  }

  getPublicKey(request: RequestMessage): ResponseMessage {
    return this.#version(request.name).publicKey(request);
  }

  asymmetricSign(request: RequestMessage): Promise<ResponseMessage> {
    return this.#version(request.name).sign(request);
  }

  getIamPolicy({ resource }: RequestMessage): Policy & ResponseMessage {
    return { ...this.#policies.get(this.#policyHolder(resource)) };
  }

  setIamPolicy(request: RequestMessage): Policy & ResponseMessage {
    return { ...this.#policies.set(this.#policyHolder(request.resource), request) };
  }

  testIamPermissions(request: RequestMessage): ResponseMessage {
    this.#policyHolder(request.resource);
    return this.#policies.test(request);
  }

  #now(): number {
    return Date.now() + this.#passed;
  }

  #keyRing(name: string | undefined): ResponseMessage & { readonly name: string } {
    const found = this.#keyRings.get(nameOf("KeyRing", name));
    if (found === undefined) {
      throw notFound("KeyRing", name ?? "");
    }
    return { ...found };
  }

  #key(name: string | undefined): CryptoKey {
    const found = this.#keys.get(nameOf("CryptoKey", name));
    if (found === undefined) {
      throw notFound("CryptoKey", name ?? "");
    }
    return found;
  }

  #version(name: string | undefined): CryptoKeyVersion {
    const key = this.#keys.get(parentOf(nameOf("CryptoKeyVersion", name)));
    const found = key?.versions.find((version) => version.name === name);
    if (found === undefined) {
      throw notFound("CryptoKeyVersion", name ?? "");
    }
    return found;
  }

  #policyHolder(resource: string | undefined): string {
    const isKey = resource?.includes("/cryptoKeys/") === true;
    return isKey ? this.#key(resource).message.name : this.#keyRing(resource).name;
  }

  /** The answer, in which an asymmetric key is still being generated, even in software. */
  async #newVersion({ message: { name, versionTemplate }, versions }: CryptoKey): Promise<CryptoKeyVersionMessage> {
    const { algorithm = "", protectionLevel = "" } = versionTemplate ?? {};
    const { version, answerable } = CryptoKeyVersion.begin({
      name: `${name}/cryptoKeyVersions/${String(versions.length + 1)}`,
      algorithm,
      protectionLevel,
      now: () => this.#now(),
      generationMilliseconds: this.generationMilliseconds[protectionLevel as ProtectionLevel],
    });
    versions.push(version);
    const answer = version.message();
    await answerable;
    return version.isAsymmetric ? answer : version.message();
  }
}

function keyMessage({ message, versions }: CryptoKey): ResponseMessage & { readonly name: string } {
  const [primary] = versions;
  const hasPrimary = message.purpose === "ENCRYPT_DECRYPT" && primary !== undefined;
  return { ...message, ...(hasPrimary ? { primary: primary.message() } : {}) };
}

/** JSON represents a buffer as `{ "type": "Buffer", "data": [...] }`. */
function reviveBuffer(_name: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { readonly type?: unknown; readonly data?: number[] };
  return type === "Buffer" && data !== undefined ? Buffer.from(data) : value;
}

function pathsOf(updateMask: RequestMessage["updateMask"]): string[] {
  const paths = (updateMask?.paths ?? []).map(camelCase);
  if (paths.length === 0) {
    throw invalidArgument("The field update_mask is required.");
  }
  return paths;
}

function snakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function sorted<Named extends { readonly name: string }>(resources: readonly Named[]): Named[] {
  return resources.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
