/**
 * Mistakes that must be found (CLUSTER.md §8), each an edit of the protocol or of the simulated
 * node around it, with the profile that finds it and in how many seeds it does.
 */
import { BUGS_AROUND } from "./bugs-around.ts";
import { BUGS_OF_LEADERS } from "./bugs-of-leaders.ts";
import { BUGS_OF_MEMBERS } from "./bugs-of-members.ts";

export const SEEDED_BUGS = [...BUGS_OF_LEADERS, ...BUGS_OF_MEMBERS, ...BUGS_AROUND];
