/**
 * What goes with every call: that the member must have a leader, and who asks.
 *
 * A member that is cut off from the others refuses at once instead of letting the call wait. The
 * token is asked for when it is first needed, and again after it was refused: etcd forgets one that
 * was not used for five minutes, and all of them when a member is started anew.
 */
import { Metadata } from "@grpc/grpc-js";
import { textOfFailure } from "./etcd-failure.ts";

export interface EtcdUser {
  readonly name: string;
  readonly password: string;
}

/** Resolves with a new token; rejects as the call did. `plain` is what goes with it: no token. */
export type Authenticate = (user: EtcdUser, plain: Metadata) => Promise<string>;

/** What etcd says to a name and password when it asks nobody for them. */
const NOT_ENABLED = "authentication is not enabled";

export class EtcdToken {
  readonly #user: EtcdUser | undefined;
  #asking: Promise<Metadata> | undefined;
  #metadata: Metadata | undefined;

  constructor(user: EtcdUser | undefined) {
    this.#user = user;
  }

  /** One call for all who ask meanwhile. Rejects as `authenticate` does. */
  async metadata(authenticate: Authenticate): Promise<Metadata> {
    if (this.#metadata !== undefined) return this.#metadata;
    this.#asking ??= this.#ask(authenticate).finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  /** The next call asks for another token. False = there is none to be had. */
  refused(metadata: Metadata): boolean {
    if (this.#metadata === metadata) this.#metadata = undefined;
    return this.#user !== undefined;
  }

  async #ask(authenticate: Authenticate): Promise<Metadata> {
    const metadata = new Metadata();
    metadata.set("hasleader", "true");
    if (this.#user !== undefined) {
      try {
        metadata.set("token", await authenticate(this.#user, metadata.clone()));
      } catch (error) {
        if (!textOfFailure(error).includes(NOT_ENABLED)) throw error;
      }
    }
    this.#metadata = metadata;
    return metadata;
  }
}
