/**
 * The node's time. Every lease, window and stamp counts by it; it alone reads the wall clock.
 *
 * Never goes back, and never leaps because somebody set a clock: a key forgotten early is an effect
 * applied twice. Late is always safe: a key is then remembered, a lease then kept, for longer.
 *
 *   - Running: `now` advances with monotonic time and is pulled towards the wall clock by at most
 *     1 ms in 20 ms while the two differ by at most 1 s. That follows drift and the slewing of NTP.
 *   - A larger difference is never stamped: `now` goes on by monotonic time, with the alarm on,
 *     until the wall clock is back within 1 s or an operator accepts it.
 *   - Accepted ahead: `now` jumps to the wall clock. Accepted behind: `now` can neither go back nor
 *     stand still until the wall clock has caught up, so the difference as it is becomes what is
 *     normal, until the wall clock itself is back within 1 s.
 *   - At start there is no monotonic time to compare with, only the floor: the last stamp in the
 *     journal. A wall clock at most an hour ahead of it is taken: a restart, an update, a reboot.
 *     Further ahead, an outage can't be told from a clock that is set wrong, and a wrong guess
 *     forgets keys early: `now` starts at the floor with the alarm on. The same when the wall clock
 *     is behind the floor by more than 1 s. From then on the wall clock is taken as soon as it is
 *     no further off than it may be at start, or when an operator accepts it (with `acceptAtStart`
 *     at once).
 *     Without a floor there are no keys, and the wall clock is taken.
 *
 * While a machine or VM is suspended its monotonic time stands still and the wall clock does not:
 * afterwards the wall clock is ahead by the pause. Up to 1 s is followed. More raises the alarm,
 * and leases and windows last longer by the pause until it is accepted or the node starts again.
 * Only differences of `performance.now()` count here: `performance.timeOrigin` is as old as the
 * process and knows of neither corrections nor pauses.
 *
 * Must stay true: `nowMs()` never gives less than it gave before, nor less than the floor.
 */

export interface TimeSource {
  /** Milliseconds since 1970 as the machine believes; may go anywhere. */
  wallMs(): number;
  /** Milliseconds since some fixed moment; never goes back, may have fractions. */
  monotonicMs(): number;
}

export const SYSTEM_TIME: TimeSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** What those need who only ask for the time. */
export interface Clock {
  nowMs(): number;
}

/** The wall clock differs too much to be followed. */
export interface ClockAlarm {
  /** Wall clock minus the node's time. */
  readonly offsetMs: number;
  /** Against the journal's last stamp, before anything was served. */
  readonly atStart: boolean;
}

export interface NodeClockOptions {
  /** The last stamp in the journal; 0 = none. */
  readonly floorMs: number;
  /** An operator says that the wall clock is right whatever the floor says. */
  readonly acceptAtStart: boolean;
  /** Called when the alarm comes on, perhaps within the constructor; undefined = it is off. */
  readonly onAlarm?: (alarm: ClockAlarm | undefined) => void;
}

/** More than NTP leaves standing and less than anybody sets a clock by. */
export const MAX_FOLLOWED_MS = 1000;
/** Longer than a reboot; clocks that are set wrong are wrong by time zones, days and years. */
export const MAX_START_GAP_MS = 3_600_000;
/** One millisecond in so many: faster than any crystal drifts, slow enough for every lease. */
const PULL_DIVISOR = 20;

export class NodeClock implements Clock {
  /** How far the wall clock was from the floor at start: how long nobody served, if it is right. */
  readonly startGapMs: number;
  readonly #source: TimeSource;
  readonly #onAlarm: ((alarm: ClockAlarm | undefined) => void) | undefined;
  /** With fractions: they would add up to a clock that runs slow. */
  #nowMs: number;
  #monotonicMs: number;
  /** How far an operator accepted the wall clock to be behind. */
  #acceptedBehindMs = 0;
  /** Started at the floor, and the wall clock has not been believable since. */
  #onFloor = false;
  #alarm = false;

  constructor(source: TimeSource, { floorMs, acceptAtStart, onAlarm }: NodeClockOptions) {
    this.#source = source;
    this.#onAlarm = onAlarm;
    const wallMs = source.wallMs();
    this.#monotonicMs = source.monotonicMs();
    this.#nowMs = Math.max(wallMs, floorMs);
    this.startGapMs = floorMs === 0 ? 0 : wallMs - floorMs;
    if (acceptAtStart) {
      this.#acceptedBehindMs = this.#nowMs - wallMs;
    } else if (!isStartGap(this.startGapMs)) {
      this.#nowMs = floorMs;
      this.#onFloor = true;
      this.#setAlarm(true, this.startGapMs);
    }
  }

  /** Whole milliseconds since 1970. Reads both clocks and nothing else: once a turn is cheap. */
  nowMs(): number {
    this.#advance();
    return Math.floor(this.#nowMs);
  }

  /** Wall clock minus the node's time. */
  get offsetMs(): number {
    return Math.round(this.#advance());
  }

  get alarm(): boolean {
    this.#advance();
    return this.#alarm;
  }

  /** An operator says that the wall clock is right. How far the node's time went on by it. */
  accept(): number {
    const offsetMs = this.#advance();
    const beforeMs = Math.floor(this.#nowMs);
    this.#nowMs += Math.max(0, offsetMs);
    this.#acceptedBehindMs = Math.max(0, -offsetMs);
    this.#onFloor = false;
    this.#setAlarm(false, 0);
    return Math.floor(this.#nowMs) - beforeMs;
  }

  /** Takes in the time that has passed; gives wall clock minus the node's time. */
  #advance(): number {
    const monotonicMs = this.#source.monotonicMs();
    const elapsedMs = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs = monotonicMs;
    this.#nowMs += elapsedMs;
    const wallMs = this.#source.wallMs();
    const offsetMs = wallMs - this.#nowMs;

    if (this.#onFloor) {
      if (!isStartGap(offsetMs)) return offsetMs;
      this.#onFloor = false;
      this.#nowMs = Math.max(this.#nowMs, wallMs);
    }
    if (Math.abs(offsetMs) <= MAX_FOLLOWED_MS) this.#acceptedBehindMs = 0;
    const differenceMs = wallMs + this.#acceptedBehindMs - this.#nowMs;
    if (Math.abs(differenceMs) > MAX_FOLLOWED_MS) {
      this.#setAlarm(true, offsetMs);
      return offsetMs;
    }
    const pullMs = elapsedMs / PULL_DIVISOR;
    this.#nowMs += Math.min(Math.max(differenceMs, -pullMs), pullMs);
    this.#setAlarm(false, 0);
    return wallMs - this.#nowMs;
  }

  #setAlarm(alarm: boolean, offsetMs: number): void {
    if (alarm === this.#alarm) return;
    this.#alarm = alarm;
    this.#onAlarm?.(alarm ? { offsetMs, atStart: this.#onFloor } : undefined);
  }
}

/** Whether a wall clock that is so far ahead of the journal may be taken without being asked. */
function isStartGap(gapMs: number): boolean {
  return gapMs >= -MAX_FOLLOWED_MS && gapMs <= MAX_START_GAP_MS;
}
