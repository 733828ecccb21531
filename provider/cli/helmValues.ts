import { exportedFiles, type ExportedAuthority, SSH_FILES } from "../authority/exportedFiles";
import { PkiError } from "../errors";
import { CERTIFICATE_FILES } from "../stepca/config";
import { DATABASE_TYPES, holdsDatabasePassword } from "../stepca/database";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import type { ContainerFiles } from "./containerFiles";
import { withoutDatabasePassword } from "./databaseUrl";
import { CHART_FOLDERS, CHART_KEYS, CHART_VERSION, withoutChartDefaults } from "./helmChart";
import { yamlText } from "./yamlText";

/** The Secrets that the values refer to and that you make, by the names of their keys. */
const REFERRED_SECRETS = {
  passphrase: { name: "step-ca-passphrase", key: "passphrase" },
  database: { name: "step-ca-database", key: "password" },
} as const;

/** A secret of a KMS in its block of ca.json, which the chart keeps in a ConfigMap. */
const KMS_SECRET = /pin-value=|"(?:pin|managementKey)":/i;

/**
 * The values of smallstep's chart for an authority, in its mode `inject`. The chart keeps ca.json in a ConfigMap, so no secret is in
 * it: the password of PostgreSQL and the passphrase of key files come from Secrets that you make.
 *
 * @param fingerprint of the root
 * @returns the text of the values, and notes for a person
 * @throws PkiError `CONFIG_INVALID` for a secret that only ca.json can hold
 */
export function helmValues(
  authority: ExportedAuthority,
  { config: placed, port, keys, notes }: ContainerFiles,
  fingerprint: string,
): { text: string; notes: string[] } {
  const databaseType = isJsonObject(placed["db"]) ? placed["db"]["type"] : undefined;
  const isShared = DATABASE_TYPES.some((type) => databaseType === type);
  const config = withoutDatabasePassword(placed);
  const hasPassword = config !== placed;
  if (holdsDatabasePassword(config) || KMS_SECRET.test(JSON.stringify(config["kms"]))) {
    throw new PkiError(
      "CONFIG_INVALID",
      "ca.json holds a password or a PIN, and the chart would keep it in a ConfigMap",
      "Use kms-pki export --kustomize, which keeps ca.json in a Secret",
    );
  }
  const { before, after } = exportedFiles(authority, [config["root"], config["crt"]].flat());
  const files = new Map([...before, ...after].map(({ name, content }) => [name, content]));
  const own: readonly string[] = [...Object.values(CERTIFICATE_FILES), ...Object.values(SSH_FILES)];
  const text = (name: string): string => String(files.get(name) ?? "").trimEnd();
  const key = (name: string): string => keys.find((each) => each.name === name)?.content.trimEnd() ?? "";
  const { passphrase, database } = REFERRED_SECRETS;
  const values = {
    inject: {
      enabled: true,
      config: {
        files: {
          "ca.json": withoutChartDefaults(config),
          "defaults.json": {
            "ca-url": `https://${firstName(config)}`,
            "ca-config": `${CHART_FOLDERS.config}/ca.json`,
            fingerprint,
            root: `${CHART_FOLDERS.certificates}/${CERTIFICATE_FILES.root}`,
          },
        },
        templates: Object.fromEntries(
          before.filter(({ name }) => !own.includes(name)).map(({ name }) => [name, `${text(name)}\n`]),
        ),
      },
      certificates: {
        intermediate_ca: text(CERTIFICATE_FILES.crt),
        root_ca: text(CERTIFICATE_FILES.root),
        ssh_host_ca: text(SSH_FILES.host),
        ssh_user_ca: text(SSH_FILES.user),
      },
      secrets: {
        ca_password: "",
        provisioner_password: "",
        x509: { enabled: key(CHART_KEYS.key) !== "", intermediate_ca_key: key(CHART_KEYS.key), root_ca_key: "" },
        ssh: {
          enabled: authority.ssh !== undefined,
          ...{ host_ca_key: key(CHART_KEYS.hostKey), host_ca_password: "" },
          ...{ user_ca_key: key(CHART_KEYS.userKey), user_ca_password: "" },
        },
      },
    },
    bootstrap: { enabled: false, configmaps: false, secrets: true },
    service: { targetPort: port },
    ca: {
      db: { enabled: !isShared },
      // Without a password in its URL, the database may ask for one all the same.
      ...(databaseType === "postgresql"
        ? { env: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { ...database, optional: !hasPassword } } }] }
        : {}),
    },
    ...(keys.length === 0
      ? {}
      : {
          args: [
            ...["--password-file", `${CHART_FOLDERS.passphrase}/${passphrase.key}`],
            `${CHART_FOLDERS.config}/ca.json`,
          ],
          extraVolumes: [{ name: "passphrase", secret: { secretName: passphrase.name } }],
          extraVolumeMounts: [{ name: "passphrase", mountPath: CHART_FOLDERS.passphrase, readOnly: true }],
        }),
  };
  const secretNote = ({ name, key: field }: { name: string; key: string }, what: string): string =>
    `make the Secret "${name}" with ${what} as "${field}"`;
  return {
    text: `# Values of the chart step-certificates ${CHART_VERSION} by smallstep.\n${yamlText(values)}`,
    notes: [
      ...notes,
      ...(keys.length > 0 ? [secretNote(passphrase, "the passphrase of the key files")] : []),
      ...(databaseType === "postgresql"
        ? [secretNote(database, `the password of the database${hasPassword ? "" : ", if it has one,"}`)]
        : []),
    ],
  };
}

function firstName({ dnsNames }: JsonObject): string {
  const [first] = (Array.isArray(dnsNames) ? dnsNames : []) as unknown[];
  const name = String(first);
  return name.includes(":") ? `[${name}]` : name;
}
