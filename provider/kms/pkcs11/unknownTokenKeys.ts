import { ownerMark } from "../ownerMark";
import type { RecordedStack } from "../recordedStack";
import { resourceType } from "../resourceType";
import type { KeySearch, UnknownKey } from "../unknownKey";
import type { TokenKey } from "./moduleMessages";
import type { Pkcs11Kms } from "./pkcs11";
import { isOwnKey } from "./pkcs11KeyId";
import { parseTokenKmsUri, type TokenConnection, tokenKeyName, tokenKeyUri, tokenName } from "./pkcs11Uri";

/** Searches a stack's tokens for keys with an id of one of its authorities that its state does not know. */
export async function unknownTokenKeys(
  state: RecordedStack,
  open: (kms: string) => Promise<Pick<Pkcs11Kms, "token">>,
): Promise<KeySearch> {
  const recorded = state.ofType(resourceType("Pkcs11Key"));
  const tokens = [...new Set(recorded.map(({ outputs }) => String(outputs["kms"])))];
  const known = state.keyUris.filter((uri) => uri.startsWith("pkcs11:")).map((uri) => tokenKeyName(uri).id);
  const owners = [...new Set([...state.texts("authorityId").map((id) => ownerMark("", id)), ...state.texts("owner")])];
  const found: UnknownKey[] = [];
  for (const kms of tokens) {
    const { token } = await open(kms);
    const keys = await token.turn((turn) => turn.keys({}));
    const unknown = keys.filter((key) => !known.includes(key.id) && owners.some((owner) => isOwnKey(key, { owner })));
    found.push(...unknown.map((key) => described(key, token.connection)));
  }
  return { asked: tokens.map((kms) => tokenName(parseTokenKmsUri(kms))), unknownKeys: found };
}

function described({ id, label }: TokenKey, connection: TokenConnection): UnknownKey {
  const tool = `pkcs11-tool --module ${connection.modulePath} ${selectorOf(connection)} --login --delete-object --id ${id}`;
  return {
    keyUri: tokenKeyUri({ id, label }),
    madeFor: label,
    state: "present",
    discard: `${tool} --type privkey && ${tool} --type pubkey`,
    adopt: "pulumi up",
  };
}

function selectorOf({ token, slotId }: TokenConnection): string {
  if (token !== undefined) {
    return `--token-label '${token}'`;
  }
  return slotId === undefined ? "" : `--slot ${String(slotId)}`;
}
