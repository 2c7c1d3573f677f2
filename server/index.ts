/**
 * @claimd/server as a library: a real node for the tests of whoever uses claimd.
 *
 * The program is main.ts; nothing else of the server is public.
 */

export { type TestServer, type TestServerOptions, startTestServer } from "./test-server.ts";
