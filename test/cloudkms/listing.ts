import { invalidArgument } from "./cloudKmsError";
import type { RequestMessage, ResponseMessage } from "./messages";

const PAGE_SIZE = 100;

/**
 * One page of a list.
 *
 * @param field the name of the list in the answer
 */
export function page(field: string, all: readonly object[], request: RequestMessage): ResponseMessage {
  const found = all.filter(matching(request.filter ?? ""));
  const from = Number(request.pageToken ?? 0);
  if (!Number.isSafeInteger(from) || from < 0) {
    throw invalidArgument("The page token is invalid.");
  }
  const size = Math.min(request.pageSize ?? PAGE_SIZE, 1000);
  const next = from + size < found.length ? { nextPageToken: String(from + size) } : {};
  return { [field]: found.slice(from, from + size), totalSize: found.length, ...next };
}

/** `state=ENABLED AND labels.purpose:ca`: equals, or contains. The other operators of Google's filters are refused. */
function matching(filter: string): (resource: object) => boolean {
  const terms = filter.split(/\s+AND\s+/).filter((term) => term.trim() !== "");
  const tests = terms.map((term) => {
    const [, path, operator, quoted] = /^\s*([\w.-]+)\s*(=|:)\s*(.+?)\s*$/.exec(term) ?? [];
    if (path === undefined || quoted === undefined) {
      throw invalidArgument(`The filter is invalid: ${term}`);
    }
    const wanted = quoted.replace(/^"(.*)"$/, "$1");
    return (resource: object): boolean => {
      const value = valueAt(resource, camelCase(path));
      return operator === "=" ? value === wanted : value?.includes(wanted) === true;
    };
  });
  return (resource) => tests.every((test) => test(resource));
}

function valueAt(resource: object, path: string): string | undefined {
  const [field = "", ...rest] = path.split(".");
  // A label is one name, however it is written.
  const keys = field === "labels" ? [field, rest.join(".")] : [field, ...rest];
  let value: unknown = resource;
  for (const key of keys) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }
  return typeof value === "string" ? value : undefined;
}

/** `version_template.algorithm` of gRPC as `versionTemplate.algorithm`; the names of labels stay. */
export function camelCase(path: string): string {
  return path.startsWith("labels.") ? path : path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
