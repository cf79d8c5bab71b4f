import * as grpc from "@grpc/grpc-js";

/** The size of a gRPC message that the engine allows: 400 MB. */
export const MESSAGE_SIZE = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

/** Serves one gRPC service on a free port of this machine. */
export function serve(
  service: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
): Promise<{ server: grpc.Server; port: number }> {
  const server = new grpc.Server(MESSAGE_SIZE);
  server.addService(service, implementation);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve({ server, port });
      else reject(error);
    });
  });
}
