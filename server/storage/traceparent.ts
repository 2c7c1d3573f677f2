/**
 * W3C trace context in 26 bytes instead of 55 characters: `00-<32 hex>-<16 hex>-<2 hex>`.
 *
 * Packs only what unpacking gives back character by character; everything else is kept as text.
 */

export const PACKED_TRACEPARENT_BYTES = 26;

const TEXT_LENGTH = 55;
const DASH = 0x2d;
const DASHES: readonly number[] = [2, 35, 52];

/** Fills `into` and says true, or says false: not of that form. */
export function packTraceparent(text: string, into: Uint8Array): boolean {
  if (text.length !== TEXT_LENGTH) return false;
  for (const at of DASHES) if (text.charCodeAt(at) !== DASH) return false;
  let at = 0;
  for (let i = 0; i < PACKED_TRACEPARENT_BYTES; i++) {
    if (text.charCodeAt(at) === DASH) at += 1;
    const high = hexDigit(text.charCodeAt(at));
    const low = hexDigit(text.charCodeAt(at + 1));
    if (high < 0 || low < 0) return false;
    into[i] = (high << 4) | low;
    at += 2;
  }
  return true;
}

/** Lower case only: upper case would not come back. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10;
  return -1;
}

/** From the 52 hex digits of the packed bytes. */
export function unpackTraceparent(hex: string): string {
  return `${hex.slice(0, 2)}-${hex.slice(2, 34)}-${hex.slice(34, 50)}-${hex.slice(50)}`;
}
