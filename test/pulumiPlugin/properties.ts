import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A resource's properties, as plain values, without unset ones. */
export type Properties = Readonly<Record<string, unknown>>;

/** The placeholder for an unknown value in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** The properties of a message, without the SDK's additions, and with secrets in plain text. */
export function fromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : (plain(struct.toJavaScript()) as Properties);
}

export function toStruct(properties: Properties): Struct {
  // JSON drops undefined values, and turns dates into strings.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);
}

/** The properties with those names that are set. */
export function picked(properties: Properties, names: Iterable<string>): Properties {
  return Object.fromEntries([...names].flatMap((name) => (name in properties ? [[name, properties[name]]] : [])));
}

/** Without undefined values. */
export function defined(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE_KEY] === SECRET_SIGNATURE) {
    return plain(fields["value"]);
  }
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name, field]) => field !== null && !name.startsWith("__"))
      .map(([name, field]) => [name, plain(field)]),
  );
}
