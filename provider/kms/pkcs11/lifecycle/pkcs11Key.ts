import { PkiError } from "../../../errors";
import { checkAlgorithm } from "../../../inputs/algorithm";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import { requireRecorded } from "../../../lifecycle/recorded";
import { hasUnknown, isKnownChange, UNKNOWN } from "../../../words/unknown";
import { publicKeyPem } from "../../../x509/certificate";
import type { Algorithm } from "../../algorithms";
import type { OwnerMarks } from "../../ownerMark";
import { readKeyOf } from "../../publicKey";
import { requireFit } from "../../signingKey";
import { checkAdoptedUri, checkLabel } from "../pkcs11Checks";
import { isOwnKey } from "../pkcs11KeyId";
import { canonicalTokenKeyUri, isSameToken, parseTokenKmsUri, tokenKeyName, tokenName } from "../pkcs11Uri";
import { checkToken, type InToken, tokenAt } from "./tokenAt";

/** The inputs of a key in a token. */
export interface Pkcs11KeyInputs extends InToken, OwnerMarks {
  readonly label: string;
  readonly algorithm: Algorithm;
  /** The URI of an existing key, to be used unchanged. */
  readonly adopt?: string;
  /** Whether the key is deleted from the token when the resource is. */
  readonly deleteKey: boolean;
  /** The label of the key itself, chosen by `check`: `root-2` for the key that replaces `root`. */
  readonly keyLabel?: string;
}

/** The recorded state of a key in a token. */
export interface Pkcs11KeyRecord extends Pkcs11KeyInputs {
  readonly uri: string;
  readonly publicKeyPem: string;
  /** The serial number of the token in which the key was made or found. */
  readonly serial: string;
  /** Whether somebody else made an adopted key. It is then never deleted. */
  readonly isForeign?: boolean;
  readonly status: "present" | "missing" | "changed";
}

/** The lifecycle of a key in a token. */
export function pkcs11KeyLifecycle(context: Context): Lifecycle<Pkcs11KeyInputs, Pkcs11KeyRecord> {
  const { notice } = context;
  /**
   * The recorded key's label by owner. A replacement is checked a second time, as if it were new; it then takes a later label, so
   * that it never finds the key that it replaces.
   */
  const recorded = new Map<string, string>();

  const chooseLabel = (news: Pkcs11KeyInputs): string =>
    news.adopt === undefined
      ? laterLabel(news.label, recorded.get(news.owner))
      : (tokenKeyName(news.adopt).label ?? news.label);

  /** Reads the state of the key. A missing token is an error, and does not mean that the key is gone. */
  const look = async (state: Pkcs11KeyRecord): Promise<Pick<Pkcs11KeyRecord, "status" | "serial">> => {
    const { token } = await tokenAt(context, state);
    return token.turn(async (turn) => {
      const [key] = await turn.keys(tokenKeyName(state.uri));
      const { serial } = await turn.describe();
      if (key === undefined) {
        return { status: "missing", serial: state.serial };
      }
      const isSame =
        key.spki !== undefined && readKeyOf(state.uri, key.spki).equals(readKeyOf(state.uri, state.publicKeyPem));
      return isSame ? { status: "present", serial } : { status: "changed", serial: state.serial };
    });
  };

  return {
    check(olds, news) {
      const oldLabel = recordedLabel(olds);
      const { owner = UNKNOWN } = news as Partial<Pkcs11KeyInputs>;
      if (oldLabel !== undefined) {
        recorded.set(news.owner, oldLabel);
      }
      const problems = [
        ...checkAlgorithm(news.algorithm, "algorithm"),
        ...checkLabel(news.label, "label"),
        ...checkAdoptedUri(news.adopt, "adopt"),
        ...checkToken(context, news),
      ];
      if (problems.length > 0 || hasUnknown({ ...news, owner })) {
        return { inputs: { ...news, keyLabel: oldLabel ?? UNKNOWN }, problems };
      }
      const stays = olds.label === news.label && olds.kms !== undefined && isSameToken(olds.kms, news.kms);
      const keyLabel = stays ? (oldLabel ?? chooseLabel(news)) : chooseLabel(news);
      return { inputs: { ...news, keyLabel }, problems };
    },

    diff(state, news) {
      requireRecorded(state, ["kms", "label", "uri", "publicKeyPem"]);
      const replaces = [
        ...(hasUnknown(news.kms) || isSameToken(state.kms, news.kms) ? [] : ["kms"]),
        ...(["label", "algorithm"] as const).filter((property) => isKnownChange(state[property], news[property])),
      ];
      if (replaces.length === 0) {
        requireSameKey(state.uri, news);
      }
      if (state.status !== "present" && replaces.length === 0) {
        notice(`the key ${state.uri} was found ${state.status}; pulumi up fails until it is back.`);
      }
      return {
        changes:
          replaces.length > 0 ||
          hasUnknown([news.label, news.algorithm]) ||
          (state.kms !== news.kms && !hasUnknown(news.kms)) ||
          state.status !== "present" ||
          state.deleteKey !== news.deleteKey,
        replaces,
      };
    },

    async create(inputs) {
      const { algorithm, adopt, keyLabel = chooseLabel(inputs) } = inputs;
      const manager = await tokenAt(context, inputs);
      const found =
        adopt === undefined
          ? await manager.createKey({ ...inputs, label: keyLabel })
          : await manager.describeKey(adopt);
      requireFit(found.publicKey, algorithm, found.uri, manager.algorithms);
      const { id = "", label = "" } = tokenKeyName(found.uri);
      const { serial } = await manager.token.turn((turn) => turn.describe());
      return {
        id: `${serial}/${id}`,
        state: {
          ...inputs,
          ...{ uri: found.uri, publicKeyPem: publicKeyPem(found.publicKey), serial, status: "present" },
          ...(adopt === undefined ? {} : { isForeign: !isOwnKey({ id, label }, inputs) }),
        },
      };
    },

    async read(state) {
      requireRecorded(state, ["kms", "uri", "publicKeyPem"]);
      return { ...state, ...(await look(state)) };
    },

    async update(state, news) {
      const found = await look({ ...state, kms: news.kms });
      if (found.status !== "present") {
        const token = `${tokenName(parseTokenKmsUri(news.kms))} (when the key was made its serial number was ${state.serial})`;
        throw new PkiError(
          found.status === "missing" ? "KEY_NOT_FOUND" : "KEY_CHANGED",
          `${token} holds ${found.status === "missing" ? "no key" : "a key other than the recorded one"} as ${state.uri}, and a key is ` +
            "never silently replaced",
          "Connect the right token and run again. To give up the key, turn deletionProtection off and run pulumi up --replace with " +
            "the URN of the key, which reissues its certificates",
        );
      }
      return { ...state, ...found, kms: news.kms, deleteKey: news.deleteKey };
    },

    async delete(state) {
      if (!state.deleteKey) {
        return;
      }
      if (state.isForeign === true) {
        notice(`the key ${state.uri} existed before it was adopted; it stays in the token.`);
        return;
      }
      const manager = await tokenAt(context, state);
      const outcome = await manager.deleteKey(state.uri, state.publicKeyPem);
      if (outcome !== "deleted") {
        const what = outcome === "none" ? "the token no longer holds it" : "the token holds another key under its name";
        notice(`the key ${state.uri} was not deleted: ${what}.`);
      }
    },
  };
}

/** The label of the recorded key; undefined when none is recorded, or a preview does not know it. */
function recordedLabel({ keyLabel, uri }: Partial<Pkcs11KeyInputs & { uri: string }>): string | undefined {
  // Development versions of 0.2.0 recorded the URI instead.
  const label = keyLabel ?? (uri === undefined || uri === UNKNOWN ? undefined : tokenKeyName(uri).label);
  return label === UNKNOWN ? undefined : label;
}

/** `root-3` for the key that replaces `root-2`. */
function laterLabel(label: string, former: string | undefined): string {
  const [, number = former === label ? "1" : "0"] =
    former?.startsWith(label) === true ? (/^-(\d+)$/.exec(former.slice(label.length)) ?? []) : [];
  return number === "0" ? label : `${label}-${String(Number(number) + 1)}`;
}

/**
 * Refuses to replace a recorded key by one to adopt.
 *
 * @throws PkiError `INPUT_INVALID`
 */
function requireSameKey(uri: string, { adopt }: Pkcs11KeyInputs): void {
  const adopted = adopt === undefined || adopt === UNKNOWN ? uri : canonicalTokenKeyUri(adopt);
  if (adopted !== uri) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${adopted ?? String(adopt)}, but the resource already has the key ${uri}`,
      "Remove it from adopt",
    );
  }
}
