import { isDeepStrictEqual } from "node:util";
import { until } from "../fixtures/waiting";
import { behaves } from "./behaviour";
import { happened } from "./stop";
import type { GcpClient } from "./gcpClient";
import { DELETION_POLICY, reachesService } from "./gcpDeletionPolicy";
import { defined, type Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

/** A version as the service returns it. */
interface CryptoKeyVersion {
  readonly algorithm: string;
  /** For keys in an HSM. */
  readonly attestation?: {
    readonly format: string;
    /** Base64. */
    readonly content: string;
    readonly certChains?: Readonly<Record<string, readonly string[]>>;
  };
  readonly externalProtectionLevelOptions?: Properties;
  /** Absent while the key is being generated. */
  readonly generateTime?: string;
  readonly name: string;
  readonly protectionLevel: string;
  readonly state: string;
}

/**
 * `gcp:kms/cryptoKeyVersion:CryptoKeyVersion`. A removed version is destroyed, which the service does after a while.
 * It does not wait for a version that is being generated. A version that is destroyed or scheduled for destruction still exists
 * for the official provider, and therefore here.
 */
export function gcpKmsCryptoKeyVersion(client: GcpClient): ResourceKind {
  return {
    inputs: {
      cryptoKey: { replaces: true },
      deletionPolicy: DELETION_POLICY,
      externalProtectionLevelOptions: {},
      state: { chosenByService: true },
    },
    outputs: ["algorithm", "attestations", "generateTime", "name", "protectionLevel"],

    async create(properties) {
      const { cryptoKey, externalProtectionLevelOptions, state } = properties;
      const created = await client.call<CryptoKeyVersion>(
        "POST",
        `${String(cryptoKey)}/cryptoKeyVersions`,
        {},
        defined({ externalProtectionLevelOptions, state }),
      );
      await happened("CreateCryptoKeyVersion");
      let version = await client.call<CryptoKeyVersion>("GET", created.name);
      const isGenerated = async (): Promise<boolean> => {
        version = await client.call<CryptoKeyVersion>("GET", created.name);
        return version.state !== "PENDING_GENERATION";
      };
      if (version.state === "PENDING_GENERATION" && !behaves("recordsPendingVersions")) {
        await until(`${created.name} is generated`, isGenerated, { pause: 100 });
      }
      return { id: version.name, state: stateOf(version, properties) };
    },

    async read(id, state) {
      const version = await client.find<CryptoKeyVersion>(id);
      if (version === undefined) {
        return undefined;
      }
      const cryptoKey = id.replace(/\/cryptoKeyVersions\/.*/, "");
      return { id, state: stateOf(version, { cryptoKey, ...state }) };
    },

    async update(id, old, wanted) {
      const changes = Object.entries(defined(wanted)).filter(
        ([name, value]) =>
          ["state", "externalProtectionLevelOptions"].includes(name) && !isDeepStrictEqual(old[name], value),
      );
      const version =
        changes.length === 0
          ? await client.call<CryptoKeyVersion>("GET", id)
          : await client.call<CryptoKeyVersion>(
              "PATCH",
              id,
              { updateMask: changes.map(([name]) => name).join(",") },
              Object.fromEntries(changes),
            );
      return stateOf(version, wanted);
    },

    async delete(id, state) {
      if (!reachesService(id, state)) {
        return;
      }
      try {
        await client.call("POST", `${id}:destroy`, {}, {});
      } catch (error) {
        // The official provider drops the version, whatever the service answers.
        if (!behaves("swallowsRefusedDestruction")) {
          throw error;
        }
      }
    },
  };
}

/** The service's answer over the recorded state. */
function stateOf(version: CryptoKeyVersion, recorded: Properties): Properties {
  const { attestation } = version;
  return defined({
    deletionPolicy: DELETION_POLICY.default,
    ...recorded,
    algorithm: version.algorithm,
    attestations: attestation === undefined ? [] : [attestation],
    externalProtectionLevelOptions: version.externalProtectionLevelOptions,
    generateTime: version.generateTime ?? "",
    name: version.name,
    protectionLevel: version.protectionLevel,
    state: version.state,
  });
}
