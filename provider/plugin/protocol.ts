/**
 * The door to the protocol between the engine and its plugins: gRPC, and the messages of Pulumi's SDK. Nothing else imports them.
 */
export {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
export { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
export { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
export * as messages from "@pulumi/pulumi/proto/provider_pb";
export { Empty } from "google-protobuf/google/protobuf/empty_pb";
export { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
