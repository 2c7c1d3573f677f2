/** The shape of a mistake that must be found, and how its edits are written down. */
import type { ProfileName } from "./profiles.ts";
import type { Edit } from "./variant.ts";

export interface SeededBug {
  readonly name: string;
  readonly profile: ProfileName;
  /** From 1 on; some four times as many as it took. */
  readonly seedsAtMost: number;
  readonly edits: readonly Edit[];
}

export type Change = readonly [find: string, replace: string];

const inFile =
  (file: string) =>
  (...changes: readonly Change[]): readonly Edit[] =>
    changes.map(([find, replace]) => ({ file, find, replace }));

export const claim = (name: string) => inFile(`server/claim/${name}.ts`);
export const cluster = (name: string) => inFile(`server/cluster/${name}.ts`);
export const core = (name: string) => inFile(`server/cluster/core/${name}.ts`);
export const shell = (name: string) => inFile(`server/cluster/test/simulator/${name}.ts`);
