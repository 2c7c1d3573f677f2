/** What the queue and a consumer process say to each other. */
import type { Delivery } from "./queue.ts";

export interface ConsumerSettings {
  readonly consumer: number;
  readonly claimdAddress: string;
  readonly gatewayUrl: string;
}

export type ToConsumer =
  | { readonly type: "deliver"; readonly delivery: Delivery }
  /** Nothing more will come. */
  | { readonly type: "close" };

export type FromConsumer =
  | { readonly type: "ready" }
  /** Sent before the effect, so that it counts even if the consumer dies in it. */
  | { readonly type: "granted"; readonly attempt: number; readonly reclaimed: boolean }
  | { readonly type: "done"; readonly delivery: number; readonly replayed: boolean }
  | {
      readonly type: "later";
      readonly delivery: number;
      readonly why: "in progress" | "failed" | "unknown";
      readonly afterMs: number;
    }
  /** Commands that the client has sent again so far. */
  | { readonly type: "sent again"; readonly commands: number };
