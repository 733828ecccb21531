import type { Input } from "../../pulumi";
import { derived } from "../../resources/knownInputs";
import type { PlannedList } from "../plannedList";
import type { AuthorityListArgs } from "./revocationArgs";

/** The URL of a list, which certificates name and the list itself. */
export function listUrl({ url }: Pick<AuthorityListArgs, "url">, { file }: Pick<PlannedList, "file">): Input<string> {
  return derived(url, (folder) => `${folder}/`.replace(/\/+$/, `/${file}`));
}
