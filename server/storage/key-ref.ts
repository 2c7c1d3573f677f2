/** A key with everything look-ups need, computed once per command. */
import type { GenerationClasses } from "./generation.ts";

export interface KeyRef {
  readonly namespaceId: number;
  /** The namespace's, at the moment of asking. */
  readonly classes: GenerationClasses;
  readonly partition: number;
  /** 1 to 512 bytes. */
  readonly key: Uint8Array;
  /** namespace prefix (4) and key, one character a byte: the overlay's key. */
  readonly id: string;
  /** For the filters: the whole hash behind the partition, and filterHash. */
  readonly hashA: number;
  readonly hashB: number;
}
