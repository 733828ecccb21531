import { isDeepStrictEqual } from "node:util";
import { happened } from "./stop";
import type { GcpClient } from "./gcpClient";
import { DELETION_POLICY, reachesService } from "./gcpDeletionPolicy";
import { readLabels, wantedLabels } from "./gcpLabels";
import { defined, type Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

interface VersionTemplate {
  readonly algorithm?: string;
  readonly protectionLevel?: string;
}

/** The inputs that are used here; the names are those of @pulumi/gcp. */
interface CryptoKeyInputs {
  readonly cryptoKeyBackend?: string;
  readonly destroyScheduledDuration?: string;
  readonly importOnly?: boolean;
  readonly keyRing: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly name: string;
  readonly purpose?: string;
  /** Seconds, as in `7776000s`. */
  readonly rotationPeriod?: string;
  readonly skipInitialVersionCreation?: boolean;
  readonly versionTemplate?: VersionTemplate;
}

/** A key as the service returns it. */
interface CryptoKey extends Omit<CryptoKeyInputs, "keyRing" | "skipInitialVersionCreation"> {
  readonly primary?: { readonly name: string; readonly state: string };
}

/**
 * `gcp:kms/cryptoKey:CryptoKey`. The service cannot delete keys: the versions of a removed key are
 * destroyed, but the key stays, and its name remains in use.
 */
export function gcpKmsCryptoKey(client: GcpClient): ResourceKind {
  return {
    inputs: {
      cryptoKeyBackend: { chosenByService: true, replaces: true },
      deletionPolicy: DELETION_POLICY,
      destroyScheduledDuration: { chosenByService: true, replaces: true },
      importOnly: { chosenByService: true, replaces: true },
      keyRing: { replaces: true },
      labels: {},
      name: { replaces: true },
      purpose: { default: "ENCRYPT_DECRYPT", replaces: true },
      rotationPeriod: {},
      // A change of it does not change the key: the official provider only records it.
      skipInitialVersionCreation: { default: false },
      versionTemplate: { chosenByService: true, same: sameTemplate, replaces: isOtherLevel },
    },
    outputs: ["effectiveLabels", "primaries", "pulumiLabels"],
    autoname: (name, random) => `${name}-${random}`,

    async create(properties) {
      const inputs = properties as unknown as CryptoKeyInputs;
      const labels = wantedLabels(inputs, client.labelsAttribution);
      const key = await client.call<CryptoKey>(
        "POST",
        `${inputs.keyRing}/cryptoKeys`,
        {
          cryptoKeyId: inputs.name,
          skipInitialVersionCreation: String(inputs.skipInitialVersionCreation ?? false),
        },
        defined({
          cryptoKeyBackend: inputs.cryptoKeyBackend,
          destroyScheduledDuration: inputs.destroyScheduledDuration,
          importOnly: inputs.importOnly,
          labels: labels.effectiveLabels,
          purpose: inputs.purpose,
          versionTemplate: inputs.versionTemplate && withLevel(inputs.versionTemplate),
          ...rotation(inputs),
        }),
      );
      await happened("CreateCryptoKey");
      const recorded = { ...properties, pulumiLabels: labels.pulumiLabels };
      return { id: `${inputs.keyRing}/cryptoKeys/${inputs.name}`, state: stateOf(key, recorded) };
    },

    async read(id, state) {
      const name = cryptoKeyName(id, client.project);
      const key = await client.find<CryptoKey>(name);
      const [keyRing, ownName] = name.split("/cryptoKeys/");
      return key === undefined ? undefined : { id: name, state: stateOf(key, { ...state, keyRing, name: ownName }) };
    },

    async update(id, old, wanted) {
      const inputs = wanted as unknown as CryptoKeyInputs;
      const labels = wantedLabels(inputs, client.labelsAttribution, old);
      const changes = {
        ...(inputs.rotationPeriod === old["rotationPeriod"]
          ? {}
          : { rotationPeriod: null, nextRotationTime: null, ...rotation(inputs) }),
        ...templateChange(old["versionTemplate"], inputs.versionTemplate),
        ...(isDeepStrictEqual(labels.effectiveLabels, old["effectiveLabels"])
          ? {}
          : { labels: labels.effectiveLabels }),
      };
      const mask = Object.keys(changes).map((name) =>
        name === "versionTemplate" ? "versionTemplate.algorithm" : name,
      );
      const key =
        mask.length === 0
          ? await client.call<CryptoKey>("GET", id)
          : await client.call<CryptoKey>("PATCH", id, { updateMask: mask.join(",") }, changes);
      return stateOf(key, { ...wanted, pulumiLabels: labels.pulumiLabels });
    },

    async delete(id, state) {
      if (!reachesService(id, state)) {
        return;
      }
      const { cryptoKeyVersions = [] } = await client.call<{
        readonly cryptoKeyVersions?: readonly { readonly name: string; readonly state: string }[];
      }>("GET", `${id}/cryptoKeyVersions`);
      for (const version of cryptoKeyVersions) {
        if (version.state !== "DESTROYED" && version.state !== "DESTROY_SCHEDULED") {
          await client.call("POST", `${version.name}:destroy`, {}, {});
        }
      }
      if ((state as Partial<CryptoKeyInputs>).rotationPeriod !== undefined) {
        const never = { rotationPeriod: null, nextRotationTime: null };
        await client.call("PATCH", id, { updateMask: Object.keys(never).join(",") }, never);
      }
    },
  };
}

/** A key's full name. It may also be given as `[<project>/]<location>/<key ring>/<key>`. */
export function cryptoKeyName(id: string, project: string | undefined): string {
  if (id.startsWith("projects/")) {
    return id;
  }
  const parts = id.split("/");
  const [owner, location, keyRing, key] = parts.length === 3 ? [project, ...parts] : parts;
  return `projects/${String(owner)}/locations/${String(location)}/keyRings/${String(keyRing)}/cryptoKeys/${String(key)}`;
}

/** The service's answer over the recorded state. */
function stateOf(key: CryptoKey, recorded: Properties): Properties {
  return defined({
    deletionPolicy: DELETION_POLICY.default,
    skipInitialVersionCreation: false,
    ...recorded,
    ...readLabels(key.labels ?? {}, recorded),
    cryptoKeyBackend: key.cryptoKeyBackend ?? "",
    destroyScheduledDuration: key.destroyScheduledDuration,
    importOnly: key.importOnly ?? false,
    primaries: key.primary === undefined ? [] : [{ name: key.primary.name, state: key.primary.state }],
    purpose: key.purpose,
    rotationPeriod: key.rotationPeriod,
    versionTemplate: key.versionTemplate,
  });
}

/** The service also requires the start time. */
function rotation({ rotationPeriod }: CryptoKeyInputs): Properties {
  if (rotationPeriod === undefined) {
    return {};
  }
  const next = Date.now() + Number.parseFloat(rotationPeriod) * 1000;
  return { rotationPeriod, nextRotationTime: new Date(next).toISOString() };
}

/** New versions may have another algorithm, but never another protection level. */
function isOtherLevel(old: unknown, wanted: unknown): boolean {
  return (
    withLevel(old as VersionTemplate).protectionLevel !==
    withLevel(wanted as VersionTemplate | undefined).protectionLevel
  );
}

function templateChange(old: unknown, wanted: VersionTemplate | undefined): Properties {
  if (wanted === undefined || sameTemplate(old, wanted)) {
    return {};
  }
  return { versionTemplate: withLevel(wanted) };
}

function sameTemplate(old: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(withLevel(old as VersionTemplate), withLevel(wanted as VersionTemplate));
}

function withLevel(template: VersionTemplate | undefined): VersionTemplate {
  return { protectionLevel: "SOFTWARE", ...template };
}
