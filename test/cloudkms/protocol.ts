import { dirname, join } from "node:path";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { loadSync, type MessageTypeDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import type { CloudKmsError } from "./cloudKmsError";

/** The folder of Google's definitions, beside the client generated from them. */
const KMS_PROTOS = join(dirname(require.resolve("@google-cloud/kms")), "../protos");
const COMMON_PROTOS = join(dirname(require.resolve("google-gax")), "../protos");

const definitions = loadSync(
  [
    "google/cloud/kms/v1/service.proto",
    "google/iam/v1/iam_policy.proto",
    "google/rpc/status.proto",
    "google/rpc/error_details.proto",
  ],
  { includeDirs: [KMS_PROTOS, COMMON_PROTOS], longs: Number, enums: String },
);

/** The services of cloudkms.googleapis.com that are implemented here: the one for keys, and the one for their policies. */
export const SERVICES = ["google.cloud.kms.v1.KeyManagementService", "google.iam.v1.IAMPolicy"].map(
  (name) => definitions[name] as ServiceDefinition,
);

/** An error as gRPC sends it: the details are in a trailer as a `google.rpc.Status`. */
export function serviceError(error: CloudKmsError): Partial<ServiceError> {
  const { code, message } = error;
  const metadata = new Metadata();
  const details = Object.entries(typedDetails(error)).map(([type, fields]) => ({
    // protobufjs includes this type, with this field name.
    type_url: `type.googleapis.com/${type}`,
    value: octetsOf(type, fields),
  }));
  if (details.length > 0) {
    metadata.set("grpc-status-details-bin", octetsOf("google.rpc.Status", { code, message, details }));
  }
  return { code, details: message, metadata };
}

/** The details of an error, by the names of their types. */
export function typedDetails({ details: { violations, errorInfo } }: CloudKmsError): Record<string, object> {
  return {
    ...(violations === undefined ? {} : { "google.rpc.PreconditionFailure": { violations } }),
    ...(errorInfo === undefined ? {} : { "google.rpc.ErrorInfo": errorInfo }),
  };
}

function octetsOf(type: string, fields: object): Buffer {
  return (definitions[type] as MessageTypeDefinition<object, object>).serialize(fields);
}
