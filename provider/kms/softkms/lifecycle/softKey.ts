import { join, isAbsolute, posix } from "node:path";
import { PkiError } from "../../../errors";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { checkKeyDirectory } from "../keyDirectory";
import type { Problem } from "../../../words/problem";
import type { OwnerMarks } from "../../ownerMark";
import { checkAdoptedFile, checkEncryption, checkSoftKeyName } from "../softKeyChecks";
import { hasUnknown, isKnownChange, UNKNOWN } from "../../../words/unknown";
import { checkSecret, PASSPHRASE, requireNewPassphrase, requireSecret } from "../../../words/secrets";
import type { Algorithm } from "../../algorithms";
import { isKeyFile } from "../keyFile";
import { adoptedKey } from "../keyFileAdoption";
import { chooseGeneration, keyFileGeneration, keyFileName } from "../softKeyFiles";
import { softkms } from "../descriptor";
import { namedSoftKeyUri, softKeyPath, softKeyUri } from "../softKeyUri";
import type { SoftKeyState } from "../softkms";
import { publicKeyPem } from "../../../x509/certificate";
import type { Context } from "../../../lifecycle/context";
import type { Checked, Difference, Lifecycle } from "../../../lifecycle/provider";
import { requireRecorded } from "../../../lifecycle/recorded";

/** The inputs of a key file. */
export interface SoftKeyInputs extends OwnerMarks {
  /** The file's name without its extension. */
  readonly name: string;
  readonly directory: string;
  readonly algorithm: Algorithm;
  readonly encryption: "passphrase" | "none";
  /** The path or URI of a key file that exists, to be used unchanged. */
  readonly adopt?: string;
  /** Whether the file is deleted with the resource. Absent: it is. */
  readonly deleteKey?: boolean;
  /** The key's URI. `check` chooses it. */
  readonly uri?: string;
}

/** The record of a key file. */
export interface SoftKeyRecord extends SoftKeyInputs {
  readonly uri: string;
  readonly publicKeyPem: string;
  readonly fileSha256: string;
  /** Whether the key was adopted, so its file is never changed or deleted. */
  readonly isForeign?: boolean;
  readonly status: SoftKeyState["status"];
}

const REPLACING = ["name", "directory", "algorithm", "encryption"] as const;

/** The lifecycle of a key file. */
export function softKeyLifecycle({ backends, secrets, notice }: Context): Lifecycle<SoftKeyInputs, SoftKeyRecord> {
  /**
   * The recorded key's URI, by owner. A replacement is checked a second time as if it were new. It then takes a later
   * file name, so it never finds the key that it replaces.
   */
  const recorded = new Map<string, string>();

  const nextUri = async (inputs: SoftKeyInputs, recordedUri: string | undefined): Promise<string> => {
    const adopted = inputs.adopt === undefined ? undefined : namedSoftKeyUri(inputs.adopt);
    if (adopted !== undefined && adopted !== recordedUri) {
      return adopted;
    }
    const { directory, name, algorithm, encryption } = inputs;
    const recordedPath = recordedUri === undefined ? "" : softKeyPath(recordedUri);
    const fileName = posix.basename(recordedPath);
    const generation = await chooseGeneration(
      isAbsolute(directory) ? directory : join(secrets.rootDirectory, directory),
      name,
      { ...marksOf(inputs), algorithm, encrypted: encryption !== "none" },
      posix.join(directory, fileName) === recordedPath ? keyFileGeneration(name, fileName) : undefined,
    );
    return softKeyUri(posix.join(directory, keyFileName(name, generation)));
  };

  const pathOf = (uri: string): string => {
    const path = softKeyPath(uri);
    return isAbsolute(path) ? path : join(secrets.rootDirectory, path);
  };

  const checkFile = async (uri: string, { adopt = "" }: SoftKeyInputs): Promise<Problem[]> => {
    return (await isKeyFile(pathOf(uri)))
      ? []
      : [
          {
            code: "KEY_NOT_FOUND",
            property: "adopt",
            reason: `there is no key file ${adopt}`,
            remedy: "Correct its path, which starts from the folder of Pulumi.yaml",
          },
        ];
  };

  return {
    async check(olds, news): Promise<Checked<SoftKeyInputs>> {
      const oldUri = olds.uri === UNKNOWN ? undefined : olds.uri;
      if (oldUri !== undefined) {
        recorded.set(news.owner, oldUri);
      }
      const problems = checkInputs(news, secrets.rootDirectory);
      const stays = oldUri !== undefined && olds.name === news.name && olds.directory === news.directory;
      if (problems.length === 0 && news.encryption === "passphrase") {
        problems.push(
          ...checkSecret(() => (stays ? requireSecret(PASSPHRASE, secrets) : requireNewPassphrase(secrets))),
        );
      }
      if (stays || problems.length > 0 || hasUnknown(news)) {
        return { inputs: { ...news, uri: oldUri ?? UNKNOWN }, problems };
      }
      const uri = await nextUri(news, recorded.get(news.owner));
      return { inputs: { ...news, uri }, problems: isAdopted(uri, news) ? await checkFile(uri, news) : [] };
    },

    diff(state, news): Difference {
      requireRecorded(state, ["uri", "publicKeyPem", "fileSha256"]);
      const replaces = REPLACING.filter((property) => isKnownChange(state[property], news[property]));
      if (replaces.length === 0) {
        requireSameKey(state.uri, news);
      }
      if ((state.status === "missing" || state.status === "changed") && replaces.length === 0) {
        notice(`${state.uri} was found ${state.status}; pulumi up fails until the key is back.`);
      }
      const { deleteKey = true } = state;
      const isUncertain = REPLACING.some((property) => hasUnknown(news[property]));
      const changes = isUncertain || state.status !== "present" || deleteKey !== (news.deleteKey ?? true);
      return { changes: replaces.length > 0 || changes, replaces };
    },

    async create(inputs) {
      const { adopt: _, ...declared } = inputs;
      const { algorithm, encryption } = inputs;
      const uri = inputs.uri ?? (await nextUri(inputs, undefined));
      const isForeign = isAdopted(uri, inputs);
      const kms = await backends.open(softkms);
      const { publicKey } = await (isForeign
        ? adoptedKey(kms, { uri, path: pathOf(uri) }, { algorithm, ...marksOf(inputs) })
        : kms.createKey({ uri, algorithm, ...marksOf(inputs), encrypted: encryption !== "none" }));
      const fileSha256 = await kms.fileSha256(uri);
      return {
        id: uri,
        state: {
          ...{ ...declared, uri, publicKeyPem: publicKeyPem(publicKey), fileSha256, status: "present" },
          ...(isForeign ? { isForeign } : {}),
        },
      };
    },

    async read(state) {
      requireRecorded(state, ["uri", "publicKeyPem", "fileSha256"]);
      const kms = await backends.open(softkms);
      return { ...state, ...(await kms.inspect(state.uri, state)) };
    },

    async update({ deleteKey: _, ...state }, { deleteKey }) {
      const found = await this.read({ ...state, ...(deleteKey === undefined ? {} : { deleteKey }) });
      if (found.status !== "present") {
        throw new PkiError(
          found.status === "missing" ? "KEY_NOT_FOUND" : "KEY_CHANGED",
          `the key file of ${state.uri} ${found.status === "missing" ? "is gone" : "holds another key"}, and a key is never replaced silently`,
          "Restore the file from a backup and run again. To give up the key, turn deletionProtection off and " +
            "run pulumi up --replace with the URN of the key, which reissues its certificates",
        );
      }
      return found;
    },

    async delete(state) {
      if (state.isForeign === true) {
        return; // somebody else made it
      }
      requireRecorded(state, ["uri", "fileSha256"]);
      const kms = await backends.open(softkms);
      // Only this exact file: after a killed replacement, a later record may have taken it over and marked it.
      const found = await kms.compareFile(state.uri, state.fileSha256);
      if (found === "same") {
        await (state.deleteKey === false ? kms.releaseKey(state.uri) : kms.deleteKey(state.uri));
      } else if (found === "other") {
        notice(`the file of ${state.uri} is not the recorded one and stays in place.`);
      }
    },
  };
}

/** Whether a key is the one that the program adopts. */
function isAdopted(uri: string, { adopt }: SoftKeyInputs): boolean {
  return adopt !== undefined && namedSoftKeyUri(adopt) === uri;
}

/** The marks of a key file. A state of 0.1.0 has no former marks. */
function marksOf({ owner, formerOwners }: SoftKeyInputs): OwnerMarks {
  return { owner, ...(formerOwners === undefined ? {} : { formerOwners }) };
}

function checkInputs(news: SoftKeyInputs, rootDirectory: string): Problem[] {
  const directory: unknown = news.directory;
  const problems = [
    ...checkAlgorithm(news.algorithm, "algorithm"),
    ...checkSoftKeyName(news.name, "name"),
    ...checkEncryption(news.encryption, "encryption"),
    ...checkAdoptedFile(news.adopt, "adopt"),
  ];
  if (directory === UNKNOWN) {
    return problems;
  }
  return typeof directory === "string"
    ? [
        ...problems,
        ...checkKeyDirectory(isAbsolute(directory) ? directory : join(rootDirectory, directory), "directory"),
      ]
    : [...problems, noDirectory()];
}

/**
 * Refuses to put a key to adopt in the place of the recorded one.
 *
 * @throws PkiError `INPUT_INVALID`
 */
function requireSameKey(uri: string, { adopt }: SoftKeyInputs): void {
  if (adopt !== undefined && adopt !== UNKNOWN && namedSoftKeyUri(adopt) !== uri) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${adopt}, but the resource already has the key ${uri}`,
      "Remove it from adopt",
    );
  }
}

function noDirectory(): Problem {
  return {
    code: "INPUT_INVALID",
    property: "directory",
    reason: "the folder of the key files is not a string",
    remedy: "Give its path, relative to the folder of Pulumi.yaml",
  };
}
