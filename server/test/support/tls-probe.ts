/** One TLS connection to a gRPC port: whose certificate it shows, or why it could not be made. */
import { connect, type ConnectionOptions } from "node:tls";

export function certificateName(
  address: string,
  ca: Buffer,
  options: ConnectionOptions = {},
): Promise<string> {
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca,
      servername: "localhost",
      ALPNProtocols: ["h2"],
      ...options,
    });
    socket.once("secureConnect", () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}
